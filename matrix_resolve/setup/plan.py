"""Decide how other servers find a homeserver, and which hostnames and ports have to answer.

All texts are made from the plan. It has one `Site` for each hostname and port that needs its own certificate.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

import attrs

from .._util.escaping import quoted
from .._util.ports import HTTPS_PORT
from ..address_policy import AddressPolicy
from ..discovery.steps import DEFAULT_PORT
from ..errors import InvalidServerName
from ..publish.delegation import DEFAULT_MAX_AGE, Delegation
from ..server_name import ServerName, canonical_ip

_HTTP_PORT = 80


class DelegationMethod(StrEnum):
    """How other servers get from the server name to the machine."""

    WELL_KNOWN = "well-known"
    SRV = "srv"
    PORT = "port"


@attrs.frozen
class Site:
    """A hostname and port that a web server has to answer for.

    Attributes:
        host: The hostname, which is also in its certificate.
        port: The TCP port.
        delegation: What the web server returns at ``/.well-known/matrix/server``, or None.
        forwards: True if the web server forwards ``/_matrix`` to the homeserver.
    """

    host: str
    port: int
    delegation: Delegation | None = None
    forwards: bool = False


@attrs.frozen(kw_only=True)
class Plan:
    """How one server name is set up.

    Attributes:
        server_name: The name that is part of all user IDs.
        method: How other servers find the machine.
        machine: The hostname of the machine at which other servers reach the homeserver.
        port: The port at which other servers reach the homeserver.
        sites: The hostnames and ports that have to answer, in the order in which other servers connect to them.
        backend: The ``host:port`` at which the homeserver itself listens for plain HTTP.
        addresses: The addresses of the machine, or placeholders.
        certificates: The folder that contains, for each hostname, a folder with ``fullchain.pem`` and ``privkey.pem``.
            None means that the folder is certbot's, and that Caddy obtains its certificates itself.
        web_root: The folder for the well-known document, for web servers that serve it from a file.
        remarks: Sentences about values that are valid but probably not intended.
    """

    server_name: ServerName
    method: DelegationMethod
    machine: str
    port: int
    sites: tuple[Site, ...]
    backend: str
    addresses: tuple[str, ...]
    certificates: str | None
    web_root: str
    remarks: tuple[str, ...]

    @property
    def delegation(self) -> Delegation | None:
        """The delegation that is published, or None."""
        return self.sites[0].delegation

    @property
    def has_addresses(self) -> bool:
        """False if the addresses are placeholders."""
        return self.addresses != PLACEHOLDERS

    def certificate_folder(self, site: Site) -> str:
        """Return the folder of ``fullchain.pem`` and ``privkey.pem``."""
        return f"{self.certificates or CERTBOT}/{site.host}"

    def hosts(self) -> Sequence[str]:
        """Return the hostnames of all sites, each once."""
        return list(dict.fromkeys(site.host for site in self.sites))


CERTBOT = "/etc/letsencrypt/live"
PLACEHOLDERS = ("192.0.2.1", "2001:db8::1")
_RESERVED = ("local", "internal", "localhost", "test", "invalid", "onion", "alt", "home.arpa")
"""Zones in which nobody can register a name (RFC 6761, 6762, 7686, 8375, 9476; ICANN for internal)."""


def plan_setup(
    server_name: str,
    *,
    at: str | None = None,
    method: DelegationMethod | None = None,
    backend: str = "127.0.0.1:8008",
    addresses: Sequence[str] = (),
    certificates: str | None = None,
    web_root: str = "/var/www/matrix",
    max_age: int = DEFAULT_MAX_AGE,
) -> Plan:
    """Return a plan for a server name.

    Args:
        server_name: The name to set up.
        at: The hostname of the machine, with or without a port; by default, the hostname of the server name. The default port is 443 with a
            well-known document, and 8448 otherwise.
        method: How other servers find the machine; by default, a well-known document if *at* is passed, and port 8448 of the server name otherwise.
        backend: The ``host:port`` at which the homeserver itself listens for plain HTTP.
        addresses: The addresses of the machine.
        certificates: As in `Plan`.
        web_root: The folder for the well-known document, for web servers that serve it from a file.
        max_age: How long other servers may cache the delegation, in seconds.

    Raises:
        InvalidServerName: If *server_name* or *at* is not a valid server name.
        ValueError: If two arguments contradict each other, or one cannot be used; the message says what to change.
    """
    name = ServerName.parse(server_name)
    backend = _checked_backend(backend)
    machine, port, method = _destination(name, ServerName.parse(at) if at else None, method)
    if port == _HTTP_PORT:
        raise ValueError(
            f"port {_HTTP_PORT} is for HTTP without TLS, which cannot be used for federation; use {HTTPS_PORT} or {DEFAULT_PORT}"
        )
    return Plan(
        server_name=name,
        method=method,
        machine=machine,
        port=port,
        sites=_sites(name, method, machine, port, max_age),
        backend=backend,
        addresses=_checked_addresses(addresses),
        certificates=_checked_path(certificates, "--certificates") if certificates is not None else None,
        web_root=_checked_path(web_root, "--web-root"),
        remarks=(*_remarks(name, method, machine), *_remarks_on_addresses(addresses), *_remarks_on_backend(backend)),
    )


def _destination(
    name: ServerName, at: ServerName | None, method: DelegationMethod | None
) -> tuple[str, int, DelegationMethod]:
    """Return the hostname of the machine, the port of the homeserver, and how other servers find both."""
    if name.ip is not None:
        raise ValueError(
            f"{name} is an IP address: it cannot be moved or delegated, and few authorities issue certificates for it; use a hostname as the server name"
        )
    if at is not None and at.ip is not None:
        raise ValueError(
            f"--at {at} is an IP address: a certificate and a delegation need a hostname, such as matrix.{name.dns_name}"
        )
    if name.port is not None:
        return _with_explicit_port(name, at, method)
    method = method or (DelegationMethod.WELL_KNOWN if at else DelegationMethod.PORT)
    if at is None and method is DelegationMethod.SRV:
        raise ValueError(
            f"SRV records need the name of a machine; add one, such as --at matrix.{name.dns_name}:{DEFAULT_PORT}"
        )
    machine = at.tls_server_name if at else name.tls_server_name
    port = at.port if at and at.port else HTTPS_PORT if method is DelegationMethod.WELL_KNOWN else DEFAULT_PORT
    if method is DelegationMethod.PORT and (machine, port) != (name.tls_server_name, DEFAULT_PORT):
        raise ValueError(
            f"without a delegation, other servers connect to {name.dns_name}:{DEFAULT_PORT}, not to {machine}:{port}; use --by well-known"
        )
    return machine, port, method


def _with_explicit_port(
    name: ServerName, at: ServerName | None, method: DelegationMethod | None
) -> tuple[str, int, DelegationMethod]:
    if method not in {None, DelegationMethod.PORT} or (
        at and (at.tls_server_name, at.port) != (name.tls_server_name, name.port)
    ):
        raise ValueError(
            f"{name} has a port, so other servers connect to that port, and use no well-known document or SRV records; leave out the port, or --at and --by"
        )
    return name.tls_server_name, name.port or DEFAULT_PORT, DelegationMethod.PORT


def _sites(name: ServerName, method: DelegationMethod, machine: str, port: int, max_age: int) -> tuple[Site, ...]:
    delegation = Delegation(
        f"{machine}:{port}", max_age
    )  # raises for an invalid max_age even if there is no delegation
    if method is not DelegationMethod.WELL_KNOWN:
        return (Site(name.tls_server_name, port, forwards=True),)
    host = name.tls_server_name
    if (machine, port) == (host, HTTPS_PORT):
        return (Site(host, port, delegation, forwards=True),)
    return (Site(host, HTTPS_PORT, delegation), Site(machine, port, forwards=True))


def _remarks(name: ServerName, method: DelegationMethod, machine: str) -> Iterator[str]:
    host = name.tls_server_name
    for each in dict.fromkeys((host, machine)):
        if _is_reserved(each):
            yield (
                f"{each} cannot be registered, so no public authority issues a certificate for it, and other servers cannot connect."
            )
    if name != name.lower():
        yield (
            f"{name} has capital letters. Server names are compared letter by letter, so everybody would have to write it exactly like this. "
            f"Use {name.lower()}."
        )
    if method is DelegationMethod.SRV and machine == host:
        yield f"The SRV record of {host} leads to {host} itself, so it changes only the port."


def _remarks_on_addresses(addresses: Sequence[str]) -> Iterator[str]:
    policy = AddressPolicy()
    for address in addresses:
        refused = policy.refusal(address)
        if refused:
            yield f"Other servers cannot reach {address}, or refuse to: {refused}."


def _remarks_on_backend(backend: str) -> Iterator[str]:
    name = ServerName.parse(backend)
    if name.ip is None and name.dns_name != "localhost":
        yield f"nginx and HAProxy look up {name.hostname} when they start, and do not start if the lookup fails."


def _is_reserved(host: str) -> bool:
    return "." not in host or any(host.endswith(f".{zone}") for zone in _RESERVED)


def _checked_addresses(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_checked_address, texts))) or PLACEHOLDERS


def _checked_address(text: str) -> str:
    try:
        return canonical_ip(text)
    except ValueError:
        raise ValueError(
            f'"{text}" is not an address: --address takes an IPv4 or IPv6 address, such as {" or ".join(PLACEHOLDERS)}'
        ) from None


def _checked_backend(text: str) -> str:
    try:
        backend = ServerName.parse(text)
    except InvalidServerName as error:
        instead = f"; pass {quoted(error.suggestion)}" if error.suggestion else ""
        raise ValueError(
            f"--backend must be the address on which the homeserver listens, such as 127.0.0.1:8008: {error.problem}{instead}"
        ) from None
    if backend.port is None:
        raise ValueError(f"--backend {backend} needs a port, such as {backend}:8008")
    return str(backend)


def _checked_path(text: str, what: str) -> str:
    """Return *text*, or raise ValueError if it has characters that the configuration languages quote in different ways."""
    if not text.startswith("/") or not text.isprintable() or set(text) & set(" \"'\\{}$#;%"):
        raise ValueError(f'{what} must be an absolute path without spaces or special characters, not "{text}"')
    return text.rstrip("/")
