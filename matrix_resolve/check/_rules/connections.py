"""Connections to the targets: TCP, TLS and certificates."""

from collections.abc import Iterator, Sequence

import attrs

from ..._util.dates import as_minute
from ..._util.ports import HTTPS_PORT
from ..evidence import Certificate, Evidence, TargetProbe, WellKnownProbe
from ..findings import Finding, make_finding
from .certificate_diagnoses import certificate_diagnosis, expires_soon
from .connection_diagnoses import connection_diagnosis, unanswered
from .diagnosis import Diagnosis, Observation, merge_findings
from .unreachable import is_missing_here, is_network_trouble
from .working import effective_name, has_working_target, is_fallback_only


def connection_rules(evidence: Evidence) -> Iterator[Finding]:
    """Judge the connection to each target."""
    here = [probe for probe in evidence.targets if not is_missing_here(probe, evidence)]
    families = list(_dead_family(here, evidence))
    yield from families
    told = {probe.target for probe in here if families and is_network_trouble(probe.trouble)}
    left = [probe for probe in here if probe.target not in told]
    yield from merge_findings(
        Observation(_diagnosis(probe, evidence), probe.target.address, _line(probe), is_fallback_only(probe, evidence))
        for probe in left
    )
    yield from merge_findings(_ends(here, evidence))


def _ends(probes: Sequence[TargetProbe], evidence: Evidence) -> Iterator[Observation]:
    """Emphasis when valid certificates end: those of the targets, and others by which a delegation is trusted."""
    seen = {probe.certificate for probe in probes}
    for probe in probes:
        if probe.trouble is None and probe.certificate is not None:
            target = probe.target
            diagnosis = expires_soon(probe.certificate, target.tls_server_name, target.port, evidence)
            yield Observation(diagnosis, target.address, _until(target.address, probe.certificate))
    for known in evidence.well_knowns:
        if known.delegated is not None and known.certificate is not None and known.certificate not in seen:
            diagnosis = expires_soon(known.certificate, _host(known), HTTPS_PORT, evidence)
            yield Observation(diagnosis, known.last_ip, _until(known.last_ip, known.certificate))


def _host(probe: WellKnownProbe) -> str:
    return probe.last.url.split("/")[2] if probe.last else probe.ip


def _until(place: str, certificate: Certificate) -> str:
    return f"{place}: a certificate from {certificate.issuer}, valid until {as_minute(certificate.not_after)}"


def _diagnosis(probe: TargetProbe, evidence: Evidence) -> Diagnosis | None:
    if probe.trouble is None:
        return None
    if probe.trouble.code.startswith("certificate"):
        return certificate_diagnosis(probe, evidence)
    diagnosis = connection_diagnosis(probe, evidence)
    if not has_working_target(evidence) or not is_network_trouble(probe.trouble):
        return diagnosis
    host = probe.target.dns_name or probe.target.ip
    alternative = _or_remove(unanswered(host, evidence), probe, evidence)
    return attrs.evolve(diagnosis, repair=f"{diagnosis.repair.removesuffix('.')}{alternative}.")


def _or_remove(ips: Sequence[str], probe: TargetProbe, evidence: Evidence) -> str:
    """Propose to do without what is dead, but for an address at which something else answers."""
    if not _answers(ips, evidence):
        return f", or remove {', '.join(ips)} from the DNS"
    if evidence.resolution is None or not evidence.resolution.step.is_srv:
        return ""
    return f", or correct the SRV record of {effective_name(evidence)} that leads to {probe.target.dns_name}:{probe.target.port}"


def _answers(ips: Sequence[str], evidence: Evidence) -> bool:
    """Say whether there is an answer at one of the addresses, on whatever port."""
    places = [(probe.target.ip, probe.trouble) for probe in evidence.targets]
    places += [(exchange.ip, exchange.trouble) for probe in evidence.well_knowns for exchange in probe.exchanges]
    return any(ip in ips and not is_network_trouble(trouble) for ip, trouble in places)


def _dead_family(probes: Sequence[TargetProbe], evidence: Evidence) -> Iterator[Finding]:
    """Judge an address family at which nobody answers, while at the other one somebody does."""
    if any(one.what == "target" for one in evidence.left_out):
        return  # a server may answer at the other addresses
    v6 = [probe for probe in probes if ":" in probe.target.ip]
    v4 = [probe for probe in probes if ":" not in probe.target.ip]
    if _is_dead(v6) and _is_alive(v4):
        yield _dead_v6(v6, evidence)
    if _is_dead(v4) and _is_alive(v6):
        ips = ", ".join(probe.target.ip for probe in v4)
        cause = f"IPv4 is dead: nobody answers at {ips}, so servers without IPv6 cannot connect."
        repair = f"Let the server listen on IPv4 and forward the port to it, or correct the A record ({ips})."
        yield make_finding("ipv4-dead", cause, repair, map(_line, v4))


def _dead_v6(v6: Sequence[TargetProbe], evidence: Evidence) -> Finding:
    """Judge dead IPv6, which costs time where packets vanish, and hardly any where connections are refused."""
    ips = [probe.target.ip for probe in v6]
    loses = any(probe.trouble and probe.trouble.code == "timeout" for probe in v6)
    so = ", so servers that have IPv6 lose time with every connection" if loses else ""
    cause = f"IPv6 is dead: nobody answers at {', '.join(ips)}{so}."
    instead = "" if _answers(ips, evidence) else f", or remove the AAAA record ({', '.join(ips)})"
    repair = f"Let the server listen on IPv6 and open the firewall for it{instead}."
    return make_finding("ipv6-dead", cause, repair, map(_line, v6))


def _is_dead(probes: Sequence[TargetProbe]) -> bool:
    return bool(probes) and all(is_network_trouble(probe.trouble) for probe in probes)


def _is_alive(probes: Sequence[TargetProbe]) -> bool:
    return any(not is_network_trouble(probe.trouble) for probe in probes)


def _line(probe: TargetProbe) -> str:
    """Say what was met at one target."""
    if probe.trouble is None:
        return f"{probe.target.address}: {probe.tls_version}"
    if probe.certificate is None:
        return f"{probe.target.address}: {probe.trouble.message}"
    names = ", ".join(probe.certificate.names[:5]) or "nobody"
    dates = f"valid from {as_minute(probe.certificate.not_before)} until {as_minute(probe.certificate.not_after)}"
    return f"{probe.target.address}: a certificate for {names}, from {probe.certificate.issuer}, {dates}"
