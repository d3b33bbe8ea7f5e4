"""One DNS query, repeated in another way where the first way brings no answer."""

import asyncio
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
        retry_after: Seconds of silence after which the query is repeated.
    """

    def __init__(self, channels: ChannelSet, name: str, record_type: RecordType, retry_after: float) -> None:
        self._channels = channels
        self._name = name
        self._record_type = record_type
        self._retry_after = retry_after
        self._pending = set[asyncio.Future[pycares.DNSResult]]()
        self._failures = list[error.DNSError]()

    async def outcome(self) -> Outcome:
        """Return the reply, or the error that says most about why there is none.

        Raises:
            Exception: If the name cannot be asked for.
        """
        try:
            self._ask(self._channels.first)
            outcome = await self._next_outcome(self._retry_after)
            if outcome is None and self._has_failed(ENODATA):
                return await self._second_opinion()
            if outcome is None and not self._has_failed(EBADRESP):
                self._ask(self._channels.retry)
            while outcome is None and self._pending and not self._has_failed(EBADRESP):
                outcome = await self._next_outcome()
            return outcome or await self._last_resort()
        finally:
            for query in self._pending:
                query.cancel()

    def _ask(self, resolver: LoopResolver) -> None:
        self._pending.add(resolver.query_dns(self._name, self._record_type))

    async def _next_outcome(self, timeout: float | None = None) -> Outcome | None:  # noqa: ASYNC109 - silence is no error
        """Wait until a query ends, and return its outcome if it is final; otherwise note the failure."""
        done, self._pending = await asyncio.wait(self._pending, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        outcomes = list(map(_outcome_of, done))
        final = [outcome for outcome in outcomes if self._is_final(outcome)]
        self._failures += [outcome for outcome in outcomes if isinstance(outcome, error.DNSError)]
        return final[0] if final else None

    def _is_final(self, outcome: Outcome) -> bool:
        if not isinstance(outcome, error.DNSError):
            return True
        if outcome.args[0] == ENODATA:
            return len(self._channels.nameservers) < 2 or self._channels.trusts_empty_answers  # noqa: PLR2004 - nobody else can be asked
        return outcome.args[0] not in _MAY_END_DIFFERENTLY or self._channels.is_closed

    def _has_failed(self, number: int) -> bool:
        return any(failure.args[0] == number for failure in self._failures)

    async def _second_opinion(self) -> Outcome:
        """Ask another name server whether there is no such record.

        c-ares takes the reply of a name server that does not know the zone, and does not ask others for it, for an empty answer. As long as
        the other one knows no better, the first is trusted from now on.
        """
        self._ask(self._channels.retry)
        outcome = await self._next_outcome(self._retry_after)
        if isinstance(outcome, pycares.DNSResult):
            return outcome
        self._channels.trusts_empty_answers = True
        return self._reason()

    async def _last_resort(self) -> Outcome:
        """Ask on channels of its own if that can bring an answer, or a better reason."""
        if self._has_failed(EBADRESP):
            for flags in _ISOLATED_WAYS:
                outcome = await self._ask_isolated(flags)
                if outcome is not None:
                    return outcome
        elif self._reason().args[0] == ECONNREFUSED and await self._ask_isolated(EDNS | IGNORE_TRUNCATION):
            return error.DNSError(TRUNCATED, "truncated")  # UDP works, so it was TCP that was refused
        return self._reason()

    async def _ask_isolated(self, flags: int) -> Outcome | None:
        async with self._channels.isolated(flags) as resolver:
            self._ask(resolver)
            return await self._next_outcome()

    def _reason(self) -> error.DNSError:
        """Return the first failure that says more than silence does."""
        return next((one for one in self._failures if one.args[0] != ETIMEOUT), self._failures[0])


def _outcome_of(query: "asyncio.Future[pycares.DNSResult]") -> Outcome:
    """Return the reply or the error of c-ares; raise any other.

    A reply without records is not an empty answer, which is an error for c-ares, but one with a response code that it does not know.
    """
    failure = query.exception()
    if failure is None:
        return query.result() if query.result().answer else error.DNSError(OTHER_ERROR, "unknown response code")
    if not isinstance(failure, error.DNSError):
        raise failure
    return failure
