"""The addresses of hosts: known without a query, or combined from the answers for each family. The address policy is applied to them."""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence

import attrs

from .._context import LoopContext
from .._util.zones import is_localhost
from ..address_policy import AddressPolicy
from ..applied_overrides import AppliedOverride
from ..backends.dns import RecordType
from ..discovery.ordering import alternate_by_rfc_8305
from ..errors import ResolveError
from ..models import Endpoint, HostAddresses
from ..overrides import HostOverride
from ..policy import Family, ResolverPolicy
from ..reasons import Reason
from ..server_name import ip_literal
from .answers import CachedAnswer, FailedQuery, Query
from .client import DnsClient
from .scope import LookupScope

HOSTS_AT_A_TIME = 8
"""Hosts of one resolution that are looked up at the same time: 16 of the 150 queries in flight. Very few domains have more SRV targets."""

REFUSED_KEPT = 8
"""Refused addresses of one host that are named in a warning or error."""

_LOOPBACK: dict[Family, str] = {"v6": "::1", "v4": "127.0.0.1"}
_RECORD_TYPES: dict[Family, RecordType] = {"v6": "AAAA", "v4": "A"}


def refused_zone(host: str, policy: ResolverPolicy) -> str | None:
    """Return the zone in ``ResolverPolicy.refused_zones`` that contains *host*, or None."""
    for zone in policy.refused_zones:
        if host.endswith(zone) and (host == zone or host.endswith(f".{zone}")):
            return zone
    return None


class HostLookups:
    """Looks up the addresses of hosts, and applies the address policy.

    Args:
        dns: Answers the queries.
        address_policy: Which addresses may be connected to.
        overrides: The addresses that the caller has set, by lower-case host.
        context: What the parts of a resolver share.
    """

    def __init__(
        self,
        dns: DnsClient,
        address_policy: AddressPolicy,
        overrides: Mapping[str, HostOverride],
        context: LoopContext,
    ) -> None:
        self._dns = dns
        self._address_policy = address_policy
        self._overrides = overrides
        self._policy = context.policy
        self._families = context.families

    def overrides_of(self, host: str) -> tuple[AppliedOverride, ...]:
        """Return the override of *host*, a lower-case DNS name, or nothing if there is none."""
        return (self._overrides[host].applied,) if host in self._overrides else ()

    async def addresses(self, host: str, scope: LookupScope) -> HostAddresses:
        """Look up *host*, once per scope.

        Args:
            host: A lower-case DNS name or an IP address.
            scope: The resolution that needs the addresses.

        Raises:
            ResolverBusy: If a query could not be made because this process or machine is overloaded.
        """
        found = scope.found.get(host) or self._known_without_query(host, scope)
        if found is None:
            queries: list[Query] = [(host, _RECORD_TYPES[family]) for family in self._families()]
            found = self._gathered(queries, await self._dns.query(queries, scope), scope)
            if found.ips:
                scope.found[host] = found
        return found

    async def all_addresses(
        self, endpoints: Sequence[Endpoint], scope: LookupScope, *, are_srv_targets: bool
    ) -> dict[str, HostAddresses]:
        """Look up each host once, in order of priority and weight, eight at a time, until enough targets are known.

        ``max_targets`` are enough. After ``dns_timeout`` a single target is enough, because silent hosts must not use up the deadline.

        Args:
            endpoints: Their hosts are DNS names or IP addresses, and may occur more than once.
            scope: The resolution that needs the addresses.
            are_srv_targets: True if the hosts are SRV targets. The policy says whether a target that is a CNAME is followed or skipped.

        Returns:
            The addresses by host, always including the first eight hosts.

        Raises:
            ResolverBusy: If a query could not be made because this process or machine is overloaded.
        """
        ports: dict[str, list[int]] = {}
        for endpoint in sorted(endpoints, key=lambda one: (one.priority, -one.weight)):
            ports.setdefault(endpoint.host, []).append(endpoint.port)
        skips_cnames = are_srv_targets and self._policy.srv_cname == "skip"
        if len(ports) == 1:
            (host,) = ports
            return {host: await self._of_endpoint(host, scope, skips_cnames=skips_cnames)}
        batch = _Batch(ports, self._policy)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(HOSTS_AT_A_TIME, len(ports))):
                    group.create_task(self._work(batch, scope, skips_cnames=skips_cnames))
        except ExceptionGroup as errors:
            raise next((error for error in errors.exceptions if isinstance(error, ResolveError)), errors) from None
        return {host: batch.found[host] for host in ports if host in batch.found}

    async def _work(self, batch: "_Batch", scope: LookupScope, *, skips_cnames: bool) -> None:
        """Look up one host after the other until enough targets are known. If any host is left, at least one is looked up."""
        for host in batch.left:
            batch.add(host, await self._of_endpoint(host, scope, skips_cnames=skips_cnames))
            if batch.is_enough:
                return
            await asyncio.sleep(0)  # cached answers do not suspend, and checking a thousand addresses takes a while

    async def _of_endpoint(self, host: str, scope: LookupScope, *, skips_cnames: bool) -> HostAddresses:
        found = await self.addresses(host, scope)
        if found.cname is None or not skips_cnames:
            return found
        return attrs.evolve(found, ips=(), refused=(), more_refused=0)

    def _known_without_query(self, host: str, scope: LookupScope) -> HostAddresses | None:
        override = self._overrides.get(host)
        if override is not None:  # also in a refused zone, because no query is made
            scope.notes.apply(override.applied)
            return HostAddresses(override.ips)
        zone = refused_zone(host, self._policy)
        if zone is not None:
            return HostAddresses(refused_zone=zone)
        literal = ip_literal(host)
        if literal is not None:
            return self._apply_address_policy([(literal,)], scope)
        if is_localhost(host):
            return self._apply_address_policy([(_LOOPBACK[family],) for family in self._families()], scope)
        return None

    def _gathered(
        self, queries: Sequence[Query], outcomes: Sequence[CachedAnswer | FailedQuery], scope: LookupScope
    ) -> HostAddresses:
        """Combine the answers for the address families of a host, in their order."""
        host = queries[0][0]
        answered = [outcome for outcome in outcomes if isinstance(outcome, CachedAnswer)]
        aliases = [outcome.canonical_name for outcome in answered if outcome.canonical_name != host]
        allowed = self._apply_address_policy([outcome.addresses for outcome in answered], scope)
        return HostAddresses(
            ips=allowed.ips,
            refused=allowed.refused,
            more_refused=allowed.more_refused,
            failed=_failed(queries, outcomes) if len(answered) < len(outcomes) else (),
            cname=aliases[0] if aliases else None,
            cut=tuple([outcome.cut for outcome in answered if outcome.cut]),
            expires_at=min([outcome.expires_at for outcome in answered], default=math.inf),
            refresh_at=min([outcome.refresh_at for outcome in answered], default=math.inf),
        )

    def _apply_address_policy(self, families: list[tuple[str, ...]], scope: LookupScope) -> HostAddresses:
        """Separate the addresses that may be connected to from those that may not."""
        ips: list[str] = []
        refused: list[tuple[str, str]] = []
        more = 0
        for ip in alternate_by_rfc_8305(families):
            rule = self._address_policy.refusal(ip) if scope.applies_address_policy else None
            if rule is None:
                ips.append(ip)
            elif len(refused) < REFUSED_KEPT:
                refused.append((ip, rule))
            else:
                more += 1
        return HostAddresses(tuple(ips), tuple(refused), more)


def _failed(queries: Sequence[Query], outcomes: Sequence[CachedAnswer | FailedQuery]) -> tuple[Reason, ...]:
    return tuple(
        Reason.of("query-failed", record_type=record_type, error=outcome.reason)
        for (_, record_type), outcome in zip(queries, outcomes, strict=True)
        if isinstance(outcome, FailedQuery)
    )


class _Batch:
    """The hosts that still have to be looked up, and the addresses found so far. Several tasks share it.

    Attributes:
        found: The addresses of the hosts that were looked up.
        left: The other hosts.
    """

    def __init__(self, ports: Mapping[str, Sequence[int]], policy: ResolverPolicy) -> None:
        self.found: dict[str, HostAddresses] = {}
        self.left: Iterator[str] = iter(ports)
        self._ports = ports
        self._enough = policy.max_targets
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + policy.dns_timeout
        self._known: set[tuple[str, int]] = set()

    def add(self, host: str, found: HostAddresses) -> None:
        """Add the addresses of *host*."""
        self.found[host] = found
        for ip in found.ips:
            for port in self._ports[host]:
                if len(self._known) >= self._enough:
                    return
                self._known.add((ip, port))

    @property
    def is_enough(self) -> bool:
        """True if enough targets are known."""
        return len(self._known) >= self._enough or (bool(self._known) and self._loop.time() >= self._until)
