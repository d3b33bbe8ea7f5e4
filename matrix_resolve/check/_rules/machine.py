"""Rules about what was not checked because of this machine."""

from collections.abc import Iterator

from ..evidence import Evidence, TargetProbe, WellKnownProbe
from ..faults import Fault, diagnose, make_fault, seen
from .unreachable import exhaustion, ip_of, is_out_of_reach


def machine_rules(evidence: Evidence) -> Iterator[Fault]:
    """Report what this machine lacks for a complete check."""
    if evidence.is_dns_missing_here:
        yield make_fault(diagnose("no-dns-here"), [seen("dns-reply", reply=reply) for reply in evidence.dns])
    probes: list[TargetProbe | WellKnownProbe] = [*evidence.well_knowns, *evidence.targets]
    away = [probe for probe in probes if is_out_of_reach(probe, evidence)]
    if away:
        yield _out_of_reach(away, evidence)
    exhausted = [probe for probe in probes if exhaustion(probe) is not None]
    if exhausted:
        yield _exhausted(exhausted)


def _out_of_reach(away: list[TargetProbe | WellKnownProbe], evidence: Evidence) -> Fault:
    lines = [seen("trouble", ip_of(probe), trouble=probe.trouble) for probe in away if probe.trouble]
    if not (evidence.reach.ipv4 or evidence.reach.ipv6):
        return make_fault(diagnose("checked-offline"), lines)
    if evidence.reach.ipv6:
        return make_fault(diagnose("checked-without-ipv4", family="IPv4"), lines)
    return make_fault(diagnose("checked-without-ipv6", family="IPv6"), lines)


def _exhausted(exhausted: list[TargetProbe | WellKnownProbe]) -> Fault:
    messages = {trouble.message for probe in exhausted if (trouble := exhaustion(probe)) is not None}
    ips = tuple(dict.fromkeys(map(ip_of, exhausted)))
    return make_fault(diagnose("checked-in-part", messages=tuple(sorted(messages)), ips=ips))
