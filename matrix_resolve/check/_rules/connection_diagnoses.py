"""Why no TLS connection to a target came about, certificates aside."""

from collections.abc import Callable, Mapping

from ..._well_known.document import WELL_KNOWN_PATH
from ...models import Step
from ..evidence import Evidence, TargetProbe
from .cloudflare import is_by_cloudflare
from .diagnosis import Diagnosis
from .repairs import HOST
from .unreachable import is_network_trouble
from .working import document_for, has_working_target

_BY_DEFAULT = {Step.DEFAULT_PORT, Step.DELEGATED_DEFAULT_PORT}
_UNKNOWN_NAME = {"TLSV1_UNRECOGNIZED_NAME", "TLSV1_ALERT_UNRECOGNIZED_NAME"}
_NO_SITE = "TLSV1_ALERT_INTERNAL_ERROR"
"""What Go's servers, such as Caddy, say to a TLS name for which they have no certificate."""
_WANT_CERTIFICATES = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSL/TLS_ALERT_HANDSHAKE_FAILURE",
    "SSL/TLS_ALERT_BAD_CERTIFICATE",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
}
"""What is said where none comes; the names with a slash are those of OpenSSL 3.2 and later."""
_VERSIONS = {"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE"}


def connection_diagnosis(probe: TargetProbe, evidence: Evidence) -> Diagnosis:
    """Say why there was no connection."""
    if wants_dhe(probe, evidence):
        return dhe_diagnosis(*_host_and_port(probe))
    code = probe.trouble.code if probe.trouble else ""
    return _CASES.get(code, _unreachable)(probe, evidence)


def wants_dhe(probe: TargetProbe, evidence: Evidence) -> bool:
    """Return whether the server accepts only finite-field Diffie-Hellman, at this address or at another one that failed in the same way."""
    trouble, place = probe.trouble, _host_and_port(probe)
    return any(
        each.accepts_dhe and each.trouble == trouble and _host_and_port(each) == place for each in evidence.targets
    )


def dhe_diagnosis(host: str, port: int) -> Diagnosis:
    """Return the diagnosis of a server that supports none of the key exchanges that clients still offer.

    Source:
        RFC 9325, section 4.1; Python's ssl module, browsers and Go do not offer such suites, or are dropping them.
    """
    cause = f"Port {port} of {host} offers only finite-field Diffie-Hellman (DHE) key exchange, which this library and many servers do not use."
    repair = f"Enable TLS 1.3 on port {port} of {host}, or the ECDHE cipher suites of TLS 1.2, such as ECDHE-RSA-AES128-GCM-SHA256."
    return Diagnosis("tls-dhe-only", cause, repair)


def _host_and_port(probe: TargetProbe) -> tuple[str, int]:
    return probe.target.dns_name or probe.target.ip, probe.target.port


def _refused(probe: TargetProbe, evidence: Evidence) -> Diagnosis:
    place = _place(probe)
    cause = f"{_at_start(place)} refuses connections: nothing listens there, or a firewall says so{_why_this_port(evidence)}."
    return Diagnosis("port-refused", cause, f"Let the server or its proxy listen on {place}{_or_delegate(evidence)}.")


def _timeout(probe: TargetProbe, evidence: Evidence) -> Diagnosis:
    if probe.trouble and probe.trouble.during == "tcp":
        return _dropped(probe, evidence)
    cause = f"{_at_start(_place(probe))} takes connections and then says nothing."
    repair = f"See what listens on {_place(probe)}: it has to speak TLS, and its backlog must not be full."
    return Diagnosis("port-silent", cause, repair)


def _reset(probe: TargetProbe, _: Evidence) -> Diagnosis:
    name = probe.target.tls_server_name
    cause = f"{_at_start(_place(probe))} closes connections before TLS is set up; the server may not know the TLS name {name}, or it demands client certificates."
    repair = f"Let the proxy have a certificate and a virtual host for {name} on port {probe.target.port}, and demand no client certificates."
    return Diagnosis("connection-reset", cause, repair)


def _not_tls(probe: TargetProbe, _: Evidence) -> Diagnosis:
    cause = f"{_at_start(_place(probe))} does not speak TLS; it is probably the plain HTTP port of the homeserver."
    repair = f"Put a reverse proxy with a certificate for {probe.target.tls_server_name} on port {probe.target.port}."
    return Diagnosis("port-not-tls", cause, repair)


def _unreachable(probe: TargetProbe, evidence: Evidence) -> Diagnosis:
    host = probe.target.dns_name or probe.target.ip
    cause = f"{host} cannot be reached: {probe.trouble.message if probe.trouble else ''}."
    ips = ", ".join(unanswered(host, evidence))
    return Diagnosis(
        "address-unreachable", cause, f"Correct the addresses of {host} ({ips}), or let the network route them."
    )


def _dropped(probe: TargetProbe, evidence: Evidence) -> Diagnosis:
    port, host = probe.target.port, probe.target.dns_name or probe.target.ip
    exchanges = [exchange for known in evidence.well_knowns for exchange in known.exchanges]
    if any(exchange.ip == probe.target.ip and is_by_cloudflare(exchange) for exchange in exchanges):
        cause = f"Port {port} of {host} drops connections, while Cloudflare answers on 443: its proxy does not carry port {port}."
        repair = (
            f"Delegate to a port that it carries, such as {document_for(host)}, or switch its proxy off for {host}."
        )
        return Diagnosis("cdn-blocks-port", cause, repair)
    cause = f"Port {port} of {host} drops connections: a firewall or router throws the packets away{_why_this_port(evidence)}."
    return Diagnosis(
        "port-dropped",
        cause,
        f"Open port {port} of {host} in the firewall and forward it to the server{_or_delegate(evidence)}.",
    )


def _tls(probe: TargetProbe, _: Evidence) -> Diagnosis:
    target, name = probe.target, probe.trouble.name if probe.trouble else ""
    if name in _UNKNOWN_NAME:
        cause = f"The server on port {target.port} does not know the TLS name {target.tls_server_name}."
        return Diagnosis(
            "tls-name-unknown",
            cause,
            f"Give what serves port {target.port} a certificate and a virtual host for {target.tls_server_name}.",
        )
    if name == _NO_SITE:
        cause = f"The server on port {target.port} breaks off the TLS handshake for {target.tls_server_name}, as Caddy does without a site of this name."
        repair = f"Give what serves port {target.port} a site with a certificate for {target.tls_server_name}; if it has one, see its log."
        return Diagnosis("tls-name-unknown", cause, repair)
    if name in _VERSIONS:
        cause = f"The server on port {target.port} offers no TLS version that is still in use (1.2 or newer)."
        return Diagnosis("tls-version", cause, f"Enable TLS 1.2 and 1.3 on port {target.port}.")
    return _handshake_failed(f"port {target.port}", name)


def _handshake_failed(port: str, name: str) -> Diagnosis:
    if name in _WANT_CERTIFICATES:
        cause = (
            f"The TLS handshake on {port} fails ({name}), or it demands client certificates, which servers do not have."
        )
        repair = f"Let {port} demand no client certificates; if it does not, see the log of what serves it for this handshake."
        return Diagnosis("tls-failed", cause, repair)
    cause = f"The TLS handshake on {port} fails: {name or 'no reason was given'}."
    return Diagnosis("tls-failed", cause, f"See the log of what serves {port} for this handshake.")


_CASES: Mapping[str, Callable[[TargetProbe, Evidence], Diagnosis]] = {
    "refused": _refused,
    "timeout": _timeout,
    "reset": _reset,
    "not-tls": _not_tls,
    "tls": _tls,
}
"""By the code of the trouble."""


def _place(probe: TargetProbe) -> str:
    return f"port {probe.target.port} of {probe.target.dns_name or probe.target.ip}"


def _at_start(place: str) -> str:
    return place[:1].upper() + place[1:]


def unanswered(host: str, evidence: Evidence) -> list[str]:
    """Give the addresses of *host* at which nobody answers."""
    probes = [probe for probe in evidence.targets if (probe.target.dns_name or probe.target.ip) == host]
    return list(dict.fromkeys(probe.target.ip for probe in probes if is_network_trouble(probe.trouble)))


def _why_this_port(evidence: Evidence) -> str:
    """Say how it came to port 8448, for those who never meant it."""
    if evidence.resolution is None or evidence.resolution.step not in _BY_DEFAULT or has_working_target(evidence):
        return ""
    if evidence.resolution.step is Step.DELEGATED_DEFAULT_PORT:
        return f"; the well-known names {evidence.resolution.delegated} without a port, which means 8448"
    absent = next((last for probe in evidence.well_knowns if (last := probe.last) and probe.outcome == "absent"), None)
    if absent is not None and absent.status:
        return f"; {absent.url} answers {absent.status}, so nothing delegates {evidence.server_name} elsewhere, and servers try port 8448"
    return f"; nothing delegates {evidence.server_name} elsewhere, so servers try port 8448"


def _or_delegate(evidence: Evidence) -> str:
    resolution = evidence.resolution
    if resolution is None or has_working_target(evidence):
        return ""
    if resolution.step.is_srv:
        return f", or correct the port in the SRV record of {resolution.delegated or evidence.server_name}"
    if resolution.step is Step.DELEGATED_EXPLICIT_PORT:
        return f", or correct the port in https://{evidence.server_name}{WELL_KNOWN_PATH}"
    if resolution.step not in _BY_DEFAULT:
        return ""
    if resolution.delegated is not None:
        return f", or delegate with the port: {document_for(str(resolution.delegated))}"
    return f", or serve https://{evidence.server_name}{WELL_KNOWN_PATH} with {document_for('HOST')} ({HOST})"
