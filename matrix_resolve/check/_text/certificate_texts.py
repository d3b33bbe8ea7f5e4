"""Findings about certificates, in words."""

from collections.abc import Callable, Mapping, Sequence

from .phrases import Words, document_for, well_known_url

Ports = Sequence[int]


def _where(ports: Ports) -> str:
    return f"port{'s' if len(ports) > 1 else ''} {' and '.join(map(str, ports))}"


def _get_one(name: str, ports: Ports) -> str:
    return f"Get one for {name} from a public authority, such as Let's Encrypt, and let {_where(ports)} present it"


def _expired(*, name: str, ports: Ports, is_clock_wrong_here: bool) -> Words:
    or_clock = "; or correct the clock of this machine, which others contradict" if is_clock_wrong_here else ""
    cause = f"The certificate for {name} on {_where(ports)} has expired."
    return cause, f"Renew the one for {name}, and let {_where(ports)} present the new one{or_clock}."


def _not_yet_valid(*, name: str, ports: Ports) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} is not valid yet."
    repair = (
        f"Let {_where(ports)} present one that is; or correct the clock of the machine that issued it, or of this one."
    )
    return cause, repair


def _self_signed(*, name: str, ports: Ports) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} is signed by itself, which no server trusts."
    return cause, f"{_get_one(name, ports)}."


def _invalid(*, name: str, ports: Ports, message: str) -> Words:
    return f"The certificate on {_where(ports)} cannot be used: {message}.", f"{_get_one(name, ports)}."


def _of_srv_target(*, name: str, host: str, port: int, names: Sequence[str]) -> Words:
    cause = (
        f"An SRV record leads to {host}, whose certificate is for {', '.join(names) or 'nobody'} and not for {name}: "
        "SRV changes address and port, never the name that the certificate has to have."
    )
    repair = (
        f"Serve {well_known_url(name)} with {document_for(host, port)} instead of the SRV record; "
        f"or let {host}:{port} present a certificate for {name}."
    )
    return cause, repair


def _other_name(*, name: str, port: int, names: Sequence[str], server_name: str, delegate_to: str) -> Words:
    cause = f"The certificate on port {port} is for {', '.join(names) or 'nobody'}, and not for {name}."
    document = f", or serve {well_known_url(server_name)} with {document_for(delegate_to, port)}"
    return cause, f"Let port {port} present a certificate for {name}{document if delegate_to else ''}."


def _untrusted(*, name: str, ports: Ports, issuer: str) -> Words:
    cause = (
        f"The certificate for {name} on {_where(ports)} comes from an authority that servers do not trust ({issuer})."
    )
    repair = f"{_get_one(name, ports)}; if it is from one, send its intermediate certificates, too (fullchain.pem)."
    return cause, repair


def _staging(*, name: str, ports: Ports, issuer: str) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} comes from a staging environment ({issuer}), which issues certificates for tests that no server trusts."
    repair = f"Let the ACME client of {_where(ports)} ask the production environment (certbot: without --staging or --test-cert) for a new one for {name}."
    return cause, repair


def _chain(*, name: str, ports: Ports, issuer: str) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} comes without the intermediate certificate of its issuer ({issuer}), which browsers fetch and servers do not."
    return cause, f"Let {_where(ports)} send the whole chain: fullchain.pem, not cert.pem."


def _expires_soon(*, name: str, port: int, days: int) -> Words:
    cause = f"The certificate for {name} on port {port} expires in {days} days, and was not renewed."
    return cause, f"Renew the one for {name}, let port {port} present it, and see why that does not happen by itself."


TEXTS: Mapping[str, Callable[..., Words]] = {
    "certificate-expired": _expired,
    "certificate-not-yet-valid": _not_yet_valid,
    "certificate-self-signed": _self_signed,
    "certificate-invalid": _invalid,
    "certificate-of-srv-target": _of_srv_target,
    "certificate-name": _other_name,
    "certificate-untrusted": _untrusted,
    "certificate-untrusted:staging": _staging,
    "certificate-chain": _chain,
    "certificate-expires-soon": _expires_soon,
}
