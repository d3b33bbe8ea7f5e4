"""Broken name servers: failures, silence, delay, truncation and invalid replies.

Aliases and TTLs, which are not faults, are also tested here. Cases that wait for a timeout run at the same time.
"""

import asyncio
from collections.abc import Callable, Sequence

import attrs
import dns.message
import dns.rrset
import pytest

from matrix_resolve import RecordType, ResolveError, ResolverPolicy
from matrix_resolve.testing import FakeClock, LoopbackFederation, Zone
from matrix_resolve.testing.loopback.zone import DnsFailure

from .requests import ask_version

FED, OLD = "_matrix-fed._tcp.a.example", "_matrix._tcp.a.example"
V4, V6 = "198.51.100.1", "2001:db8::1"


@attrs.frozen(kw_only=True)
class Row:
    """Which queries fail, and the result: the addresses of the targets in order and the step, or an error code."""

    fail: Sequence[tuple[str, RecordType]]
    ips: Sequence[str] = ()
    step: str = "6"
    error: str | None = None
    warning: str | None = None
    policy: ResolverPolicy = attrs.Factory(ResolverPolicy)


STRICT = ResolverPolicy(srv_failure="fail")
ADDRESSES: Sequence[tuple[str, RecordType]] = [("a.example", "A"), ("a.example", "AAAA")]
ROWS: dict[str, Row] = {
    "AAAA": Row(fail=ADDRESSES[1:], ips=[V4], warning="address-question-failed"),
    "A": Row(fail=ADDRESSES[:1], ips=[V6], warning="address-question-failed"),
    "both": Row(fail=ADDRESSES, error="dns-temporary"),
    "fed": Row(fail=[(FED, "SRV")], ips=[V6, V4], warning="srv-question-failed"),
    "fed-strict": Row(fail=[(FED, "SRV")], error="dns-temporary", policy=STRICT),
    "old": Row(fail=[(OLD, "SRV")], ips=[V6, V4], warning="srv-question-failed"),
    "old-strict": Row(fail=[(OLD, "SRV")], error="dns-temporary", policy=STRICT),
}
FAILURES: Sequence[DnsFailure] = ("SERVFAIL", "REFUSED", "NOTIMP", "FORMERR")
PARAMETERS = [pytest.param(row, how, id=f"{name}-{how}") for name, row in ROWS.items() for how in FAILURES]


def _set_up(federation: LoopbackFederation) -> None:
    for port in (443, 8448):
        federation.server("a.example", port=port, addresses=[V6, V4])


@pytest.mark.parametrize(("row", "how"), PARAMETERS)
async def test_a_question_that_fails(row: Row, how: DnsFailure) -> None:
    await _check_failure(row, how)


async def test_questions_that_are_met_with_silence() -> None:
    rows = [attrs.evolve(row, policy=_quick(row.policy)) for row in ROWS.values()]
    await asyncio.gather(*(_check_failure(row, "silence") for row in rows))


def _quick(policy: ResolverPolicy) -> ResolverPolicy:
    return attrs.evolve(policy, dns_timeout=1.5)


async def _check_failure(row: Row, how: DnsFailure) -> None:
    async with LoopbackFederation() as federation:
        _set_up(federation)
        for name, record_type in row.fail:
            federation.zone.fail(name, record_type, how)
        async with federation.resolver(policy=row.policy) as resolver:
            if row.error is not None:
                with pytest.raises(ResolveError) as caught:
                    await resolver.resolve("a.example")
                assert caught.value.code == row.error
                return
            resolution = await resolver.resolve("a.example")
            assert [target.ip for target in resolution.targets] == list(row.ips)
            assert (resolution.step, resolution.degraded) == (row.step, True)
            assert row.warning in {warning.code for warning in resolution.warnings}
            assert await ask_version(resolver, "a.example") in resolution.targets
        assert {f"{kind} {name}" for name, kind in row.fail} <= set(federation.seen.questions)


async def test_a_failure_that_passes() -> None:
    """A degraded result expires soon; the next one is complete."""
    clock = FakeClock()
    async with LoopbackFederation() as federation:
        _set_up(federation)
        federation.zone.fail("a.example", "AAAA")
        async with federation.resolver(clock=clock) as resolver:
            first = await resolver.resolve("a.example")
            federation.zone.fail("a.example", "AAAA", times=0)
            clock.now = first.expires_at
            second = await resolver.resolve("a.example")
    assert [len(one.targets) for one in (first, second)] == [1, 2]
    assert [one.degraded for one in (first, second)] == [True, False]
    assert first.expires_at - FakeClock().now <= 60


async def test_a_slow_name_server() -> None:
    """A reply that is slow but in time is not a failure."""
    async with LoopbackFederation() as federation:
        _set_up(federation)
        questions: list[tuple[str, RecordType]] = [*ADDRESSES, (FED, "SRV"), (OLD, "SRV")]
        for name, record_type in questions:
            federation.zone.delay(name, record_type, 0.1)
        async with federation.resolver() as resolver:
            resolution = await resolver.resolve("a.example")
    assert ([target.ip for target in resolution.targets], resolution.degraded) == ([V6, V4], False)


async def test_a_truncated_reply_is_asked_for_over_tcp() -> None:
    async with LoopbackFederation() as federation:
        _set_up(federation)
        federation.zone.fail("a.example", "A", "truncated")
        async with federation.resolver() as resolver:
            resolution = await resolver.resolve("a.example")
        assert ([target.ip for target in resolution.targets], resolution.degraded) == ([V6, V4], False)
        assert set(federation.zone.asked_over_tcp) == {"A a.example"}


async def test_a_reply_that_is_too_large_for_a_datagram() -> None:
    """200 SRV records do not fit into a UDP reply; 64 targets are kept."""
    async with LoopbackFederation() as federation:
        federation.zone.srv(FED, *(f"{number} 0 {number} hs.example" for number in range(1, 201)))
        federation.server("hs.example", port=1, names=["a.example"], addresses=[V4])
        async with federation.resolver() as resolver:
            resolution = await resolver.resolve("a.example")
            await ask_version(resolver, "a.example")
        assert [target.port for target in resolution.targets] == list(range(1, 65))
        assert set(federation.zone.asked_over_tcp) == {f"SRV {FED}"}


Answer = Callable[[dns.message.Message], bytes]


def _cut(query: dns.message.Message) -> bytes:
    return dns.message.make_response(query).to_wire()[:7]


def _of_somebody_else(query: dns.message.Message) -> bytes:
    reply = dns.message.make_response(query)
    reply.answer.append(dns.rrset.from_text("evil.example.", 300, "IN", "A", "203.0.113.66"))
    return reply.to_wire()


def _another_question(query: dns.message.Message) -> bytes:
    del query
    return dns.message.make_response(dns.message.make_query("evil.example.", "A", id=1)).to_wire()


def _another_number(query: dns.message.Message) -> bytes:
    query.id ^= 1
    return dns.message.make_response(query).to_wire()


async def test_replies_that_lie() -> None:
    makers = (_cut, _of_somebody_else, _another_question, _another_number)
    await asyncio.gather(*(_check_lie(make) for make in makers))


async def _check_lie(make: Answer) -> None:
    """Check that the reply counts as a failure or as one without addresses; another name's address is never used."""
    async with LoopbackFederation() as federation:
        _set_up(federation)
        federation.zone.reply("a.example", "A", make)
        async with federation.resolver(policy=_quick(ResolverPolicy())) as resolver:
            resolution = await resolver.resolve("a.example")
    assert [target.ip for target in resolution.targets] == [V6], make


async def test_aliases_are_followed_and_keep_the_name() -> None:
    async with LoopbackFederation() as federation:
        federation.server("hs.example", names=["a.example"], addresses=[V6, V4])
        federation.zone.cname("a.example", "b.example", ttl=40)
        federation.zone.cname("b.example", "hs.example")
        clock = FakeClock()
        async with federation.resolver(clock=clock) as resolver:
            resolution = await resolver.resolve("a.example:8448")
            await ask_version(resolver, "a.example:8448")
        assert [target.ip for target in resolution.targets] == [V6, V4]
        assert {target.tls_server_name for target in resolution.targets} == {"a.example"}
        assert resolution.expires_at <= clock.now + 40
        assert sorted(federation.seen.questions) == ["A a.example", "AAAA a.example"]


@pytest.mark.parametrize("length", [2, 3])
async def test_aliases_in_a_circle(length: int) -> None:
    async with LoopbackFederation() as federation:
        for number in range(length):
            federation.zone.cname(f"n{number}.example", f"n{(number + 1) % length}.example")
        async with federation.resolver() as resolver:
            with pytest.raises(ResolveError) as caught:
                await resolver.resolve("n0.example:8448")
    assert caught.value.code in {"no-address", "dns-temporary"}


@pytest.mark.parametrize(("ttl", "lifetime"), [(0, 30), (45, 45), (300, 300), (100_000_000, 86_400)])
async def test_lifetimes(ttl: int, lifetime: int) -> None:
    """The lifetime is limited to the range from 30 seconds to a day."""
    async with LoopbackFederation() as federation:
        federation.zone.a("a.example", V4, ttl=ttl)
        federation.zone.aaaa("a.example", V6, ttl=ttl)
        clock = FakeClock()
        async with federation.resolver(clock=clock) as resolver:
            resolution = await resolver.resolve("a.example:1")
    assert resolution.expires_at == clock.now + lifetime


def _nothing(_: Zone) -> None:
    """The name does not exist."""


def _a_name_without_records(zone: Zone) -> None:
    zone.a("a.example")


def _a_name_that_went(zone: Zone) -> None:
    zone.a("a.example", V4)
    zone.remove("A.Example.")


@pytest.mark.parametrize("prepare", [_nothing, _a_name_without_records, _a_name_that_went])
async def test_a_name_without_addresses(prepare: Callable[[Zone], None]) -> None:
    async with LoopbackFederation() as federation:
        prepare(federation.zone)
        async with federation.resolver() as resolver:
            with pytest.raises(ResolveError) as caught:
                await resolver.resolve("a.example")
        assert caught.value.code == "no-address"
        assert (federation.seen.handshakes, federation.seen.requests) == ([], [])
