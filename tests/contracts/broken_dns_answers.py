"""DNS backends that each return wrong answers, and the checks that must fail."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import attrs
import dns.message

from matrix_resolve import DnsAnswer, RecordType, SrvRecord

from .third_party_backends import SmallDns


class RaisesOnNothing(SmallDns):
    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        answer = super().read(name, reply)
        if not answer.records:
            raise KeyError(name)
        return answer


class TakesFailureForNothing(SmallDns):
    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        try:
            return super().read(name, reply)
        except OSError:
            return DnsAnswer((), None, name)


class SwallowsEverything(SmallDns):
    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        try:
            async with asyncio.timeout(0.1):
                return await super().lookup(name, record_type, refresh=refresh)
        except Exception:  # noqa: BLE001 - this is the fault
            return DnsAnswer((), None, name)


class FirstTtl(SmallDns):
    place = 0

    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        answer = super().read(name, reply)
        return attrs.evolve(answer, ttl=reply.answer[self.place].ttl)


class LastTtl(FirstTtl):
    place = -1


class Changed(SmallDns):
    """Returns the right answer with one change."""

    def __init__(self, change: Callable[[DnsAnswer], object], address: str) -> None:
        super().__init__(address)
        self.change = change

    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        return cast("DnsAnswer", self.change(super().read(name, reply)))


def but(answer: DnsAnswer, **changes: Any) -> DnsAnswer:
    return attrs.evolve(answer, **changes)


def zero_is_none(answer: DnsAnswer) -> object:
    return but(answer, ttl=answer.ttl or None)


def a_day_at_most(answer: DnsAnswer) -> object:
    return but(answer, ttl=min(answer.ttl or 0, 86_400))


def ttl_in_text(answer: DnsAnswer) -> object:
    return but(answer, ttl=str(answer.ttl))


def records_in_a_list(answer: DnsAnswer) -> object:
    return but(answer, records=list(answer.records))


def addresses_in_bytes(answer: DnsAnswer) -> object:
    return but(answer, records=tuple(str(record).encode() for record in answer.records))


def no_answer_object(answer: DnsAnswer) -> object:
    return list(answer.records)


def sorts(answer: DnsAnswer) -> object:
    return but(answer, records=tuple(sorted(answer.records, key=str)))


def five_minutes_for_nothing(answer: DnsAnswer) -> object:
    return but(answer, ttl=300 if answer.ttl is None else answer.ttl)


class NameOfTheQuestion(SmallDns):
    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        return but(super().read(name, reply), canonical_name=name)


class NeedsAnSoa(SmallDns):
    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        if not reply.answer:
            assert reply.authority[0]
        return super().read(name, reply)


class FinalDot(SmallDns):
    def record(self, data: Any) -> str | SrvRecord:
        record = super().record(data)
        return record if isinstance(record, str) else attrs.evolve(record, target=str(data.target))


class SmallPorts(SmallDns):
    def record(self, data: Any) -> str | SrvRecord:
        record = super().record(data)
        return record if isinstance(record, str) else attrs.evolve(record, port=record.port & 0x7FFF)


class RootIsNothing(SmallDns):
    def record(self, data: Any) -> str | SrvRecord:
        record = super().record(data)
        return record if isinstance(record, str) else attrs.evolve(record, target=record.target.rstrip("."))


class BothFamilies(SmallDns):
    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        answer = await super().lookup(name, record_type, refresh=refresh)
        other = await super().lookup(name, "A" if record_type == "AAAA" else "AAAA", refresh=refresh)
        return attrs.evolve(answer, records=answer.records + other.records)


class AsksForOthersToo(SmallDns):
    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        await super().lookup(name, "SRV", refresh=refresh)
        return await super().lookup(name, record_type, refresh=refresh)


_LEAST = {"least-ttl-middle", "least-ttl-last"}
_FAILURES = {"servfail-raises", "refused-raises", "notimp-raises", "formerr-raises"}
_CHAINS = {"cname-chain", "srv-through-cname", "owner-in-any-case"}
_UNHEARD = {"silence", "reply-with-another-id", "reply-to-another-question", "reply-that-is-cut-short"}
_NOTHING = {"no-such-name", "no-such-type", "no-such-service", "empty-reply-without-soa", "a-chain-that-ends-nowhere"}
BROKEN: list[tuple[Callable[[str], SmallDns], set[str]]] = [
    (RaisesOnNothing, _NOTHING),
    (TakesFailureForNothing, _FAILURES | {"usable-after-failures", "failure-leaves-others"}),
    (SwallowsEverything, _UNHEARD),
    (FirstTtl, _LEAST),
    (LastTtl, {"least-ttl-first"}),
    (partial(Changed, zero_is_none), {"ttl-of-zero"}),
    (partial(Changed, a_day_at_most), {"greatest-ttl"}),
    (partial(Changed, ttl_in_text), {"a-records"}),
    (partial(Changed, records_in_a_list), {"a-records", "srv-fields"}),
    (partial(Changed, addresses_in_bytes), {"a-records", "aaaa-records"}),
    (partial(Changed, no_answer_object), {"a-records"}),
    (partial(Changed, sorts), {"addresses-in-order", "srv-in-order"}),
    (NameOfTheQuestion, _CHAINS),
    (
        partial(Changed, five_minutes_for_nothing),
        {"lifetime-of-no-such-name", "lifetime-of-no-such-type", "a-chain-that-ends-nowhere"},
    ),
    (NeedsAnSoa, {"empty-reply-without-soa"}),
    (FinalDot, {"srv-fields"}),
    (SmallPorts, {"srv-greatest-numbers"}),
    (RootIsNothing, {"srv-root"}),
    (BothFamilies, {"only-the-type-asked-for", "no-such-type"}),
    (AsksForOthersToo, {"a-records", "no-such-name"}),
]
