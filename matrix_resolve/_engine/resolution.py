"""One resolution from name to targets: discovery, addresses, order; or the error that says why there are none."""

from collections.abc import Mapping, Sequence
from itertools import islice

import attrs

from .._context import LoopContext
from .._notes import Journal
from .._util.escaping import FEW
from ..discovery.steps import Discovery, discover, discover_delegated
from ..discovery.targets import KeptTargets, Orderings, draw_targets, keep_targets
from ..errors import AddressBlocked, LookupFailed, NoTargets, ResolveError
from ..models import ConnectionTarget, Endpoint, HostAddresses, Resolution, Step
from ..reasons import Reason
from ..server_name import ServerName
from ..trace import TraceRecord
from .lookups import Lookups

ALREADY_KNOWN = (TraceRecord("resolution", "this server name", "known from an earlier resolution", cached=True),)
"""The trace of an answer for which nothing was looked up."""


@attrs.frozen
class Resolving:
    """The work of resolving one server name.

    Attributes:
        server_name: The name.
        override: Where the caller's override leads: a name, targets, or None.
        lookups: Makes the lookups.
        journal: Records what happens.
        context: What the parts of a resolver share.
    """

    server_name: ServerName
    override: ServerName | tuple[ConnectionTarget, ...] | None
    lookups: Lookups
    journal: Journal
    context: LoopContext

    async def run(self) -> Sequence[Resolution]:
        """Find the targets.

        Returns:
            One resolution, or several that differ in the order drawn by SRV weight; as those get it who do not ask first.

        Raises:
            ResolveError: If there are no targets.
        """
        if isinstance(self.override, tuple):
            return (self._overridden(self.override),)
        if self.override is not None:
            discovery = await discover_delegated(self.override, self.lookups)
        else:
            discovery = await discover(self.server_name, self.lookups)
        found = await self.lookups.addresses(discovery.endpoints, are_srv_targets=discovery.step.is_srv)
        return self._resolutions(discovery, found)

    def _resolutions(self, discovery: Discovery, found: Mapping[str, HostAddresses]) -> Sequence[Resolution]:
        kept = keep_targets(
            discovery.endpoints, found, discovery.effective_name, at_most=self.context.policy.max_targets
        )
        if not kept.records:
            raise why_nowhere(discovery, found, degraded=self.journal.degraded)
        self._warn_of_cut(discovery, found, kept)
        first = self._resolution(discovery, draw_targets(kept.records, self.context.random))
        return Orderings(first, kept.records, self.context.random) if _has_choice(kept) else (first,)

    def _warn_of_cut(self, discovery: Discovery, found: Mapping[str, HostAddresses], kept: KeptTargets) -> None:
        """Warn about targets that are left out, and about hosts that were not looked up."""
        hosts = len({endpoint.host for endpoint in discovery.endpoints}) - len(found)
        counts = {"targets-left-out": kept.left_out, "hosts-not-looked-up": hosts}
        reasons = tuple(Reason.of(code, count=count) for code, count in counts.items() if count)
        if reasons:
            self.journal.note_cut(
                "targets-cut", Reason.of("targets-cut", host=discovery.effective_name, reasons=reasons)
            )

    def _overridden(self, targets: tuple[ConnectionTarget, ...]) -> Resolution:
        until = self._at_most(self.context.policy.dns_max_ttl)
        return Resolution(self.server_name, Step.OVERRIDE, None, targets, until, trace=ALREADY_KNOWN)

    def _resolution(self, discovery: Discovery, targets: tuple[ConnectionTarget, ...]) -> Resolution:
        longest = self.context.policy.degraded_ttl if self.journal.degraded else self.context.policy.dns_max_ttl
        return Resolution(
            server_name=self.server_name,
            step=discovery.step,
            delegated=discovery.delegated,
            targets=targets,
            expires_at=min(self.journal.expires_at, self._at_most(longest)),
            stale=self.journal.stale,
            degraded=self.journal.degraded,
            warnings=self.journal.warnings,
            trace=ALREADY_KNOWN,
        )

    def _at_most(self, seconds: float) -> float:
        return self.context.clock() + seconds


def _has_choice(kept: KeptTargets) -> bool:
    """Return True if two SRV records share a priority, so that their order is drawn."""
    return len({record.priority for record in kept.records}) < len(kept.records)


def why_nowhere(discovery: Discovery, found: Mapping[str, HostAddresses], *, degraded: bool) -> ResolveError:
    """Give the error for a discovery that led to no address.

    Args:
        discovery: Where discovery led.
        found: What its hosts gave.
        degraded: True if an SRV question failed on the way: then "no address" may be wrong, and is not said.
    """
    if not discovery.endpoints:
        reason = Reason.of(
            "srv-unusable", host=discovery.effective_name, reasons=discovery.skipped, total=discovery.unusable
        )
        return NoTargets(reason, code="srv-unusable", step=discovery.step)
    failed = sum(len(addresses.failed) for addresses in found.values())
    if failed or degraded:
        return LookupFailed(_unanswered(discovery, found, failed), code="dns-temporary", step=discovery.step)
    for host, addresses in found.items():
        for address, rule in addresses.refused:
            return _blocked(discovery.step, host, address, rule)
    for host, addresses in found.items():
        if addresses.refused_zone is not None:
            reason = Reason.of("host-in-refused-zone", host=host, zone=addresses.refused_zone)
            return NoTargets(reason, code="zone-refused", step=discovery.step)
        if addresses.cname is not None and discovery.step.is_srv:
            reason = Reason.of("srv-target-is-cname", host=host, alias=addresses.cname)
            return NoTargets(reason, code="srv-unusable", step=discovery.step)
    reason = Reason.of("no-address-in-dns", host=_hosts(discovery))
    return NoTargets(reason, code="no-address", step=discovery.step)


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


def _blocked(step: Step, host: str, address: str, rule: str) -> AddressBlocked:
    code = "ip-literal-blocked" if host == address else "address-blocked"
    reason = Reason.of(code, host=host, address=address, rule=rule)
    error = AddressBlocked(reason, code="address-blocked", step=step)
    error.args = (f'{error}; AddressPolicy(allow=["{address}"]) would allow it',)
    error.address, error.rule = address, rule
    return error


def _hosts(discovery: Discovery) -> str:
    hosts: dict[str, Endpoint] = {endpoint.host: endpoint for endpoint in discovery.endpoints}
    first, *others = hosts
    return f"{first} (and {len(others)} more)" if others else first
