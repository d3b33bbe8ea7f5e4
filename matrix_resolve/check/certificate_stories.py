"""Why a certificate is refused, and what it should have been."""

from .evidence import Certificate, Evidence, TargetProbe
from .serving import document_for, is_served
from .stories import Story

# OpenSSL, X509_V_ERR_*
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED = 18
_SOON = 10 * 86_400.0
"""Seconds; who renews by a program does so a month before the end, and certificates of six days are left alone by the next number."""
_SHORT_LIVED = 15 * 86_400.0


def certificate_story(probe: TargetProbe, evidence: Evidence) -> Story:
    """Say why the certificate that a target presented is refused."""
    trouble, name, where = probe.trouble, probe.target.tls_server_name, f"port {probe.target.port}"
    code, number = (trouble.code, trouble.number) if trouble else ("", 0)
    if code == "certificate-name":
        return _other_name(probe, evidence)
    if number == _EXPIRED:
        cause = f"The certificate for {name} on {where} has expired."
        return Story("certificate-expired", cause, f"Renew the one for {name}, and let {where} present the new one.")
    if number == _NOT_YET_VALID:
        cause = f"The certificate for {name} on {where} is not valid yet."
        repair = f"Let {where} present one that is; or correct the clock of the machine that issued it, or of this one."
        return Story("certificate-not-yet-valid", cause, repair)
    if number == _SELF_SIGNED:
        cause = f"The certificate for {name} on {where} is signed by itself, which no server trusts."
        return Story("certificate-self-signed", cause, _get_one(name, where))
    if code == "certificate-untrusted":
        return _untrusted(probe.certificate, name, where)
    message = trouble.message if trouble else ""
    cause = f"The certificate on {where} cannot be used: {message}."
    return Story("certificate-invalid", cause, _get_one(name, where))


def _get_one(name: str, where: str) -> str:
    return f"Get one for {name} from a public authority, such as Let's Encrypt, and let {where} present it."


def _other_name(probe: TargetProbe, evidence: Evidence) -> Story:
    target, names = probe.target, probe.certificate.names if probe.certificate else ()
    name, host, port = target.tls_server_name, target.dns_name, target.port
    presented = ", ".join(names[:5]) or "nobody"
    if host is not None and host != name and _covers(names, host):
        cause = (
            f"An SRV record leads to {host}, whose certificate is for {presented} and not for {name}: SRV changes address and port, "
            "never the name that the certificate has to have."
        )
        repair = (
            f"Serve https://{name}/.well-known/matrix/server with {document_for(host, port)} instead of the SRV record; "
            f"or let {host}:{port} present a certificate for {name}."
        )
        return Story("certificate-of-srv-target", cause, repair)
    cause = f"The certificate on port {port} is for {presented}, and not for {name}."
    repair = f"Let port {port} present a certificate for {name}{_or_delegate(probe, evidence)}."
    return Story("certificate-name", cause, repair)


def _or_delegate(probe: TargetProbe, evidence: Evidence) -> str:
    """Propose to delegate to the name that the certificate has, where nothing delegates yet, or to an address."""
    names = probe.certificate.names if probe.certificate else ()
    other = next((each for each in names if "*" not in each), None)
    delegated = evidence.resolution.delegated if evidence.resolution else None
    is_named = delegated is not None and delegated.dns_name is not None
    if other is None or is_named or not evidence.well_knowns or is_served(evidence):
        return ""
    document = document_for(other, probe.target.port)
    return f", or serve https://{evidence.server_name}/.well-known/matrix/server with {document}"


def _covers(names: tuple[str, ...], host: str) -> bool:
    return host in names or f"*.{host.partition('.')[2]}" in names


def _untrusted(certificate: Certificate | None, name: str, where: str) -> Story:
    issuer = certificate.issuer if certificate else "an unknown authority"
    if certificate is not None and certificate.has_issuer_url:
        cause = f"The certificate for {name} on {where} comes without the intermediate certificate of its issuer ({issuer}), which browsers fetch and servers do not."
        return Story("certificate-chain", cause, f"Let {where} send the whole chain: fullchain.pem, not cert.pem.")
    cause = f"The certificate for {name} on {where} comes from an authority that servers do not trust ({issuer})."
    repair = f"{_get_one(name, where).removesuffix('.')}; if it is from one, send its intermediate certificates, too (fullchain.pem)."
    return Story("certificate-untrusted", cause, repair)


def expires_soon(probe: TargetProbe, evidence: Evidence) -> Story | None:
    """Say so where a valid certificate will not be for long."""
    certificate = probe.certificate
    if probe.trouble is not None or certificate is None:
        return None
    left = certificate.not_after - evidence.checked_at
    if left > _SOON or certificate.not_after - certificate.not_before < _SHORT_LIVED:
        return None
    name, port = probe.target.tls_server_name, probe.target.port
    cause = f"The certificate for {name} on port {port} expires in {int(left // 86_400)} days, and was not renewed."
    repair = f"Renew the one for {name}, let port {port} present it, and see why that does not happen by itself."
    return Story("certificate-expires-soon", cause, repair)
