"""The configuration of a resolver. It outlives event loops; `LoopContext` contains what belongs to one of them."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Self

import attrs

from .._address_families import QueriedFamilies, all_families, routed_families
from .._context import LoopContext, StatsCounter
from .._util.loop_lag import LoopLag
from .._util.steady_clock import SteadyClock
from .._util.tasks import BackgroundTasks
from .._util.throttled_log import ThrottledLog
from .._well_known.client import request_headers
from .._well_known.delegation_cache import delegation_store
from .._well_known.store import DelegationStore, LocalStore
from ..address_policy import AddressPolicy
from ..backends import CacheBackend, DnsBackend, HttpBackend
from ..overrides import HostOverride, NameOverride, Override, parse_host_overrides, parse_overrides
from ..policy import ResolverPolicy
from ..trace import TraceRecord
from .argument_types import check_user_agent
from .connection_slots import ConnectionSlots
from .resolution_cache import ResolutionCache


@attrs.frozen(kw_only=True)
class ResolverConfig:
    """What a resolver was created with, and what it keeps from one event loop to the next.

    Attributes:
        dns: Answers DNS queries.
        http: Fetches well-known documents.
        store: Keeps delegations.
        is_store_shared: True if other workers use the same store.
        policy: Limits, lifetimes, and how strict the resolver is.
        families: Returns the address families in which hosts are looked up.
        address_policy: Which addresses may be connected to.
        overrides: What the caller has set, by lower-case server name.
        host_overrides: The addresses that the caller has set, by lower-case host.
        headers: Sent with each request for a well-known document.
        on_lookup: Called with each trace record, or None.
        clock: The clock by which everything in the caches expires.
        serials: Returns the next serial number.
        random: Returns floats from 0 up to, but not including, 1.
        failure_log: Logs failures of this program, not of other servers.
        resolutions: Keeps finished resolutions.
        stats: Counts what is done.
        connecting: Limits the connections that are being opened.
    """

    dns: DnsBackend
    http: HttpBackend
    store: DelegationStore
    is_store_shared: bool
    policy: ResolverPolicy
    families: QueriedFamilies
    address_policy: AddressPolicy
    overrides: Mapping[str, NameOverride]
    host_overrides: Mapping[str, HostOverride]
    headers: Mapping[str, str]
    on_lookup: Callable[[TraceRecord], None] | None
    clock: SteadyClock
    serials: Callable[[], int]
    random: Callable[[], float]
    failure_log: ThrottledLog
    resolutions: ResolutionCache
    stats: StatsCounter
    connecting: ConnectionSlots

    @classmethod
    def create(
        cls,
        *,
        dns: DnsBackend,
        http: HttpBackend,
        cache: CacheBackend | None,
        policy: ResolverPolicy,
        address_policy: AddressPolicy | None,
        overrides: Mapping[str, Override] | None,
        host_overrides: Mapping[str, str | Sequence[str]] | None,
        user_agent: str | None,
        on_lookup: Callable[[TraceRecord], None] | None,
        clock: Callable[[], float],
        random: Callable[[], float],
        connects_elsewhere: bool,
    ) -> Self:
        """Return the configuration for the arguments of `ServerNameResolver`, where they are documented.

        *connects_elsewhere* is True if there is a ``connect_to``: then it does not matter which routes this machine has.

        Raises:
            TypeError: If *user_agent* or an override is of a wrong type.
            ValueError: If one of them is not valid; `InvalidServerName` for the name of an override.
        """
        check_user_agent(user_agent)
        steady, stats = SteadyClock(clock), StatsCounter()
        detect_families = all_families if connects_elsewhere else routed_families
        log = ThrottledLog(steady)
        return cls(
            dns=dns,
            http=http,
            store=delegation_store(cache, policy, log, stats, steady),
            is_store_shared=cache is not None,
            policy=policy,
            families=QueriedFamilies(policy.families, detect_families, steady),
            address_policy=address_policy or AddressPolicy(),
            overrides=parse_overrides({} if overrides is None else overrides),
            host_overrides=parse_host_overrides({} if host_overrides is None else host_overrides),
            headers=request_headers(user_agent),
            on_lookup=on_lookup,
            clock=steady,
            serials=count().__next__,
            random=random,
            failure_log=log,
            resolutions=ResolutionCache(policy, stats),
            stats=stats,
            connecting=ConnectionSlots(policy, stats),
        )

    def without_memory(self, policy: ResolverPolicy) -> Self:
        """Return a configuration for *policy* with empty caches that are not shared with anything."""
        stats = StatsCounter()
        return attrs.evolve(
            self,
            policy=policy,
            families=QueriedFamilies(policy.families, all_families, self.clock),
            store=LocalStore(policy.max_cached_names),
            is_store_shared=False,
            resolutions=ResolutionCache(policy, stats),
            stats=stats,
        )

    def loop_context(self) -> LoopContext:
        """Return a new context for the running event loop."""
        return LoopContext(
            policy=self.policy,
            families=self.families,
            clock=self.clock,
            serials=self.serials,
            random=self.random,
            stats=self.stats,
            background=BackgroundTasks(self.failure_log, self.policy.max_background),
            lag=LoopLag(),
        )
