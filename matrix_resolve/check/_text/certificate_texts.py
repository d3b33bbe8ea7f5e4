"""Findings about certificates, in words."""

from collections.abc import Callable, Mapping, Sequence

from .phrases import Words, document_for, well_known_url

Ports = Sequence[int]


def _where(ports: Ports) -> str:
    return f"port{'s' if len(ports) > 1 else ''} {' and '.join(map(str, ports))}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) or "no name"


def _get_one(name: str, ports: Ports) -> str:
    return f"Get a certificate for {name} from a public authority, such as Let's Encrypt, and install it on {_where(ports)}"


def _renew(name: str, ports: Ports) -> str:
    return f"Renew the certificate for {name}, and reload the server on {_where(ports)} so that it uses the new one"


def _expired(*, name: str, ports: Ports, is_clock_wrong_here: bool) -> Words:
    or_clock = "; or correct the clock of this machine, which differs from other clocks" if is_clock_wrong_here else ""
    return f"The certificate for {name} on {_where(ports)} has expired.", f"{_renew(name, ports)}{or_clock}."


def _not_yet_valid(*, name: str, ports: Ports) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} is not valid yet."
    repair = f"On {_where(ports)}, install a certificate that is already valid; or, if a clock is wrong, correct it on the machine that issued the certificate, or on this machine."
    return cause, repair


def _self_signed(*, name: str, ports: Ports) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} is self-signed, so other servers do not trust it."
    return cause, f"{_get_one(name, ports)}."


def _invalid(*, name: str, ports: Ports, message: str) -> Words:
    return f"Other servers refuse the certificate on {_where(ports)}: {message}.", f"{_get_one(name, ports)}."


def _of_srv_target(*, name: str, host: str, port: int, names: Sequence[str]) -> Words:
    cause = (
        f"An SRV record leads to {host}, whose certificate is for {_names(names)}, not for {name}: "
        "SRV records change the address and the port, never the name in the certificate."
    )
    repair = (
        f"Serve {document_for(host, port)} at {well_known_url(name)} instead of the SRV record, "
        f"or install a certificate for {name} on {host}:{port}."
    )
    return cause, repair


def _other_name(*, name: str, port: int, names: Sequence[str], server_name: str, delegate_to: str) -> Words:
    cause = f"The certificate on port {port} is for {_names(names)}, not for {name}."
    document = f", or serve {document_for(delegate_to, port)} at {well_known_url(server_name)}"
    return cause, f"Install a certificate for {name} on port {port}{document if delegate_to else ''}."


def _untrusted(*, name: str, ports: Ports, issuer: str) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} comes from an authority that other servers do not trust ({issuer})."
    repair = f"{_get_one(name, ports)}; if the current certificate already comes from such an authority, send its intermediate certificates as well (fullchain.pem)."
    return cause, repair


def _staging(*, name: str, ports: Ports, issuer: str) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} comes from a staging environment ({issuer}), whose test certificates no server trusts."
    repair = f"Request a certificate for {name} from the production environment (certbot: without --staging or --test-cert), and install it on {_where(ports)}."
    return cause, repair


def _chain(*, name: str, ports: Ports, issuer: str) -> Words:
    cause = f"The certificate for {name} on {_where(ports)} is sent without the intermediate certificate of its issuer ({issuer}): browsers fetch a missing intermediate certificate, but other servers do not."
    return cause, f"Send the whole chain on {_where(ports)}: fullchain.pem, not cert.pem."


def _expires_soon(*, name: str, port: int, days: int) -> Words:
    in_days = f"{days} day" if days == 1 else f"{days} days"
    cause = f"The certificate for {name} on port {port} expires in {in_days} and has not been renewed."
    return cause, f"{_renew(name, [port])}, and find out why it is not renewed automatically."


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
