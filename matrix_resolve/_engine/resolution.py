"""One resolution from a name to its targets: discovery, addresses and order, or the error that says why there are no targets."""

from collections.abc import Mapping, Sequence
from itertools import islice

import attrs

from .._context import LoopContext
from .._dns.hosts import REFUSED_KEPT
from .._notes import ResolutionNotes
from .._util.escaping import FEW
from ..discovery.steps import DEFAULT_PORT, Discovery, discover, discover_delegated
from ..discovery.targets import KeptTargets, Orderings, draw_targets, keep_targets
from ..errors import AddressBlocked, BlockedByPolicy, LookupFailed, ResolveError, ServerNotFound
from ..models import ConnectionTarget, Endpoint, HostAddresses, Resolution, Step
from ..overrides import NameOverride, UseAddresses
from ..reasons import Reason
from ..server_name import ServerName
from ..trace import TraceRecord
from .lookups import Lookups

CACHED_TRACE = (TraceRecord("resolution", "this server name", "known from an earlier resolution", cached=True),)
"""The trace of a resolution for which no lookup was made."""


async def resolve_name(
    server_name: ServerName,
    override: NameOverride | None,
    lookups: Lookups,
    notes: ResolutionNotes,
    context: LoopContext,
) -> Sequence[Resolution]:
    """Find the targets of *server_name*.

    Args:
        server_name: The name.
        override: What the caller has set for it, or None.
        lookups: Makes the lookups.
        notes: Records what happens.
        context: What the parts of a resolver share.

    Returns:
        One resolution, or several SRV-weighted orderings, which later callers get in rotation.

    Raises:
        ResolveError: If there are no targets.
    """
    results = _Results(server_name, notes, context, is_overridden=override is not None)
    if override is None:
        discovery = await discover(server_name, lookups)
    else:
        notes.apply(override.applied)
        if isinstance(override.value, UseAddresses):
            return (results.at_addresses(override.value),)
        discovery = await discover_delegated(override.value.server_name, lookups)
    found = await lookups.addresses(discovery.endpoints, are_srv_targets=discovery.step.is_srv)
    return results.discovered(discovery, found)


@attrs.frozen
class _Results:
    """Makes the resolutions of one server name."""

    server_name: ServerName
    notes: ResolutionNotes
    context: LoopContext
    is_overridden: bool

    def discovered(self, discovery: Discovery, found: Mapping[str, HostAddresses]) -> Sequence[Resolution]:
        """Return the resolutions for what discovery has found.

        Raises:
            ResolveError: If there are no targets.
        """
        kept = keep_targets(
            discovery.endpoints, found, discovery.effective_name, at_most=self.context.policy.max_targets
        )
        if not kept.records:
            raise no_targets_error(discovery, found, degraded=self.notes.degraded)
        self._warn_of_cut(discovery, found, kept)
        first = self._resolution(discovery, draw_targets(kept.records, self.context.random))
        return Orderings(first, kept.records, self.context.random) if _has_choice(kept) else (first,)

    def _warn_of_cut(self, discovery: Discovery, found: Mapping[str, HostAddresses], kept: KeptTargets) -> None:
        """Warn about targets that are left out, and about hosts that were not looked up."""
        hosts = len({endpoint.host for endpoint in discovery.endpoints}) - len(found)
        counts = {"targets-left-out": kept.left_out, "hosts-not-looked-up": hosts}
        reasons = tuple(Reason.of(code, count=count) for code, count in counts.items() if count)
        if reasons:
            self.notes.note_cut("targets-cut", Reason.of("targets-cut", host=discovery.effective_name, reasons=reasons))

    def at_addresses(self, override: UseAddresses) -> Resolution:
        """Return the resolution for addresses that the caller has set. Host and TLS name are those of the server name, as in steps 1, 2 and 6."""
        name = self.server_name
        port = override.port or name.port or DEFAULT_PORT
        targets = tuple(ConnectionTarget(ip, port, str(name), name.tls_server_name) for ip in override.addresses)
        until = self._expiry(self.context.policy.dns_max_ttl)
        return Resolution(name, Step.OVERRIDE, None, targets, until, trace=CACHED_TRACE, overrides=self.notes.overrides)

    def _resolution(self, discovery: Discovery, targets: tuple[ConnectionTarget, ...]) -> Resolution:
        longest = self.context.policy.degraded_ttl if self.notes.degraded else self.context.policy.dns_max_ttl
        return Resolution(
            server_name=self.server_name,
            step=Step.OVERRIDE if self.is_overridden else discovery.step,
            delegated=discovery.delegated,
            targets=targets,
            expires_at=min(self.notes.expires_at, self._expiry(longest)),
            stale=self.notes.stale,
            degraded=self.notes.degraded,
            warnings=self.notes.warnings,
            trace=CACHED_TRACE,
            overrides=self.notes.overrides,
        )

    def _expiry(self, seconds: float) -> float:
        return self.context.clock() + seconds


def _has_choice(kept: KeptTargets) -> bool:
    """Return True if two SRV records share a priority, so that their order is drawn."""
    return len({record.priority for record in kept.records}) < len(kept.records)


def no_targets_error(discovery: Discovery, found: Mapping[str, HostAddresses], *, degraded: bool) -> ResolveError:
    """Return the error for a discovery without any address.

    Args:
        discovery: The result of discovery.
        found: The addresses of its hosts.
        degraded: True if an SRV query failed. Then the error is not "no address", because that may be wrong.
    """
    if not discovery.endpoints:
        reason = Reason.of(
            "srv-unusable", host=discovery.effective_name, reasons=discovery.skipped, total=discovery.unusable
        )
        return ServerNotFound(reason, code="srv-unusable", step=discovery.step)
    failed = sum(len(addresses.failed) for addresses in found.values())
    if failed or degraded:
        return LookupFailed(_unanswered(discovery, found, failed), code="dns-temporary", step=discovery.step)
    if any(addresses.refused for addresses in found.values()):
        return _blocked(discovery.step, found)
    for host, addresses in found.items():
        if addresses.refused_zone is not None:
            reason = Reason.of("host-in-refused-zone", host=host, zone=addresses.refused_zone)
            return BlockedByPolicy(reason, code="zone-refused", step=discovery.step)
        if addresses.cname is not None and discovery.step.is_srv:
            reason = Reason.of("srv-target-is-cname", host=host, alias=addresses.cname)
            return ServerNotFound(reason, code="srv-unusable", step=discovery.step)
    reason = Reason.of("no-address-in-dns", host=_hosts(discovery))
    return ServerNotFound(reason, code="no-address", step=discovery.step)


def _unanswered(discovery: Discovery, found: Mapping[str, HostAddresses], failed: int) -> Reason:
    """Return why the addresses are not known."""
    if not failed:
        return Reason.of("no-address-and-srv-failed", host=_hosts(discovery))
    failures = (
        Reason.of("host-failed", host=host, because=failure)
        for host, addresses in found.items()
        for failure in addresses.failed
    )
    return Reason.of("dns-failed", reasons=tuple(islice(failures, FEW)), total=failed)


def _blocked(step: Step, found: Mapping[str, HostAddresses]) -> AddressBlocked:
    """Return the error for hosts whose addresses are all refused."""
    hosts = {host: addresses for host, addresses in found.items() if addresses.refused}
    refused = dict(pair for addresses in hosts.values() for pair in addresses.refused)
    address, rule = next(iter(refused.items()))
    error = AddressBlocked(_blocked_reason(hosts, refused), code="address-blocked", step=step)
    error.address, error.rule, error.refused = address, rule, tuple(refused.items())[:REFUSED_KEPT]
    networks = ", ".join(f'"{ip}"' for ip, _ in error.refused)
    error.args = (f"{error}; to allow {'them' if len(refused) > 1 else 'it'}, use AddressPolicy(allow=[{networks}])",)
    return error


def _blocked_reason(hosts: Mapping[str, HostAddresses], refused: Mapping[str, str]) -> Reason:
    first, *others = hosts
    address, rule = next(iter(refused.items()))
    if len(refused) == 1:
        code = "ip-literal-blocked" if first == address else "address-blocked"
        return Reason.of(code, host=first, address=address, rule=rule)
    total = len(refused) + sum(addresses.more_refused for addresses in hosts.values())
    reasons = tuple(Reason.of("refused", address=ip, rule=why) for ip, why in islice(refused.items(), REFUSED_KEPT))
    host = f"{first} (and {len(others)} more)" if others else first
    return Reason.of("addresses-blocked", host=host, address=address, rule=rule, reasons=reasons, total=total)


def _hosts(discovery: Discovery) -> str:
    hosts: dict[str, Endpoint] = {endpoint.host: endpoint for endpoint in discovery.endpoints}
    first, *others = hosts
    return f"{first} (and {len(others)} more)" if others else first
