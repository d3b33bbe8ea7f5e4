"""One resolution, from name to targets: discovery, addresses, order; or the error that says why there are none."""

from collections.abc import Mapping, Sequence

import attrs

from .._context import LoopContext
from .._notes import ResolutionNotes
from .._util.escaping import first_few, printable
from ..discovery.steps import Discovery, discover, discover_delegated
from ..discovery.targets import KeptTargets, Orderings, draw_targets, keep_targets
from ..errors import AddressBlocked, LookupFailed, NoTargets, ResolveError
from ..models import ConnectionTarget, Endpoint, HostAddresses, Resolution, Step
from ..server_name import ServerName
from ..trace import TraceRecord
from .lookups import Lookups

CACHED_TRACE = (TraceRecord("resolution", "this server name", "known from an earlier resolution", cached=True),)
"""The trace of an answer for which nothing was looked up."""


async def resolve_name(
    server_name: ServerName,
    override: ServerName | tuple[ConnectionTarget, ...] | None,
    lookups: Lookups,
    notes: ResolutionNotes,
    context: LoopContext,
) -> Sequence[Resolution]:
    """Find the targets of *server_name*.

    Args:
        server_name: The name.
        override: The name or the targets that the caller has set for it, or None.
        lookups: Makes the lookups.
        notes: Records what happens.
        context: What the parts of a resolver share.

    Returns:
        One resolution, or several SRV-weighted orderings, served in turn to later callers.

    Raises:
        ResolveError: If there are no targets.
    """
    results = _Results(server_name, notes, context)
    if isinstance(override, tuple):
        return (results.overridden(override),)
    if override is not None:
        discovery = await discover_delegated(override, lookups)
    else:
        discovery = await discover(server_name, lookups)
    found = await lookups.addresses(discovery.endpoints, are_srv_targets=discovery.step.is_srv)
    return results.discovered(discovery, found)


@attrs.frozen
class _Results:
    """Makes the resolutions of one server name."""

    server_name: ServerName
    notes: ResolutionNotes
    context: LoopContext

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
        parts = [f"{kept.left_out} of its targets"] if kept.left_out else []
        parts += [f"{hosts} of its hosts, not looked up"] if hosts else []
        if parts:
            message = f"{discovery.effective_name} has too many targets; left out: {' and '.join(parts)}"
            self.notes.note_cut("targets-cut", message)

    def overridden(self, targets: tuple[ConnectionTarget, ...]) -> Resolution:
        """Return the resolution for targets that the caller has set."""
        until = self._expiry(self.context.policy.dns_max_ttl)
        return Resolution(self.server_name, Step.OVERRIDE, None, targets, until, trace=CACHED_TRACE)

    def _resolution(self, discovery: Discovery, targets: tuple[ConnectionTarget, ...]) -> Resolution:
        longest = self.context.policy.degraded_ttl if self.notes.degraded else self.context.policy.dns_max_ttl
        return Resolution(
            server_name=self.server_name,
            step=discovery.step,
            delegated=discovery.delegated,
            targets=targets,
            expires_at=min(self.notes.expires_at, self._expiry(longest)),
            stale=self.notes.stale,
            degraded=self.notes.degraded,
            warnings=self.notes.warnings,
            trace=CACHED_TRACE,
        )

    def _expiry(self, seconds: float) -> float:
        return self.context.clock() + seconds


def _has_choice(kept: KeptTargets) -> bool:
    """Return True if two SRV records share a priority, so that their order is drawn."""
    return len({record.priority for record in kept.records}) < len(kept.records)


def no_targets_error(discovery: Discovery, found: Mapping[str, HostAddresses], *, degraded: bool) -> ResolveError:
    """Return the error for a discovery that led to no address.

    Args:
        discovery: Where discovery led.
        found: The addresses of its hosts.
        degraded: True if an SRV query failed: then "no address" may be wrong, and is not said.
    """
    step = f"step {discovery.step}"
    if not discovery.endpoints:
        skipped = first_few(discovery.skipped, total=discovery.unusable)
        message = f"{step}: there are SRV records for {discovery.effective_name}, but none can be used: {skipped}"
        return NoTargets(message, code="srv-unusable")
    failed = sum(len(addresses.failed) for addresses in found.values())
    if failed or degraded:
        failures = (f"{host}: {sentence}" for host, addresses in found.items() for sentence in addresses.failed)
        reasons = first_few(failures, total=failed) or f"{_hosts(discovery)} has no address, and an SRV question failed"
        return LookupFailed(f"{step}: the DNS could not answer; {reasons}", code="dns-temporary")
    for host, addresses in found.items():
        for address, rule in addresses.refused:
            return _blocked(step, host, address, rule)
    for host, addresses in found.items():
        if addresses.refused_zone is not None:
            message = f"{step}: {host} lies in .{addresses.refused_zone}, which is not asked for in the DNS"
            return NoTargets(message, code="zone-refused")
        if addresses.cname is not None and discovery.step.is_srv:
            message = (
                f"{step}: the SRV target {host} is a CNAME for {printable(addresses.cname)}, which RFC 2782 forbids"
            )
            return NoTargets(message, code="srv-unusable")
    return NoTargets(f"{step}: {_hosts(discovery)} has no address in the DNS", code="no-address")


def _blocked(step: str, host: str, address: str, rule: str) -> AddressBlocked:
    where = f"{host} is" if host == address else f"{host} is at {address}, which is"
    message = (
        f'{step}: {where} refused by the address policy ({rule}); AddressPolicy(allow=["{address}"]) would allow it'
    )
    error = AddressBlocked(message, code="address-blocked")
    error.address, error.rule = address, rule
    return error


def _hosts(discovery: Discovery) -> str:
    hosts: dict[str, Endpoint] = {endpoint.host: endpoint for endpoint in discovery.endpoints}
    first, *others = hosts
    return f"{first} (and {len(others)} more)" if others else first
