"""DNS queries: answers are cached, equal queries are shared, and their number and duration are limited.

DNS answers stay in this process, because they are short-lived and cheap, and addresses must not come from a shared store.
Source: RFC 1035 section 7.4 and RFC 2308 (what may be kept); RFC 2181 section 8 (TTL).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import partial

import attrs

from .._cache_mode import NOT_DUE, CacheMode
from .._context import LoopContext
from .._notes import ResolutionNotes
from .._util.causes import os_error_text
from .._util.single_flight import Flight, SingleFlight
from .._util.slots import OverloadError, Slots
from .._util.zones import zone_of
from ..backends.dns import DnsAnswer, DnsBackend
from ..errors import ResolverBusy
from ..policy import ResolverPolicy
from .answers import CachedAnswer, FailedQuery, Query, checked_answer
from .scope import LookupScope
from .trace_records import note_answer, note_failure

_MAX_WAIT = 4.0  # seconds to wait for a slot: together with the answer, less than the timeout of a well-known request
_ZONES_REMEMBERED = 2  # zones that answered last: at least one of them is another zone than the one in question


class DnsClient:
    """Makes DNS queries and keeps the answers. It belongs to one event loop.

    Args:
        backend: Answers one query.
        context: What the parts of a resolver share.
    """

    def __init__(self, backend: DnsBackend, context: LoopContext) -> None:
        self._backend = backend
        self._context = context
        self._policy = context.policy
        self._clock = context.clock
        self._stats = context.stats
        # OrderedDict: finding the first key of a dict scans all keys deleted before it.
        self._answers: OrderedDict[Query, CachedAnswer] = OrderedDict()
        self._weight = 0
        self._flights: SingleFlight[Query, CachedAnswer | FailedQuery] = SingleFlight(context.serials)
        self.slots: Slots = Slots(self._policy.max_dns_queries, max_wait=_MAX_WAIT)
        self._loop = asyncio.get_running_loop()
        self._answered_at: dict[str, float] = {}  # the last two zones that answered, and when

    async def query(self, queries: Sequence[Query], scope: LookupScope) -> list[CachedAnswer | FailedQuery]:
        """Return the answers to *queries*, from the cache if that is acceptable, and otherwise from the backend, all at the same time.

        If a new query fails, a cached answer is used for the rest of its lifetime, unless it was invalidated.

        Args:
            queries: Lower-case DNS names without the final dot, each with a record type.
            scope: Which cached answers are acceptable, and where the queries are recorded.

        Returns:
            The result of each query.

        Raises:
            ResolverBusy: If a query could not be made because this process or machine is overloaded.
        """
        known = {query: self._usable(query, scope.mode) for query in queries}
        missing = [query for query, answer in known.items() if answer is None]
        began = self._loop.time()
        try:
            landed = await self._flights.run_all(missing, self._query_backend, scope.mode) if missing else {}
        except asyncio.CancelledError:
            scope.notes.add_pending(self._under_way(missing))
            raise
        outcomes: list[CachedAnswer | FailedQuery] = []
        for query, answer in known.items():
            if answer is None:
                outcome, landed_at = landed[query]
                outcomes.append(self._noted(query, outcome, max(0.0, landed_at - began), scope.notes))
            else:
                note_answer(scope.notes, query, answer, cached=True)
                outcomes.append(answer)
        return outcomes

    def _usable(self, query: Query, mode: CacheMode) -> CachedAnswer | None:
        """Return the cached answer if it is acceptable, and start a background refresh if one is due."""
        known = self._known(query)
        is_due = known is not None and self._clock() >= known.refresh_at
        if known is None or not mode.accepts(known.serial, is_due=is_due):
            self._stats.dns_saved += self._flights.would_join(query, mode)
            return None
        if is_due:
            self._context.background.start(query, partial(self._flights.run, query, self._query_backend, NOT_DUE))
        self._stats.dns_saved += 1
        return known

    def _under_way(self, queries: Sequence[Query]) -> Iterator[str]:
        """Yield those of *queries* that have no answer yet."""
        for query in queries:
            if self._known(query) is None:
                yield f"{query[0]} {query[1]}"

    def _noted(
        self, query: Query, outcome: CachedAnswer | FailedQuery, seconds: float, notes: ResolutionNotes
    ) -> CachedAnswer | FailedQuery:
        """Add the result of a query to the trace, and return what to use."""
        if isinstance(outcome, CachedAnswer):
            note_answer(notes, query, outcome, seconds=seconds)
            return outcome
        still_known = self._known(query)
        if still_known is not None:
            note_answer(notes, query, still_known, cached=True)
            return still_known
        note_failure(notes, query, outcome, seconds=seconds)
        if outcome.is_ours:
            raise ResolverBusy(f"the {query[1]} query for {query[0]} failed: {outcome.reason}", code="busy")
        return outcome

    def _known(self, query: Query) -> CachedAnswer | None:
        known = self._answers.get(query)
        return known if known is not None and self._clock() < known.expires_at else None

    async def _query_backend(self, flight: Flight[Query, CachedAnswer | FailedQuery]) -> CachedAnswer | FailedQuery:
        query = name, record_type = flight.key
        refresh = flight.mode.kind != "any" or self._known(query) is not None
        if not flight.mode.keeps_known:
            self._drop(query)
        try:
            slot = await self.slots.take(zone_of(name))
        except OverloadError as cause:
            return FailedQuery(cause, "no slot was free in time, because of other queries")
        self._stats.dns_asked += 1
        was_silent, measurement = None, self._context.lag.start()
        try:
            async with asyncio.timeout(self._policy.dns_timeout):
                answer = await self._backend.lookup(name, record_type, refresh=refresh)
            was_silent = False
            self._note_answer(slot.zone)
            return self._keep(query, answer, flight.began)
        except Exception as cause:  # noqa: BLE001 - the contract: any exception means "could not answer"
            was_silent = isinstance(cause, TimeoutError)
            self._refresh_no_more(query)
            if was_silent and self._context.lag.is_too_late(measurement):
                return FailedQuery(
                    OverloadError("the event loop was late"), "this machine was too busy to read the answer in time"
                )
            return FailedQuery(cause, _reason(cause, self._policy))
        finally:
            self._context.lag.stop()
            self.slots.release(slot, was_silent=was_silent)

    def _keep(self, query: Query, answer: DnsAnswer, serial: int) -> CachedAnswer:
        answered = checked_answer(query, answer, now=self._clock(), serial=serial, policy=self._policy)
        self._drop(query)
        self._answers[query] = answered
        self._weight += answered.weight
        while self._weight > self._policy.max_cached_dns_answers and self._answers:
            self._drop(next(iter(self._answers)))
        return answered

    def _drop(self, query: Query) -> None:
        dropped = self._answers.pop(query, None)
        self._weight -= 0 if dropped is None else dropped.weight

    def _refresh_no_more(self, query: Query) -> None:
        """Use the cached answer for the rest of its lifetime after a failed refresh, instead of making a query at each use."""
        known = self._known(query)
        if known is not None:
            self._answers[query] = attrs.evolve(known, refresh_at=known.expires_at)

    def has_answered_others(self, name: str, since: float) -> bool:
        """Return whether the name servers have answered for other zones since the event loop time *since*."""
        zone = zone_of(name)
        return any(when >= since for other, when in self._answered_at.items() if other != zone)

    def _note_answer(self, zone: str) -> None:
        self._answered_at.pop(zone, None)
        self._answered_at[zone] = self._loop.time()
        if len(self._answered_at) > _ZONES_REMEMBERED:
            del self._answered_at[next(iter(self._answered_at))]

    async def aclose(self) -> None:
        """End all flights."""
        await self._flights.aclose()


def _reason(cause: Exception, policy: ResolverPolicy) -> str:
    if isinstance(cause, TimeoutError) and not cause.args:
        return f"no answer within {policy.dns_timeout:g} s"
    return os_error_text(cause)
