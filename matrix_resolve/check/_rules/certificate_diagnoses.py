"""Diagnose why a certificate is refused, or when it expires."""

from ..._util.ports import HTTPS_PORT
from ...server_name import ip_literal
from ..evidence import Certificate, Evidence, TargetProbe, WellKnownProbe
from ..faults import Diagnosis, diagnose
from ..findings import FindingCode
from .assessed import AssessedEvidence

# numbers of OpenSSL's X509_V_ERR_*
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_ROOT = 18, 19
_STAGING = ("(STAGING)", "Fake LE")
"""Parts of the names of Let's Encrypt's test authorities, today and before 2021."""
_SOON = 10 * 86_400.0
"""Seconds before expiry. Automatic renewal normally happens a month before expiry. The next constant exempts certificates that are valid for six days."""
_SHORT_LIVED = 15 * 86_400.0
_SHOWN_NAMES = 5


def certificate_diagnosis(probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis:
    """Return why the certificate that a target presented is refused."""
    trouble, name, ports = probe.trouble, probe.target.tls_server_name, _ports(probe, evidence)
    code, number = (trouble.code, trouble.number) if trouble else ("", 0)
    if code == "certificate-name":
        return _other_name(probe, evidence)
    if number == _EXPIRED:
        is_wrong = evidence.is_clock_wrong_here
        return diagnose("certificate-expired", name=name, ports=ports, is_clock_wrong_here=is_wrong)
    if number == _NOT_YET_VALID:
        return diagnose("certificate-not-yet-valid", name=name, ports=ports)
    if number == _SELF_SIGNED:
        return diagnose("certificate-self-signed", name=name, ports=ports)
    if code == "certificate-untrusted":
        return _untrusted(probe.certificate, number, name, ports)
    message = trouble.message if trouble else ""
    return diagnose("certificate-invalid", name=name, ports=ports, message=message)


def _ports(probe: TargetProbe, evidence: Evidence) -> tuple[int, ...]:
    """Return the port of the target, and 443 if the same certificate is refused there."""
    port = probe.target.port
    is_shared = any(is_same_refused(probe, each) for each in evidence.well_knowns)
    return (HTTPS_PORT, port) if is_shared and port != HTTPS_PORT else (port,)


def is_same_refused(target: TargetProbe, known: WellKnownProbe) -> bool:
    """Return whether a target and an address of the well-known host present the same certificate, refused for the same reason."""
    if target.trouble is None or known.trouble is None or target.certificate is None or known.certificate is None:
        return False
    is_same = target.certificate.sha256 == known.certificate.sha256
    return is_same and target.trouble.code == known.trouble.code and known.trouble.code.startswith("certificate")


def _other_name(probe: TargetProbe, evidence: AssessedEvidence) -> Diagnosis:
    target, names = probe.target, probe.certificate.names if probe.certificate else ()
    name, host, port = target.tls_server_name, target.dns_name, target.port
    shown = names[:_SHOWN_NAMES]
    if host is not None and host != name and _covers(names, host):
        return diagnose("certificate-of-srv-target", name=name, host=host, port=port, names=shown)
    server_name, delegate_to = str(evidence.server_name), _name_to_delegate_to(probe, evidence)
    return diagnose(
        "certificate-name", name=name, port=port, names=shown, server_name=server_name, delegate_to=delegate_to
    )


def _name_to_delegate_to(probe: TargetProbe, evidence: AssessedEvidence) -> str:
    """Return a name in the certificate to delegate to, if nothing delegates yet, or only to an IP address; otherwise an empty string."""
    names = probe.certificate.names if probe.certificate else ()
    other = next((each for each in names if _leads_there(each, probe, evidence)), None)
    delegated = evidence.resolution.delegated if evidence.resolution else None
    is_named = delegated is not None and delegated.dns_name is not None
    if other is None or is_named or not evidence.well_knowns or evidence.has_working_target:
        return ""
    return other


def _leads_there(other: str, probe: TargetProbe, evidence: Evidence) -> bool:
    """Return whether a name in the certificate belongs to the machine: it resolves to the address of the machine, or is a subdomain of the server name."""
    other = other.lower()
    if "*" in other or "." not in other or ip_literal(other):
        return False
    replies = (evidence.reply(other, "AAAA"), evidence.reply(other, "A"))
    is_there = any(reply is not None and probe.target.ip in reply.records for reply in replies)
    name = evidence.server_name
    return is_there or (name is not None and name.dns_name is not None and other.endswith(f".{name.dns_name}"))


def _covers(names: tuple[str, ...], host: str) -> bool:
    host, known = host.lower(), {name.lower() for name in names}
    return host in known or f"*.{host.partition('.')[2]}" in known


def _untrusted(certificate: Certificate | None, number: int, name: str, ports: tuple[int, ...]) -> Diagnosis:
    issuer = certificate.issuer if certificate else "an unknown authority"
    if any(mark in issuer for mark in _STAGING):
        return diagnose("certificate-untrusted", "staging", name=name, ports=ports, issuer=issuer)
    code: FindingCode = "certificate-chain" if _lacks_intermediate(certificate, number) else "certificate-untrusted"
    return diagnose(code, name=name, ports=ports, issuer=issuer)


def _lacks_intermediate(certificate: Certificate | None, number: int) -> bool:
    """Return whether the server did not send the issuer's certificate. Public authorities say in a certificate where to get it."""
    if certificate is None or number == _SELF_SIGNED_ROOT:
        return False
    return certificate.has_issuer_url and not certificate.is_issuer_sent


def expires_soon(certificate: Certificate, name: str, port: int, evidence: AssessedEvidence) -> Diagnosis | None:
    """Return a diagnosis if a valid certificate expires soon.

    Args:
        certificate: The certificate.
        name: The host that it is for.
        port: The port on which it is presented.
        evidence: The evidence, which has the time.
    """
    left = certificate.not_after - evidence.right_time
    if left > _SOON or certificate.not_after - certificate.not_before < _SHORT_LIVED:
        return None
    return diagnose("certificate-expires-soon", name=name, port=port, days=int(left // 86_400))
