"""Rules about the connections to the targets: TCP, TLS and certificates."""

from collections.abc import Iterator, Sequence

import attrs

from ..._util.ports import HTTPS_PORT
from ..evidence import Evidence, TargetProbe, WellKnownProbe
from ..faults import Alternative, Diagnosis, Fault, Seen, diagnose, make_fault, seen
from .assessed import AssessedEvidence
from .certificate_diagnoses import certificate_diagnosis, expires_soon
from .connection_diagnoses import connection_diagnosis, unanswered
from .delegation import effective_name
from .observations import Observation, merge_findings
from .unreachable import is_missing_here, is_network_trouble


def connection_rules(evidence: AssessedEvidence) -> Iterator[Fault]:
    """Report what is wrong with the connection to each target."""
    here = [probe for probe in evidence.targets if not is_missing_here(probe, evidence)]
    families = list(_dead_family(here, evidence))
    yield from families
    reported = {probe.target for probe in here if families and is_network_trouble(probe.trouble)}
    left = [probe for probe in here if probe.target not in reported]
    yield from merge_findings(
        Observation(_diagnosis(probe, evidence), _seen(probe), evidence.is_fallback_only(probe)) for probe in left
    )
    yield from merge_findings(_ends(here, evidence))


def _ends(probes: Sequence[TargetProbe], evidence: AssessedEvidence) -> Iterator[Observation]:
    """Report valid certificates that expire soon: those of the targets, and those of the hosts that delegate."""
    presented = {probe.certificate for probe in probes}
    for probe in probes:
        if probe.trouble is None and probe.certificate is not None:
            target = probe.target
            diagnosis = expires_soon(probe.certificate, target.tls_server_name, target.port, evidence)
            yield Observation(diagnosis, seen("certificate-end", target.endpoint, certificate=probe.certificate))
    for known in evidence.well_knowns:
        if known.delegated is not None and known.certificate is not None and known.certificate not in presented:
            diagnosis = expires_soon(known.certificate, _host(known), HTTPS_PORT, evidence)
            yield Observation(diagnosis, seen("certificate-end", known.last_ip, certificate=known.certificate))


def _host(probe: WellKnownProbe) -> str:
    return probe.last.url.split("/")[2] if probe.last else probe.ip


def _diagnosis(probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis | None:
    if probe.trouble is None:
        return None
    if probe.trouble.code.startswith("certificate"):
        return certificate_diagnosis(probe, evidence)
    diagnosis = connection_diagnosis(probe, evidence)
    if not evidence.has_working_target or not is_network_trouble(probe.trouble):
        return diagnosis
    return attrs.evolve(diagnosis, alternative=_alternative(probe, evidence))


def _alternative(probe: TargetProbe, evidence: Evidence) -> Alternative | None:
    """Return what to remove from the DNS, or which SRV record to correct if something else answers at the address."""
    ips = unanswered(probe.target.dns_name or probe.target.ip, evidence)
    if not _answers(ips, evidence):
        return Alternative(remove=tuple(ips))
    if evidence.resolution is None or not evidence.resolution.step.is_srv:
        return None
    leads_to = f"{probe.target.dns_name}:{probe.target.port}"
    return Alternative(srv_owner=str(effective_name(evidence)), srv_target=leads_to)


def _answers(ips: Sequence[str], evidence: Evidence) -> bool:
    """Return whether something answers at one of the addresses, on any port."""
    places = [(probe.target.ip, probe.trouble) for probe in evidence.targets]
    places += [(exchange.ip, exchange.trouble) for probe in evidence.well_knowns for exchange in probe.exchanges]
    return any(ip in ips and not is_network_trouble(trouble) for ip, trouble in places)


def _dead_family(probes: Sequence[TargetProbe], evidence: Evidence) -> Iterator[Fault]:
    """Report an address family over which nothing answers, although the server answers over the other one."""
    if any(one.what == "target" for one in evidence.left_out):
        return  # a server may answer at an address that was not tried
    v6 = [probe for probe in probes if ":" in probe.target.ip]
    v4 = [probe for probe in probes if ":" not in probe.target.ip]
    if _is_dead(v6) and _is_alive(v4):
        yield _dead_v6(v6, evidence)
    if _is_dead(v4) and _is_alive(v6):
        ips = tuple(probe.target.ip for probe in v4)
        yield make_fault(diagnose("ipv4-dead", ips=ips), map(_seen, v4))


def _dead_v6(v6: Sequence[TargetProbe], evidence: Evidence) -> Fault:
    """Report IPv6 addresses at which nothing answers. This costs time if packets are dropped, and almost none if connections are refused."""
    ips = tuple(probe.target.ip for probe in v6)
    loses_time = any(probe.trouble and probe.trouble.code == "timeout" for probe in v6)
    is_removable = not _answers(ips, evidence)
    return make_fault(diagnose("ipv6-dead", ips=ips, loses_time=loses_time, is_removable=is_removable), map(_seen, v6))


def _is_dead(probes: Sequence[TargetProbe]) -> bool:
    return bool(probes) and all(is_network_trouble(probe.trouble) for probe in probes)


def _is_alive(probes: Sequence[TargetProbe]) -> bool:
    return any(not is_network_trouble(probe.trouble) for probe in probes)


def _seen(probe: TargetProbe) -> Seen:
    return seen("target", probe.target.endpoint, probe=probe)
