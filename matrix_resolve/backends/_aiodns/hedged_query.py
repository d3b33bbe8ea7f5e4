"""One DNS query, which is repeated in other ways if the first attempt brings no answer."""

import asyncio
from functools import partial
from typing import TypeAlias

import pycares
from aiodns.error import DNSError

from ..dns import RecordType
from .answers import Status
from .c_ares import LoopResolver
from .channel_set import EDNS, IGNORE_TRUNCATION, MAX_OPEN, OVER_TCP, ChannelSet

Outcome: TypeAlias = pycares.DNSResult | DNSError
_Query: TypeAlias = "asyncio.Future[pycares.DNSResult]"

_WITHOUT_EDNS = 0  # some name servers and middleboxes drop, refuse or corrupt messages with an OPT record
_OTHER_WAYS: dict[int, tuple[int, ...]] = {
    **dict.fromkeys((Status.ESERVFAIL, Status.ENOTIMP, Status.EREFUSED), (_WITHOUT_EDNS,)),
    **dict.fromkeys((Status.OTHER_ERROR, Status.ETIMEOUT), (_WITHOUT_EDNS,)),
    Status.EFORMERR: (
        _WITHOUT_EDNS,
        _WITHOUT_EDNS,
    ),  # c-ares then queries no other name server, so two more channels do
    Status.EBADRESP: (
        EDNS,
        EDNS | OVER_TCP,
        _WITHOUT_EDNS,
    ),  # first alone, then over TCP in case a datagram was cut off
    Status.ECONNREFUSED: (_WITHOUT_EDNS, EDNS | IGNORE_TRUNCATION, EDNS),  # the second one shows whether UDP works
}


class HedgedQuery:
    """A query on the shared channel, and on others if that one fails or gets no answer.

    Errors are returned, not raised: a raised error and its frames would keep each other alive until the garbage collector runs.
    """

    def __init__(self, channels: ChannelSet, name: str, record_type: RecordType) -> None:
        self._channels = channels
        self._name, self._record_type = name, record_type
        self._opened = list[LoopResolver]()
        self._failures = list[DNSError]()

    async def outcome(self) -> Outcome:
        """Return the reply, or the error that best explains why there is none. Raise if the name cannot be queried."""
        first: _Query = self._channels.shared.query_dns(self._name, self._record_type)
        alarm = first.get_loop().call_later(self._channels.retry_interval, self._hedge, first)
        try:
            outcome = await _outcome_of(first)
            return outcome if self._is_final(outcome) else await self._ask_otherwise(self._failures[0].args[0])
        finally:
            alarm.cancel()
            for resolver in self._opened:
                await self._channels.close(resolver)

    def _ask(self, flags: int) -> _Query:
        resolver = self._channels.open(flags, first=len(self._opened) + 1)
        self._opened.append(resolver)
        return resolver.query_dns(self._name, self._record_type)

    def _hedge(self, first: _Query) -> None:
        """Repeat the query on another channel. A reply there completes the first query, which may also still be answered itself."""
        if not (first.done() or self._channels.is_closed or len(self._channels.opened) >= MAX_OPEN):
            self._ask(_WITHOUT_EDNS).add_done_callback(partial(_hand_over, first))

    def _is_final(self, outcome: Outcome) -> bool:
        """Return True if no other kind of query can change *outcome*. Otherwise, record the failure."""
        if not isinstance(outcome, DNSError) or self._channels.is_closed or outcome.args[0] not in _OTHER_WAYS:
            return True
        self._failures.append(outcome)
        return False

    async def _ask_otherwise(self, number: int) -> Outcome:
        truncated = None
        for flags in _OTHER_WAYS[number]:
            outcome = await _outcome_of(self._ask(flags))
            if flags & IGNORE_TRUNCATION:
                truncated = DNSError(Status.TRUNCATED, "truncated") if self._is_final(outcome) else None
            elif self._is_final(outcome):
                return outcome
        return truncated or next((one for one in self._failures if one.args[0] != Status.ETIMEOUT), self._failures[0])


async def _outcome_of(query: _Query) -> Outcome:
    """Return the reply or the error of c-ares. A reply without records has a response code that c-ares does not know."""
    try:
        reply = await query
    except DNSError as failure:
        return failure.with_traceback(None)
    return reply if reply.answer else DNSError(Status.OTHER_ERROR, "unknown response code")


def _hand_over(first: _Query, second: _Query) -> None:
    """Complete the first query with the result of the second, if that is a reply or "no such record", which other queries cannot change."""
    failure = None if second.cancelled() else second.exception()
    if second.cancelled() or first.done():
        return
    if failure is None:
        first.set_result(second.result())
    elif isinstance(failure, DNSError) and failure.args[0] not in _OTHER_WAYS:
        first.set_exception(failure)
