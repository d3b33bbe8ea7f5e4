"""The delegations of hostnames: from the store if that is acceptable, and otherwise by one request per hostname, whose result is stored."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import attrs

from .._cache_mode import NOT_DUE, CacheMode
from .._context import LoopContext, StatsCounter
from .._dns.client import DnsClient
from .._dns.scope import LookupScope
from .._notes import ResolutionNotes
from .._util.single_flight import Flight, SingleFlight
from .._util.steady_clock import SteadyClock
from .._util.throttled_log import ThrottledLog
from ..applied_overrides import AppliedOverride
from ..backends.cache import CacheBackend
from ..errors import Failure, LookupFailed, ResolverBusy
from ..policy import ResolverPolicy
from ..reasons import ResolutionWarning
from ..trace import TraceRecord
from .client import WellKnownClient
from .codec import DelegationState
from .document import WELL_KNOWN_PATH
from .fail_safe_cache import FailSafeCache
from .fetch_lock import FetchLockStore
from .lifetimes import CurrentDelegation, FetchResult, current_delegation, next_state, time_to_live
from .store import DelegationStore, LocalStore, SharedStore
from .trace_records import cached_record, other_worker_record
from .unasked_hosts import UnaskedHosts


def delegation_store(
    cache: CacheBackend | None,
    policy: ResolverPolicy,
    trouble: ThrottledLog,
    counters: StatsCounter,
    clock: SteadyClock,
) -> DelegationStore:
    """Return the store of a resolver: in *cache*, with its locks if it has them, or in this process if *cache* is None."""
    if cache is None:
        return LocalStore(policy.max_cached_names)
    guarded = FailSafeCache(cache, policy, trouble, counters)
    shared = SharedStore(guarded, policy, clock)
    return FetchLockStore(shared, guarded, policy, clock) if guarded.has_locks else shared


@attrs.frozen
class _Fetched:
    """The result of a flight. *requested_for* is the scope whose request it was, or None if another worker's result was used."""

    current: CurrentDelegation
    trace: tuple[TraceRecord, ...]
    requested_for: LookupScope | None
    failure: Failure | None = None
    warnings: tuple[ResolutionWarning, ...] = ()
    overrides: tuple[AppliedOverride, ...] = ()


class DelegationCache:
    """Finds the name that a hostname delegates to. It belongs to one event loop.

    Args:
        store: Keeps the states.
        client: Makes the requests.
        dns: The DNS client, which knows whether the name servers answer.
        context: What the parts of a resolver share.
    """

    def __init__(
        self,
        store: DelegationStore,
        client: WellKnownClient,
        dns: DnsClient,
        context: LoopContext,
    ) -> None:
        self._store = store
        self._client = client
        self._dns = dns
        self._context = context
        self._policy = context.policy
        self._clock = context.clock
        self._forgotten = 0  # how often a state was deleted
        self._flights: SingleFlight[str, _Fetched] = SingleFlight(context.serials)
        self._unasked_hosts = UnaskedHosts(context.policy)
        self._loop = asyncio.get_running_loop()

    async def get(self, hostname: str, scope: LookupScope) -> CurrentDelegation:
        """Return what *hostname* delegates to.

        Args:
            hostname: A lower-case DNS name.
            scope: Which cached answers are acceptable, and where the lookups are recorded.

        Raises:
            LookupFailed: If no request could be made in time, for a reason unrelated to the host.
        """
        mode, forgotten = scope.mode, self._forgotten
        state = None if mode.bypasses else await self._load(hostname)
        if self._forgotten != forgotten:  # a state was deleted in the meantime, and it may be this one
            state = None
        now = self._clock()
        current = None if state is None else current_delegation(state, now=now, policy=self._policy)
        if current is not None and mode.accepts(is_due=now >= current.refresh_at):
            if now >= current.refresh_at:
                refresh = partial(self._fetch_once, hostname, state, scope, NOT_DUE)
                self._context.background.start(("well-known", hostname), refresh)
        elif not mode.bypasses:
            current = self._unasked_hosts.current(hostname, now=now)
        if current is None:
            return await self._fetch_shared(hostname, state, scope)
        self._context.stats.well_known_saved += 1
        scope.notes.add(cached_record(hostname, current))
        return current

    async def _fetch_shared(
        self, hostname: str, state: DelegationState | None, scope: LookupScope
    ) -> CurrentDelegation:
        """Return the result of a request that several resolutions may share."""
        try:
            fetched = await self._fetch_once(hostname, state, scope, scope.mode)
        except asyncio.CancelledError:
            scope.notes.add_pending([f"https://{hostname}{WELL_KNOWN_PATH}"])
            raise
        scope.notes.include(fetched.trace, fetched.warnings)
        scope.notes.depend_on(fetched.overrides)
        if fetched.failure is not None:
            raise fetched.failure.to_error()
        self._context.stats.well_known_saved += fetched.requested_for is not scope
        return fetched.current

    async def forget(self, hostname: str) -> None:
        """Delete the state of *hostname*, and prevent requests under way from storing another one."""
        self._forgotten += 1
        self._flights.outdate(hostname)
        self._unasked_hosts.forget(hostname)
        await self._store.forget(hostname)
        self._flights.outdate(hostname)  # also a flight that started from the deleted state

    async def aclose(self) -> None:
        """End all flights."""
        await self._flights.aclose()

    def _fetch_once(
        self, hostname: str, state: DelegationState | None, scope: LookupScope, mode: CacheMode
    ) -> Coroutine[Any, Any, _Fetched]:
        return self._flights.run(hostname, partial(self._fetch_under_lock, state, scope), mode)

    async def _fetch_under_lock(
        self, state: DelegationState | None, scope: LookupScope, flight: Flight[str, _Fetched]
    ) -> _Fetched:
        """Make the request, or use the result of another worker that makes it at the same time."""
        mode = flight.mode
        known = await self._load(flight.key) if mode.bypasses and self._store.has_locks else state
        async with self._store.fetch_lock(flight.key, known, accepts_stored=mode.keeps_known) as stored:
            if stored is None:
                return await self._fetch(known, scope, flight)
            notes = ResolutionNotes(scope.notes.on_lookup)
            notes.add(other_worker_record(flight.key, stored))
            return _Fetched(stored, notes.trace, None)

    async def _fetch(
        self, state: DelegationState | None, scope: LookupScope, flight: Flight[str, _Fetched]
    ) -> _Fetched:
        notes, began = ResolutionNotes(scope.notes.on_lookup), self._loop.time()
        if flight.mode.bypasses:  # it may have waited for an older request, and continues from that request's result
            state = await self._load(flight.key)
        result = await self._client.fetch(flight.key, scope.part(notes, flight.mode.since(flight.began)))
        now = self._clock()
        after = next_state(state, result, now=now, random=self._context.random, policy=self._policy)
        if not result.private:
            self._unasked_hosts.forget(flight.key)
            await self._keep(flight, after)
        current = current_delegation(after, now=now, policy=self._policy)
        if (
            current is None
        ):  # only if a policy sets a lifetime to 0: the callers that are waiting now still get the result
            current = CurrentDelegation(
                after.delegated, now, now, stale=False, outcome=after.outcome, reason=after.reason
            )
        fetched = _Fetched(current, notes.trace, scope, warnings=notes.warnings, overrides=notes.overrides)
        return fetched if result.trouble is None else self._not_asked(flight, result, fetched, began)

    def _not_asked(
        self, flight: Flight[str, _Fetched], result: FetchResult, fetched: _Fetched, began: float
    ) -> _Fetched:
        """Return what to use if no request was made: a known answer, a failure that is remembered for a while, or a temporary error."""
        hostname, current = flight.key, fetched.current
        if result.trouble in {"busy", "late"}:
            failure = None if current.delegated else Failure.of(_unasked_error(result))
            return attrs.evolve(fetched, failure=failure)
        since = self._unasked_hosts.since(hostname, began)
        ours = result.trouble == "machine" or not self._dns.has_answered_others(hostname, since)
        own = self._unasked_hosts.add(hostname, result, current, since=since, now=self._clock(), ours=ours)
        if flight.is_outdated:
            self._unasked_hosts.forget(hostname)
        return attrs.evolve(fetched, current=own)

    async def _load(self, hostname: str) -> DelegationState | None:
        return await self._store.load(hostname, now=self._clock())

    async def _keep(self, flight: Flight[str, _Fetched], state: DelegationState) -> None:
        ttl = time_to_live(state, now=self._clock(), policy=self._policy)
        if ttl <= 0 or flight.is_outdated:
            return
        await self._store.store(flight.key, state, ttl)
        if flight.is_outdated:  # invalidated in the meantime: the state may have been stored after the deletion
            await self._store.forget(flight.key)


def _unasked_error(result: FetchResult) -> LookupFailed:
    if result.trouble == "busy":
        return ResolverBusy(result.reason or "", code="busy")
    return LookupFailed(result.reason or "", code="dns-temporary")
