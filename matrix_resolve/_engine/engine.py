"""Resolves names on one event loop: callers share work, which has limits and a deadline, and the results are cached and refreshed."""

import asyncio
import logging
from collections.abc import Sequence

import attrs

from .._cache_mode import ANY, NOT_DUE, CacheMode
from .._context import Queues
from .._dns.client import DnsClient
from .._dns.hosts import HostLookups
from .._dns.scope import LookupScope
from .._notes import ResolutionNotes
from .._util.escaping import first_few, shortened
from .._util.loop_bound import LoopBound
from .._util.single_flight import Flight, SingleFlight
from .._util.slots import OverloadError, Slots
from .._util.steady_clock import SteadyClock
from .._util.zones import zone_of
from .._well_known.client import WellKnownClient, request_slots
from .._well_known.delegation_cache import DelegationCache
from ..applied_overrides import remark_on
from ..errors import Failure, LookupFailed, ResolutionTimeout, ResolveError, ResolverBusy
from ..models import Resolution
from ..policy import wait_after_failures
from ..server_name import ServerName
from ..trace import TraceRecord
from .config import ResolverConfig
from .lookups import Lookups, Services
from .resolution import CACHED_TRACE, resolve_name
from .resolution_cache import CacheEntry

_LOGGER = logging.getLogger("matrix_resolve")
_FAILURE_LOOKUPS = 12  # trace records kept with a failure, for up to `max_cached_names` names; most failures have fewer
_FAILURE_WARNINGS = 4  # warnings kept with a failure, for the same reason
_LONGEST_MESSAGE = 1000  # characters of an error: a step, and three hosts of 253 characters at most

Outcome = Resolution | Failure
Work = Flight[ServerName, Outcome]


class Engine(LoopBound):
    """Resolves names on the running event loop.

    Args:
        config: The configuration of the resolver.
    """

    def __init__(self, config: ResolverConfig) -> None:
        super().__init__()
        self._config = config
        self._context = context = config.loop_context()
        self._dns = DnsClient(config.dns, context)
        self._requests = request_slots(config.policy)
        hosts = HostLookups(self._dns, config.address_policy, config.host_overrides, context)
        client = WellKnownClient(hosts, config.http, config.headers, context, self._requests)
        self._delegations = DelegationCache(config.store, client, self._dns, context)
        self._services = Services(context, self._dns, hosts, self._delegations)
        self._flights: SingleFlight[ServerName, Outcome] = SingleFlight(context.serials)
        self._slots = Slots(
            config.policy.max_resolutions, max_wait=config.policy.max_queue_wait, may_pass_on=self._has_room
        )

    def _has_room(self) -> bool:
        """Return whether there are free slots for the queries and requests of more names."""
        return not (self._dns.slots.has_newcomers or self._requests.has_newcomers)

    @property
    def in_flight(self) -> int:
        """How many names are being resolved, or are waiting for a free slot."""
        return len(self._flights)

    @property
    def queues(self) -> Queues:
        """What is waiting for a free slot."""
        slots = (self._slots, self._dns.slots, self._requests)
        return Queues(sum(each.waiting for each in slots), sum(each.waited for each in slots))

    async def resolve(self, name: ServerName, mode: CacheMode = ANY) -> Resolution:
        """Resolve *name*. Callers that resolve the same name at the same time share the work.

        Raises:
            ResolveError: If there are no targets. Each caller gets a new exception.
        """
        self._config.stats.joined += self._flights.would_join(name, mode)
        outcome = await self._flights.run(name, self._work, mode)
        if isinstance(outcome, Failure):
            raise to_error(outcome, self._config.clock)
        return outcome

    def refresh(self, name: ServerName) -> None:
        """Refresh the answers for *name* that are due for refresh, in the background."""
        self._context.background.start(name, lambda: self._flights.run(name, self._work, NOT_DUE))

    async def forget(self, name: ServerName) -> None:
        """Delete the cached delegation of *name*, and prevent later callers from joining work that is under way."""
        self._flights.outdate(name)
        if name.dns_name is not None:
            await self._delegations.forget(name.dns_name)

    async def aclose(self) -> None:
        """End all work."""
        await self._context.background.aclose()
        await self._flights.aclose()
        await self._delegations.aclose()
        await self._dns.aclose()

    async def _work(self, work: Work) -> Outcome:
        name, longest = work.key, self._config.policy.max_queue_wait
        if work.mode.kind == "not-due":  # background work has its own limit
            return await self._work_now(work)
        try:
            slot = await self._slots.take(zone_of((name.dns_name or name).lower()))
        except OverloadError:
            return self._busy(
                name,
                ResolverBusy(f"no slot was free within {longest:g} s, because of other names", code="busy"),
                ResolutionNotes(),
            )
        was_silent = None
        try:
            outcome = await self._work_now(work)  # the deadline starts now
            was_silent = isinstance(outcome, Failure) and issubclass(outcome.kind, LookupFailed)
            return outcome
        finally:
            self._slots.release(slot, was_silent=was_silent)

    async def _work_now(self, work: Work) -> Outcome:
        notes = ResolutionNotes(self._notify if self._config.on_lookup else None)
        try:
            async with asyncio.timeout(self._config.policy.deadline):
                resolutions = await self._resolve(work, notes)
        except TimeoutError:
            return self._keep_failure(work, _timeout(notes, self._config.policy.deadline), notes)
        except ResolverBusy as error:
            return self._busy(work.key, error, notes)
        except ResolveError as error:
            return self._keep_failure(work, error, notes)
        self._keep(work, resolutions, notes)
        return self._for_caller(resolutions[0], trace=notes.trace)

    def _busy(self, name: ServerName, error: ResolverBusy, notes: ResolutionNotes) -> Outcome:
        """Return the cached resolution, or the error if there is none. Nothing is stored, because this says nothing about the name."""
        now, old = self._config.clock(), self._config.resolutions.entry(name)
        if old is not None and old.resolutions and now < old.expires_at:
            return self._for_caller(old.resolutions[0])
        self._config.stats.busy += 1
        error.args = (shortened(f"{name}: {error}", limit=_LONGEST_MESSAGE),)
        error.server_name, error.trace, error.overrides, error.warnings = (
            name,
            notes.trace,
            notes.overrides,
            notes.warnings,
        )
        return Failure.of(error)

    async def _resolve(self, work: Work, notes: ResolutionNotes) -> Sequence[Resolution]:
        name = work.key
        override = self._config.overrides.get(name.lower())
        scope = LookupScope(notes, work.mode.since(work.began), applies_address_policy=override is None)
        return await resolve_name(name, override, Lookups(self._services, scope), notes, self._context)

    def _keep(self, work: Work, resolutions: Sequence[Resolution], notes: ResolutionNotes) -> None:
        config, now = self._config, self._config.clock()
        config.stats.resolved[resolutions[0].step] += 1
        config.stats.cut.update(notes.cut)
        expires_at = resolutions[0].expires_at
        if config.is_store_shared:
            expires_at = min(expires_at, now + config.policy.shared_cache_interval)
        refresh_at, refreshed_at = min(expires_at, notes.refresh_at), self._refreshed_at(work, now)
        self._store(work, CacheEntry(resolutions, None, expires_at, refresh_at, work.began, refreshed_at))
        for warning in resolutions[0].warnings:
            _LOGGER.debug("%s: %s [%s]", work.key, warning.message, warning.code)

    def _keep_failure(self, work: Work, error: ResolveError, notes: ResolutionNotes) -> Outcome:
        """Keep a failure as data. If the lookups failed, a cached resolution that is still valid is kept instead."""
        policy, now, name = self._config.policy, self._config.clock(), work.key
        self._config.stats.failed[error.code] += 1
        self._config.stats.cut.update(notes.cut)
        error.args = (shortened(f"{name}: {error}", limit=_LONGEST_MESSAGE) + remark_on(notes.overrides),)
        error.server_name, error.trace, error.overrides, error.warnings = (
            name,
            notes.trace,
            notes.overrides,
            notes.warnings,
        )
        old = self._config.resolutions.entry(name)
        refreshed_at, failures = self._refreshed_at(work, now), 0
        if isinstance(error, LookupFailed):
            if old is not None and old.resolutions and now < old.expires_at:
                self._store(
                    work, attrs.evolve(old, refresh_at=old.expires_at, serial=work.began, refreshed_at=refreshed_at)
                )
                return self._for_caller(old.resolutions[0])
            failures = 1 + (old.failures if old is not None else 0)
            expires_at = now + wait_after_failures(failures, policy)
        else:
            expires_at = min(notes.expires_at, now + policy.dns_negative_ttl)
        is_kept = self._is_current(work) and policy.max_cached_names > 0
        error.retry_at = expires_at if is_kept else None
        failure = Failure.of(error)
        kept = failure.with_notes(notes.first_lookups(_FAILURE_LOOKUPS), notes.first_warnings(_FAILURE_WARNINGS))
        self._store(work, CacheEntry((), kept, expires_at, expires_at, work.began, refreshed_at, failures))
        _LOGGER.debug("%s [%s]", error, error.code)
        has_cause = isinstance(error, LookupFailed) and notes.first_error is not None
        return attrs.evolve(failure, cause=notes.first_error) if has_cause else failure

    def _store(self, work: Work, entry: CacheEntry) -> None:
        """Store *entry*, unless the name was invalidated or resolved again after this work began."""
        if self._is_current(work):
            self._config.resolutions.store(work.key, entry)

    def _is_current(self, work: Work) -> bool:
        current = self._config.resolutions.entry(work.key)
        return current is None or current.serial < work.began

    def _for_caller(self, resolution: Resolution, *, trace: tuple[TraceRecord, ...] = CACHED_TRACE) -> Resolution:
        return attrs.evolve(resolution, expires_at=self._config.clock.to_wall(resolution.expires_at), trace=trace)

    def _refreshed_at(self, work: Work, now: float) -> float | None:
        if work.mode.bypasses:
            return now
        old = self._config.resolutions.entry(work.key)
        return None if old is None else old.refreshed_at

    def _notify(self, record: TraceRecord) -> None:
        on_lookup = self._config.on_lookup
        if on_lookup is None:
            return
        try:
            on_lookup(record)
        except Exception as error:  # noqa: BLE001 - the caller's observer cannot break a resolution
            self._config.failure_log.warn("on_lookup raised", error)


def _timeout(notes: ResolutionNotes, seconds: float) -> ResolutionTimeout:
    waiting = first_few(notes.pending, total=len(notes.pending), separator=", ")
    pending = f"; still pending: {waiting}" if waiting else ""
    message = f"no result within {seconds:g} s; lookups made: {notes.lookups}{pending}"
    error = ResolutionTimeout(message, code="resolution-timeout")
    error.pending = notes.pending
    return error


def to_error(failure: Failure, clock: SteadyClock) -> ResolveError:
    """Return a new exception for a stored failure."""
    error = failure.to_error()
    if error.retry_at is not None:
        error.retry_at = clock.to_wall(error.retry_at)
    return error
