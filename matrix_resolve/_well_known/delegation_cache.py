"""What hostnames delegate to: from the store if that is acceptable, and otherwise by one request per hostname, whose result is stored."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import attrs

from .._cache_mode import NOT_DUE, CacheMode
from .._context import LoopContext, StatsCounter
from .._dns.client import DnsClient
from .._dns.scope import LookupScope
from .._notes import Journal
from .._util.escaping import shortened
from .._util.single_flight import Flight, SingleFlight
from .._util.steady_clock import SteadyClock
from .._util.throttled_log import ThrottledLog
from ..backends.cache import CacheBackend
from ..errors import Failure, LookupFailed, ResolverBusy
from ..models import ResolutionWarning
from ..policy import ResolverPolicy
from ..trace import TraceRecord
from .client import WellKnownClient
from .codec import WellKnownRecord
from .fail_safe_cache import GuardedCache
from .fetch_lock import FetchLockStore
from .own_failures import OwnFailures
from .state import Reading, WellKnownEvent, next_record, read, time_to_live
from .store import OwnRecords, RecordStore, SharedRecords

_LONGEST_DETAIL = 500  # characters: it is kept for up to `max_names` hosts, and may quote a redirect of any length


def record_store(
    cache: CacheBackend | None,
    policy: ResolverPolicy,
    trouble: ThrottledLog,
    counters: StatsCounter,
    clock: SteadyClock,
) -> RecordStore:
    """Return the store for a resolver's records: *cache*, with its locks if it has some, or this process if that is None."""
    if cache is None:
        return OwnRecords(policy.max_names)
    guarded = GuardedCache(cache, policy, trouble, counters)
    shared = SharedRecords(guarded, policy, clock)
    return FetchLockStore(shared, guarded, policy, clock) if guarded.has_locks else shared


@attrs.frozen
class _Flown:
    """The result of a flight; *requested_for* is the scope whose request it was, or None if another worker's result was used."""

    reading: Reading
    trace: tuple[TraceRecord, ...]
    requested_for: LookupScope | None
    failure: Failure | None = None
    warnings: tuple[ResolutionWarning, ...] = ()


class Delegations:
    """Finds out what a hostname delegates to. It belongs to one event loop.

    Args:
        records: Keeps the records.
        client: Makes the requests.
        dns: Knows whether our name servers answer.
        context: What the parts of a resolver share.
    """

    def __init__(
        self,
        records: RecordStore,
        client: WellKnownClient,
        dns: DnsClient,
        context: LoopContext,
    ) -> None:
        self._records = records
        self._client = client
        self._dns = dns
        self._context = context
        self._policy = context.policy
        self._clock = context.clock
        self._forgotten = 0  # how often a record was deleted
        self._flights: SingleFlight[str, _Flown] = SingleFlight(context.serials)
        self._own_failures = OwnFailures(context.policy)
        self._loop = asyncio.get_running_loop()

    async def of(self, hostname: str, scope: LookupScope) -> Reading:
        """Return what *hostname* delegates to.

        Args:
            hostname: A lower-case DNS name.
            scope: Which known answers are acceptable, and where it is recorded what was done for this answer.

        Raises:
            LookupFailed: If the host could not be asked in time, for a reason unrelated to the host.
        """
        mode, forgotten = scope.mode, self._forgotten
        record = None if mode.bypasses else await self._load(hostname)
        if self._forgotten != forgotten:  # a record was deleted in the meantime, perhaps this one
            record = None
        now = self._clock()
        reading = None if record is None else read(record, now=now, policy=self._policy)
        if reading is not None and mode.accepts(is_due=now >= reading.refresh_at):
            if now >= reading.refresh_at:
                fly = partial(self._fly, hostname, record, scope, NOT_DUE)
                self._context.background.start(("well-known", hostname), fly)
        elif not mode.bypasses:
            reading = self._own_failures.reading(hostname, now=now)
        if reading is None:
            return await self._fetched(hostname, record, scope)
        self._context.stats.well_known_saved += 1
        scope.journal.note(_cached(hostname, reading))
        return reading

    async def _fetched(self, hostname: str, record: WellKnownRecord | None, scope: LookupScope) -> Reading:
        """Return the result of a request, which several resolutions may share."""
        flown = await self._fly(hostname, record, scope, scope.mode)
        scope.journal.include(flown.trace, flown.warnings)
        if flown.failure is not None:
            raise flown.failure.to_error()
        self._context.stats.well_known_saved += flown.requested_for is not scope
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
        self, hostname: str, record: WellKnownRecord | None, scope: LookupScope, mode: CacheMode
    ) -> Coroutine[Any, Any, _Flown]:
        return self._flights.run(hostname, partial(self._fetch_once, record, scope), mode)

    async def _fetch_once(
        self, record: WellKnownRecord | None, scope: LookupScope, flight: Flight[str, _Flown]
    ) -> _Flown:
        """Make the request, or use the result of a worker that makes it at the same time."""
        mode = flight.mode
        known = await self._load(flight.key) if mode.bypasses else record
        async with self._records.fetch_lock(flight.key, known, accepts_stored=mode.keeps_known) as stored:
            if stored is None:
                return await self._fetch(known, scope, flight)
            journal = Journal(scope.journal.on_event)
            journal.note(_cached(flight.key, stored))
            return _Flown(stored, journal.trace, None)

    async def _fetch(self, record: WellKnownRecord | None, scope: LookupScope, flight: Flight[str, _Flown]) -> _Flown:
        journal, began = Journal(scope.journal.on_event), self._loop.time()
        if flight.mode.bypasses:  # it may have waited for an older request, and continues from that request's result
            record = await self._load(flight.key)
        event = await self._client.fetch(flight.key, scope.part(journal, flight.mode.since(flight.began)))
        event = attrs.evolve(event, detail=shortened(event.detail, limit=_LONGEST_DETAIL))
        now = self._clock()
        after = next_record(record, event, now=now, random=self._context.random, policy=self._policy)
        if not event.private:
            self._own_failures.forget(flight.key)
            await self._store(flight, after)
        reading = read(after, now=now, policy=self._policy)
        if reading is None:  # only where a policy sets a lifetime to 0: the answer serves those who wait for it
            reading = Reading(after.delegated, now, now, stale=False, outcome=after.outcome, detail=after.detail)
        flown = _Flown(reading, journal.trace, scope, warnings=journal.warnings)
        return flown if event.trouble is None else self._not_asked(flight, event, flown, began)

    def _not_asked(self, flight: Flight[str, _Flown], event: WellKnownEvent, flown: _Flown, began: float) -> _Flown:
        """Return what to use if the host was not asked: a known answer, a failure that is remembered for a while, or a temporary error."""
        hostname, reading = flight.key, flown.reading
        if event.trouble in {"busy", "late"}:
            kind, code = (ResolverBusy, "busy") if event.trouble == "busy" else (LookupFailed, "dns-temporary")
            failure = None if reading.delegated else Failure.of(kind(event.detail, code=code))
            return attrs.evolve(flown, failure=failure)
        since = self._own_failures.since(hostname, began)
        ours = event.trouble == "machine" or not self._dns.has_answered_others(hostname, since)
        own = self._own_failures.add(hostname, event, reading, since=since, now=self._clock(), ours=ours)
        if flight.is_outdated:
            self._own_failures.forget(hostname)
        return attrs.evolve(flown, reading=own)

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
