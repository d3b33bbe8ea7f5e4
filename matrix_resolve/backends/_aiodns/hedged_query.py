"""One DNS query, repeated in another way where the first way brings no answer."""

import asyncio
from functools import partial
from typing import TypeAlias

import pycares
from aiodns import error

from ..dns import RecordType
from .answers import (
    EBADRESP,
    ECONNREFUSED,
    EFORMERR,
    ENODATA,
    ENOTIMP,
    EREFUSED,
    ESERVFAIL,
    ETIMEOUT,
    OTHER_ERROR,
    TRUNCATED,
)
from .channel_set import EDNS, IGNORE_TRUNCATION, OVER_TCP, ChannelSet
from .loop_resolver import LoopResolver

Outcome: TypeAlias = pycares.DNSResult | error.DNSError

_MAY_END_DIFFERENTLY = {EBADRESP, ECONNREFUSED, EFORMERR, ENOTIMP, EREFUSED, ESERVFAIL, ETIMEOUT, OTHER_ERROR}
_ISOLATED_WAYS = (EDNS, EDNS | OVER_TCP, 0)
"""Alone; over TCP, since a datagram may have been cut off; without EDNS, since the OPT record may be what cannot be parsed."""


class HedgedQuery:
    """A query on the shared channel, and on others if that one fails or stays silent.

    Errors are values here: raised, each would hold the frames that hold it, for the garbage collector to find.

    Args:
        channels: Where to ask.
        name: The name.
        record_type: The type of its records.
    """

    def __init__(self, channels: ChannelSet, name: str, record_type: RecordType) -> None:
        self._channels = channels
        self._name = name
        self._record_type = record_type
        self._retry: asyncio.Future[pycares.DNSResult] | None = None
        self._failures = list[error.DNSError]()

    async def outcome(self) -> Outcome:
        """Return the reply, or the error that says most about why there is none.

        Raises:
            Exception: If the name cannot be asked for.
        """
        first = self._ask(self._channels.first)
        alarm = self._channels.silence.set_alarm(partial(self._hedge, first))
        try:
            outcome = await _outcome_of(first)
            return outcome if self._is_final(outcome) else await self._outcome_of_others()
        finally:
            alarm.call_off()
            if self._retry is not None:
                self._retry.cancel()

    def _ask(self, resolver: LoopResolver) -> "asyncio.Future[pycares.DNSResult]":
        return resolver.query_dns(self._name, self._record_type)

    def _hedge(self, first: "asyncio.Future[pycares.DNSResult]") -> None:
        """After a silence, ask on another channel as well; a reply there counts as one to the first query, which may still be answered."""
        if not first.done() and not self._channels.is_closed:
            self._retry = self._ask(self._channels.retry)
            self._retry.add_done_callback(partial(_hand_over, first))

    def _is_final(self, outcome: Outcome) -> bool:
        """Return True for what no other way of asking can change; note any other failure."""
        if not isinstance(outcome, error.DNSError) or self._channels.is_closed:
            return True
        if outcome.args[0] == ENODATA:
            is_final = self._channels.trusts_empty_answers
        else:
            is_final = outcome.args[0] not in _MAY_END_DIFFERENTLY
        if not is_final:
            self._failures.append(outcome)
        return is_final

    def _has_failed(self, number: int) -> bool:
        return any(failure.args[0] == number for failure in self._failures)

    async def _outcome_of_others(self) -> Outcome:
        """Ask on other channels, as the first one has failed."""
        if not self._has_failed(EBADRESP):
            self._retry = self._retry or self._ask(self._channels.retry)
            if self._has_failed(ENODATA):
                return await self._second_opinion(self._retry)
            outcome = await _outcome_of(self._retry)
            if self._is_final(outcome):
                return outcome
        return await self._last_resort()

    async def _second_opinion(self, retry: "asyncio.Future[pycares.DNSResult]") -> Outcome:
        """Ask another name server whether there is no such record.

        For c-ares, the reply of a name server that neither knows the zone nor asks others is an empty answer. Unless the other name server
        knows better, the first one is trusted from now on.
        """
        await asyncio.wait((retry,), timeout=self._channels.silence.seconds)
        outcome = await _outcome_of(retry) if retry.done() else self._failures[0]
        if isinstance(outcome, pycares.DNSResult):
            return outcome
        self._channels.trusts_empty_answers = True
        return self._failures[0]

    async def _last_resort(self) -> Outcome:
        """Ask on channels of its own if that can bring an answer, or a better reason."""
        if self._has_failed(EBADRESP):
            for flags in _ISOLATED_WAYS:
                outcome = await self._ask_isolated(flags)
                if self._is_final(outcome):
                    return outcome
        elif self._reason().args[0] == ECONNREFUSED and self._is_final(
            await self._ask_isolated(EDNS | IGNORE_TRUNCATION)
        ):
            return error.DNSError(TRUNCATED, "truncated")  # UDP works, so it was TCP that was refused
        return self._reason()

    async def _ask_isolated(self, flags: int) -> Outcome:
        async with self._channels.isolated(flags) as resolver:
            return await _outcome_of(self._ask(resolver))

    def _reason(self) -> error.DNSError:
        """Return the first failure that says more than silence does."""
        return next((one for one in self._failures if one.args[0] != ETIMEOUT), self._failures[0])


async def _outcome_of(query: "asyncio.Future[pycares.DNSResult]") -> Outcome:
    """Return the reply, or the error of c-ares; raise any other.

    A reply without records is not an empty answer, which is an error for c-ares, but one with a response code that it does not know.
    """
    try:
        reply = await query
    except error.DNSError as failure:
        return failure.with_traceback(None)
    return reply if reply.answer else error.DNSError(OTHER_ERROR, "unknown response code")


def _hand_over(first: "asyncio.Future[pycares.DNSResult]", retry: "asyncio.Future[pycares.DNSResult]") -> None:
    """Let the first query end with the reply to the second."""
    if not retry.cancelled() and retry.exception() is None and not first.done():
        first.set_result(retry.result())
