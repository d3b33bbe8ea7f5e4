"""What this machine could not look at, so that nothing was found out about it."""

from collections.abc import Iterator

from ..evidence import Evidence, TargetProbe, WellKnownProbe
from ..findings import Finding, make_finding
from .unreachable import exhaustion, ip_of, is_out_of_reach


def machine_rules(evidence: Evidence) -> Iterator[Finding]:
    """Judge what stood in the way on this side."""
    if evidence.is_dns_missing_here:
        yield _no_dns(evidence)
    probes: list[TargetProbe | WellKnownProbe] = [*evidence.well_knowns, *evidence.targets]
    away = [probe for probe in probes if is_out_of_reach(probe, evidence)]
    if away:
        yield _out_of_reach(away, evidence)
    exhausted = [probe for probe in probes if exhaustion(probe) is not None]
    if exhausted:
        yield _exhausted(exhausted)


def _no_dns(evidence: Evidence) -> Finding:
    cause = "No name server answers this machine, not even about other names, so nothing was found out."
    repair = "Check once more when names resolve from here, or with --nameserver and one that answers."
    return make_finding(
        "no-dns-here", cause, repair, (f"{reply.name} {reply.record_type}: {reply.failure}" for reply in evidence.dns)
    )


def _out_of_reach(away: list[TargetProbe | WellKnownProbe], evidence: Evidence) -> Finding:
    lines = list(dict.fromkeys(f"{ip_of(probe)}: {probe.trouble.message}" for probe in away if probe.trouble))
    if not (evidence.reach.ipv4 or evidence.reach.ipv6):
        cause = "This machine has no way to the Internet, so nothing was found out about any address."
        return make_finding("checked-offline", cause, "Check once more from a machine that is online.", lines)
    family = "IPv6" if not evidence.reach.ipv6 else "IPv4"
    cause = f"This machine has no {family}, so nothing was found out about the {family} addresses."
    return make_finding(
        f"checked-without-{family.lower()}", cause, f"Check once more from a machine that has {family}.", lines
    )


def _exhausted(exhausted: list[TargetProbe | WellKnownProbe]) -> Finding:
    troubles = {trouble.message for probe in exhausted if (trouble := exhaustion(probe)) is not None}
    ips = ", ".join(dict.fromkeys(map(ip_of, exhausted)))
    cause = f"This machine could not open connections ({', '.join(sorted(troubles))}), so nothing was found out about {ips}."
    repair = "Check fewer names at once, or let this machine open more files (ulimit -n)."
    return make_finding("checked-in-part", cause, repair)
