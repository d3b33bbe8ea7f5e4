"""Diagnose why no TLS connection to a target was established, for reasons other than the certificate."""

from collections.abc import Callable, Mapping

from ...models import Step
from ..evidence import Evidence, TargetProbe
from ..faults import Correction, DefaultPort, Diagnosis, diagnose
from ..findings import FindingCode
from .assessed import AssessedEvidence
from .cloudflare import is_by_cloudflare
from .unreachable import is_network_trouble

_BY_DEFAULT = {Step.DEFAULT_PORT, Step.DELEGATED_DEFAULT_PORT}
_UNKNOWN_NAME = {"TLSV1_UNRECOGNIZED_NAME", "TLSV1_ALERT_UNRECOGNIZED_NAME"}
_NO_SITE = "TLSV1_ALERT_INTERNAL_ERROR"
"""The TLS alert that servers written in Go, such as Caddy, send for a TLS name without a certificate."""
_WANT_CERTIFICATES = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSL/TLS_ALERT_HANDSHAKE_FAILURE",
    "SSL/TLS_ALERT_BAD_CERTIFICATE",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
}
"""The TLS alerts of servers that require a client certificate. The names with a slash are those of OpenSSL 3.2 and later."""
_VERSIONS = {"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE"}


def connection_diagnosis(probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis:
    """Return why no connection to a target was established."""
    if wants_dhe(probe, evidence):
        host, port = _host_and_port(probe)
        return diagnose("tls-dhe-only", host=host, port=port)
    code = probe.trouble.code if probe.trouble else ""
    return _CASES.get(code, _unreachable)(probe, evidence)


def wants_dhe(probe: TargetProbe, evidence: Evidence) -> bool:
    """Return whether the server accepts only finite-field Diffie-Hellman, here or at another address that failed in the same way."""
    trouble, place = probe.trouble, _host_and_port(probe)
    return any(
        each.accepts_dhe and each.trouble == trouble and _host_and_port(each) == place for each in evidence.targets
    )


def _host_and_port(probe: TargetProbe) -> tuple[str, int]:
    return probe.target.dns_name or probe.target.ip, probe.target.port


def _refused(probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis:
    return _unanswered_port("port-refused", probe, evidence)


def _unanswered_port(code: FindingCode, probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis:
    host, port = _host_and_port(probe)
    return diagnose(code, host=host, port=port, default_port=_default_port(evidence), correction=_correction(evidence))


def _timeout(probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis:
    if probe.trouble and probe.trouble.during == "tcp":
        return _dropped(probe, evidence)
    host, port = _host_and_port(probe)
    return diagnose("port-silent", host=host, port=port)


def _reset(probe: TargetProbe, _: AssessedEvidence) -> Diagnosis:
    host, port = _host_and_port(probe)
    return diagnose("connection-reset", host=host, port=port, name=probe.target.tls_server_name)


def _not_tls(probe: TargetProbe, _: AssessedEvidence) -> Diagnosis:
    host, port = _host_and_port(probe)
    return diagnose("port-not-tls", host=host, port=port, name=probe.target.tls_server_name)


def _unreachable(probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis:
    host, message = probe.target.dns_name or probe.target.ip, probe.trouble.message if probe.trouble else ""
    return diagnose("address-unreachable", host=host, ips=tuple(unanswered(host, evidence)), message=message)


def _dropped(probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis:
    host, port = _host_and_port(probe)
    exchanges = [exchange for known in evidence.well_knowns for exchange in known.exchanges]
    if any(exchange.ip == probe.target.ip and is_by_cloudflare(exchange) for exchange in exchanges):
        return diagnose("cdn-blocks-port", host=host, port=port)
    return _unanswered_port("port-dropped", probe, evidence)


def _tls(probe: TargetProbe, _: AssessedEvidence) -> Diagnosis:
    target, reason = probe.target, probe.trouble.name if probe.trouble else ""
    if reason in _UNKNOWN_NAME:
        return diagnose("tls-name-unknown", port=target.port, name=target.tls_server_name)
    if reason == _NO_SITE:
        return diagnose("tls-name-unknown", "no-site", port=target.port, name=target.tls_server_name)
    if reason in _VERSIONS:
        return diagnose("tls-version", port=target.port)
    variant = "client-certificate" if reason in _WANT_CERTIFICATES else ""
    return diagnose("tls-failed", variant, port=target.port, reason=reason)


_CASES: Mapping[str, Callable[[TargetProbe, AssessedEvidence], Diagnosis]] = {
    "refused": _refused,
    "timeout": _timeout,
    "reset": _reset,
    "not-tls": _not_tls,
    "tls": _tls,
}
"""The function that makes the diagnosis, by the code of the trouble."""


def unanswered(host: str, evidence: Evidence) -> list[str]:
    """Return the addresses of *host* at which nothing answers."""
    probes = [probe for probe in evidence.targets if (probe.target.dns_name or probe.target.ip) == host]
    return list(dict.fromkeys(probe.target.ip for probe in probes if is_network_trouble(probe.trouble)))


def _default_port(evidence: AssessedEvidence) -> DefaultPort | None:
    """Return why other servers connect to port 8448; None if they connect to another port, or if the server answers."""
    name, resolution = str(evidence.server_name), evidence.resolution
    if resolution is None or resolution.step not in _BY_DEFAULT or evidence.has_working_target:
        return None
    if resolution.step is Step.DELEGATED_DEFAULT_PORT:
        return DefaultPort(name, delegated=str(resolution.delegated))
    absent = next((last for probe in evidence.well_knowns if (last := probe.last) and probe.outcome == "absent"), None)
    if absent is not None and absent.status:
        return DefaultPort(name, absent_url=absent.url, absent_status=absent.status)
    return DefaultPort(name)


def _correction(evidence: AssessedEvidence) -> Correction | None:
    resolution, name = evidence.resolution, str(evidence.server_name)
    if resolution is None or evidence.has_working_target:
        return None
    if resolution.step.is_srv:
        return Correction("srv-port", str(resolution.delegated or name))
    if resolution.step is Step.DELEGATED_EXPLICIT_PORT:
        return Correction("well-known-port", name)
    if resolution.step not in _BY_DEFAULT:
        return None
    if resolution.delegated is not None:
        return Correction("delegation-without-port", str(resolution.delegated))
    return Correction("no-delegation", name)
