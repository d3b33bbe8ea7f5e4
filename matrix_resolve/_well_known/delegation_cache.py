"""What hostnames delegate to: what is known, then one flight per hostname, then one worker of a fleet, then the request; what follows is stored."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import attrs

from .._cache_mode import NOT_DUE, CacheMode
from .._context import LoopContext
from .._notes import Journal
from .._util.escaping import shortened
from .._util.single_flight import Flight, SingleFlight
from ..errors import Failure, LookupFailed, ResolverBusy
from ..models import ResolutionWarning
from ..trace import TraceRecord
from .codec import WellKnownRecord
from .fetch_lock import turn
from .own_failures import OwnFailures
from .state import Reading, WellKnownEvent, next_record, read, time_to_live
from .store import RecordStore

Fetch = Callable[[Journal, CacheMode], Coroutine[Any, Any, WellKnownEvent]]
OnEvent = Callable[[TraceRecord], None] | None

_LONGEST_DETAIL = 500  # characters: it is kept for up to `max_names` hosts, and may quote a redirect of any length


@attrs.frozen
class _Flown:
    reading: Reading
    trace: tuple[TraceRecord, ...]
    failure: Failure | None = None
    warnings: tuple[ResolutionWarning, ...] = ()


class Delegations:
    """Finds out what a hostname delegates to. It belongs to one event loop.

    Args:
        records: Keeps the records.
        context: What the parts of a resolver share.
        has_dns_answered_others: Returns whether name servers have answered for zones other than that of a name since a given event loop time.
    """

    def __init__(
        self,
        records: RecordStore,
        context: LoopContext,
        *,
        has_dns_answered_others: Callable[[str, float], bool],
    ) -> None:
        self._records = records
        self._context = context
        self._policy = context.policy
        self._clock = context.clock
        self._forgotten = 0  # how often a record was deleted
        self._flights: SingleFlight[str, _Flown] = SingleFlight(context.serials)
        self._has_dns_answered_others = has_dns_answered_others
        self._own_failures = OwnFailures(context.policy)
        self._loop = asyncio.get_running_loop()

    async def of(self, hostname: str, fetch: Fetch, journal: Journal, mode: CacheMode) -> Reading:
        """Return what *hostname* delegates to.

        Args:
            hostname: A lower-case DNS name.
            fetch: Makes the request; called only if this call starts the flight.
            journal: Records what was done for this answer.
            mode: Which known answers are acceptable.

        Raises:
            LookupFailed: If the host could not be asked in time, for a reason unrelated to the host.
        """
        forgotten = self._forgotten
        record = None if mode.bypasses else await self._load(hostname)
        if self._forgotten != forgotten:  # a record was deleted in the meantime, perhaps this one
            record = None
        now = self._clock()
        reading = None if record is None else read(record, now=now, policy=self._policy)
        if reading is not None and (mode.kind == "any" or now < reading.refresh_at):
            if now >= reading.refresh_at:
                fly = partial(self._fly, hostname, record, fetch, journal, NOT_DUE)
                self._context.background.start(("well-known", hostname), fly)
            journal.note(_cached(hostname, reading))
            return reading
        own = None if mode.bypasses else self._own_failures.reading(hostname, now=now)
        if own is not None:
            journal.note(_cached(hostname, own))
            return own
        flown = await self._fly(hostname, record, fetch, journal, mode)
        journal.include(flown.trace, flown.warnings)
        if flown.failure is not None:
            raise flown.failure.to_error()
        return flown.reading

    async def forget(self, hostname: str) -> None:
        """Delete the record of *hostname*, and prevent requests under way from storing another one."""
        self._forgotten += 1
        self._flights.outdate(hostname)
        self._own_failures.forget(hostname)
        await self._records.forget(hostname)
        self._flights.outdate(hostname)  # also a flight that started from the deleted record

    async def aclose(self) -> None:
        """End all flights."""
        await self._flights.aclose()

    def _fly(
        self, hostname: str, record: WellKnownRecord | None, fetch: Fetch, journal: Journal, mode: CacheMode
    ) -> Coroutine[Any, Any, _Flown]:
        work = self._fetch_in_turn if self._records.has_locks else self._fetch
        return self._flights.run(hostname, partial(work, record, fetch, journal.on_event), mode)

    async def _fetch_in_turn(
        self, record: WellKnownRecord | None, fetch: Fetch, on_event: OnEvent, flight: Flight[str, _Flown]
    ) -> _Flown:
        """Make the request when no other worker makes it; use what another worker stores in the meantime, unless it was invalidated."""
        before = await self._load(flight.key) if flight.mode.bypasses else record
        look = partial(self._news, flight, before)
        async with turn(self._records, flight.key, look, patience=self._policy.fleet_wait) as news:
            if news is None:
                return await self._fetch(before, fetch, on_event, flight)
            journal = Journal(on_event)
            journal.note(_cached(flight.key, news))
            return _Flown(news, journal.trace)

    async def _fetch(
        self, record: WellKnownRecord | None, fetch: Fetch, on_event: OnEvent, flight: Flight[str, _Flown]
    ) -> _Flown:
        journal, began = Journal(on_event), self._loop.time()
        if flight.mode.bypasses:  # it may have waited for an older request, and continues from that request's result
            record = await self._load(flight.key)
        event = await fetch(journal, flight.mode.since(flight.began))
        event = attrs.evolve(event, detail=shortened(event.detail, limit=_LONGEST_DETAIL))
        now = self._clock()
        after = next_record(record, event, now=now, random=self._context.random, policy=self._policy)
        if not event.private:
            self._own_failures.forget(flight.key)
            await self._store(flight, after)
        reading = read(after, now=now, policy=self._policy)
        if reading is None:  # only where a policy sets a lifetime to 0: the answer serves those who wait for it
            reading = Reading(after.delegated, now, now, stale=False, outcome=after.outcome, detail=after.detail)
        if event.trouble is None:
            return _Flown(reading, journal.trace, warnings=journal.warnings)
        return self._not_asked(flight, event, reading, journal, began)

    def _not_asked(
        self, flight: Flight[str, _Flown], event: WellKnownEvent, reading: Reading, journal: Journal, began: float
    ) -> _Flown:
        """Return what to use if the host was not asked: a known answer, a failure that is remembered for a while, or a temporary error."""
        hostname, trace = flight.key, journal.trace
        if event.trouble in {"busy", "late"}:
            kind, code = (ResolverBusy, "busy") if event.trouble == "busy" else (LookupFailed, "dns-temporary")
            return _Flown(reading, trace, None if reading.delegated else Failure.of(kind(event.detail, code=code)))
        since = self._own_failures.since(hostname, began)
        ours = event.trouble == "machine" or not self._has_dns_answered_others(hostname, since)
        own = self._own_failures.add(hostname, event, reading, since=since, now=self._clock(), ours=ours)
        if flight.is_outdated:
            self._own_failures.forget(hostname)
        return _Flown(own, trace)

    async def _news(self, flight: Flight[str, _Flown], record: WellKnownRecord | None) -> Reading | None:
        """Return the record with which another worker has replaced *record*, if any."""
        if not flight.mode.keeps_known:  # the other worker's request may have begun before the invalidation
            return None
        stored = await self._load(flight.key)
        return None if stored is None or stored == record else read(stored, now=self._clock(), policy=self._policy)

    async def _load(self, hostname: str) -> WellKnownRecord | None:
        return await self._records.load(hostname, now=self._clock())

    async def _store(self, flight: Flight[str, _Flown], record: WellKnownRecord) -> None:
        ttl = time_to_live(record, now=self._clock(), policy=self._policy)
        if ttl <= 0 or flight.is_outdated:
            return
        await self._records.store(flight.key, record, ttl)
        if flight.is_outdated:  # invalidated in the meantime: the record may have been stored after the deletion
            await self._records.forget(flight.key)


def _cached(hostname: str, reading: Reading) -> TraceRecord:
    return TraceRecord("well-known", f"well-known of {hostname}", _described(reading), cached=True)


def _described(reading: Reading) -> str:
    if reading.delegated is None:
        return f"no delegation ({reading.detail})" if reading.detail else "no delegation"
    return f"delegated to {reading.delegated}" + (", stale" if reading.stale else "")
