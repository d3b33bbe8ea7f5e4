"""Why a certificate is refused, and what it should have been."""

from ..._util.ports import HTTPS_PORT
from ..._well_known.document import WELL_KNOWN_PATH
from ...server_name import ip_literal
from ..evidence import Certificate, Evidence, TargetProbe, WellKnownProbe
from .clocks import is_ours_wrong, right_time
from .diagnosis import Diagnosis
from .working import document_for, has_working_target

# OpenSSL, X509_V_ERR_*
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_ROOT = 18, 19
_STAGING = ("(STAGING)", "Fake LE")
"""In the names of Let's Encrypt's authorities for tests, now and before 2021."""
_SOON = 10 * 86_400.0
"""Seconds; who renews by a program does so a month before the end, and certificates of six days are left alone by the next number."""
_SHORT_LIVED = 15 * 86_400.0


def certificate_diagnosis(probe: TargetProbe, evidence: Evidence) -> Diagnosis:
    """Say why the certificate that a target presented is refused."""
    trouble, name, where = probe.trouble, probe.target.tls_server_name, _where(probe, evidence)
    code, number = (trouble.code, trouble.number) if trouble else ("", 0)
    if code == "certificate-name":
        return _other_name(probe, evidence)
    if number == _EXPIRED:
        cause = f"The certificate for {name} on {where} has expired."
        repair = f"Renew the one for {name}, and let {where} present the new one{or_clock(evidence)}."
        return Diagnosis("certificate-expired", cause, repair)
    if number == _NOT_YET_VALID:
        cause = f"The certificate for {name} on {where} is not valid yet."
        repair = f"Let {where} present one that is; or correct the clock of the machine that issued it, or of this one."
        return Diagnosis("certificate-not-yet-valid", cause, repair)
    if number == _SELF_SIGNED:
        cause = f"The certificate for {name} on {where} is signed by itself, which no server trusts."
        return Diagnosis("certificate-self-signed", cause, _get_one(name, where))
    if code == "certificate-untrusted":
        return _untrusted(probe.certificate, number, name, where)
    message = trouble.message if trouble else ""
    cause = f"The certificate on {where} cannot be used: {message}."
    return Diagnosis("certificate-invalid", cause, _get_one(name, where))


def or_clock(evidence: Evidence) -> str:
    """Propose to correct our own clock, where it is why a certificate seems to have expired."""
    return "; or correct the clock of this machine, which others contradict" if is_ours_wrong(evidence) else ""


def _where(probe: TargetProbe, evidence: Evidence) -> str:
    """Name the port, and 443 where the very same certificate is presented, too, and refused."""
    port = probe.target.port
    is_shared = any(is_same_refused(probe, each) for each in evidence.well_knowns)
    return f"ports 443 and {port}" if is_shared and port != HTTPS_PORT else f"port {port}"


def is_same_refused(target: TargetProbe, known: WellKnownProbe) -> bool:
    """Say whether a target and the well-known's address present the very same certificate, refused for the same reason."""
    if target.trouble is None or known.trouble is None or target.certificate is None or known.certificate is None:
        return False
    is_same = target.certificate.sha256 == known.certificate.sha256
    return is_same and target.trouble.code == known.trouble.code and known.trouble.code.startswith("certificate")


def _get_one(name: str, where: str) -> str:
    return f"Get one for {name} from a public authority, such as Let's Encrypt, and let {where} present it."


def _other_name(probe: TargetProbe, evidence: Evidence) -> Diagnosis:
    target, names = probe.target, probe.certificate.names if probe.certificate else ()
    name, host, port = target.tls_server_name, target.dns_name, target.port
    presented = ", ".join(names[:5]) or "nobody"
    if host is not None and host != name and _covers(names, host):
        cause = (
            f"An SRV record leads to {host}, whose certificate is for {presented} and not for {name}: SRV changes address and port, "
            "never the name that the certificate has to have."
        )
        repair = (
            f"Serve https://{name}{WELL_KNOWN_PATH} with {document_for(host, port)} instead of the SRV record; "
            f"or let {host}:{port} present a certificate for {name}."
        )
        return Diagnosis("certificate-of-srv-target", cause, repair)
    cause = f"The certificate on port {port} is for {presented}, and not for {name}."
    repair = f"Let port {port} present a certificate for {name}{_or_delegate(probe, evidence)}."
    return Diagnosis("certificate-name", cause, repair)


def _or_delegate(probe: TargetProbe, evidence: Evidence) -> str:
    """Propose to delegate to the name that the certificate has, where nothing delegates yet, or to an address."""
    names = probe.certificate.names if probe.certificate else ()
    other = next((each for each in names if _leads_there(each, probe, evidence)), None)
    delegated = evidence.resolution.delegated if evidence.resolution else None
    is_named = delegated is not None and delegated.dns_name is not None
    if other is None or is_named or not evidence.well_knowns or has_working_target(evidence):
        return ""
    document = document_for(other, probe.target.port)
    return f", or serve https://{evidence.server_name}{WELL_KNOWN_PATH} with {document}"


def _leads_there(other: str, probe: TargetProbe, evidence: Evidence) -> bool:
    """Say whether a name in the certificate is one of the machine: by its addresses, or as it lies below the server name."""
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


def _untrusted(certificate: Certificate | None, number: int, name: str, where: str) -> Diagnosis:
    issuer = certificate.issuer if certificate else "an unknown authority"
    if any(mark in issuer for mark in _STAGING):
        cause = f"The certificate for {name} on {where} comes from a staging environment ({issuer}), which issues certificates for tests that no server trusts."
        repair = f"Let the ACME client of {where} ask the production environment (certbot: without --staging or --test-cert) for a new one for {name}."
        return Diagnosis("certificate-untrusted", cause, repair)
    if _lacks_intermediate(certificate, number):
        cause = f"The certificate for {name} on {where} comes without the intermediate certificate of its issuer ({issuer}), which browsers fetch and servers do not."
        return Diagnosis("certificate-chain", cause, f"Let {where} send the whole chain: fullchain.pem, not cert.pem.")
    cause = f"The certificate for {name} on {where} comes from an authority that servers do not trust ({issuer})."
    repair = f"{_get_one(name, where).removesuffix('.')}; if it is from one, send its intermediate certificates, too (fullchain.pem)."
    return Diagnosis("certificate-untrusted", cause, repair)


def _lacks_intermediate(certificate: Certificate | None, number: int) -> bool:
    """Say whether the issuer's certificate was left out: it is from a public authority, as it says where to have that."""
    if certificate is None or number == _SELF_SIGNED_ROOT:
        return False
    return certificate.has_issuer_url and not certificate.is_issuer_sent


def expires_soon(certificate: Certificate, name: str, port: int, evidence: Evidence) -> Diagnosis | None:
    """Say so where a valid certificate will not be for long.

    Args:
        certificate: What is presented.
        name: The host that it is for.
        port: Where it is presented.
        evidence: Gives the time.
    """
    left = certificate.not_after - right_time(evidence)
    if left > _SOON or certificate.not_after - certificate.not_before < _SHORT_LIVED:
        return None
    cause = f"The certificate for {name} on port {port} expires in {int(left // 86_400)} days, and was not renewed."
    repair = f"Renew the one for {name}, let port {port} present it, and see why that does not happen by itself."
    return Diagnosis("certificate-expires-soon", cause, repair)
