"""Parsers for the name servers of the dnspython backend: those that callers pass, and those of the system."""

import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import dns.exception
import dns.resolver

from ..._util.argument_checks import shown
from ...server_name import ServerName, canonical_ip, ip_literal
from .._arguments.nameservers import listed_nameservers, parse_nameserver, refuse_unspecified
from ..dns import NameServerError
from .transports import LazyContext, NameServer, OverTls, Plain

DNS_PORT = 53
_TLS_PORT = 853  # RFC 7858


def parse_any_nameserver(text: str, over_tls: LazyContext, over_https: LazyContext) -> NameServer:
    """Parse a name server in one of the forms that `DnspythonBackend` accepts.

    Args:
        text: The string that the caller passed.
        over_tls: The context for DNS over TLS.
        over_https: The context for DNS over HTTPS.

    Raises:
        ValueError: If *text* is not a valid name server.
        ImportError: If *text* is an https URL, and the packages for DNS over HTTPS are not installed.
    """
    if text.startswith("https://"):
        return _read_https(text, over_https)
    if text.startswith("tls://"):
        address, hash_sign, name = text.removeprefix("tls://").partition("#")
        ip, port = parse_nameserver(address, written=text)
        if "%" in ip:
            raise ValueError(
                f"the name server {shown(text)} is not an IP address that can be in a certificate, because it has a zone"
            )
        return OverTls(ip, port or _TLS_PORT, _read_hostname(name, text) if hash_sign else ip, over_tls)
    ip, port = parse_nameserver(text)
    return Plain(ip, port or DNS_PORT)


def _read_hostname(name: str, text: str) -> str:
    try:
        server_name = ServerName.parse(name)
    except ValueError:
        server_name = None
    if server_name is None or server_name.port is not None:
        raise ValueError(f"the name server {shown(text)} needs a valid hostname after the #")
    return server_name.tls_server_name


def _read_https(text: str, context: LazyContext) -> NameServer:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        ServerName.parse(parts.netloc)
    except ValueError:
        raise ValueError(f"the name server {shown(text)} is not an https URL") from None
    if port == 0 or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"the name server {shown(text)} is not an https URL")
    address = parts.fragment or host
    if ip_literal(address) is None or (parts.fragment and ip_literal(host)):
        raise ValueError(
            f"the name server {shown(text)} needs the IP address of {shown(host)} after a #; the host is not looked up"
        )
    refuse_unspecified(canonical_ip(address), text)
    try:
        from .https import OverHttps  # noqa: PLC0415 - it needs packages that dnspython itself does not
    except ImportError as error:
        raise ImportError(
            'packages for DNS over HTTPS are not installed; install them with: pip install "matrix-resolve[dnspython]"'
        ) from error
    return OverHttps(parts._replace(fragment="").geturl(), canonical_ip(address), context)


def system_nameservers(path: str = "/etc/resolv.conf") -> list[NameServer]:
    """Return the name servers of the system. Search lists and options are ignored.

    Lines are parsed like glibc does: a line begins with a keyword, and anything that is not an address is skipped.

    Args:
        path: The file. On Windows, the registry is read instead.

    Raises:
        NameServerError: If the list is empty or cannot be read.
    """
    try:
        addresses = (
            _addresses_of_windows()
            if sys.platform == "win32"
            else listed_nameservers(Path(path).read_text(errors="replace"))
        )
    except (dns.exception.DNSException, OSError) as error:
        raise NameServerError(f"no name server can be read from {path}") from error
    if not addresses:
        raise NameServerError(f"no name server can be read from {path}")
    return [Plain(address, DNS_PORT) for address in addresses]


def _addresses_of_windows() -> Sequence[str]:
    return [str(address) for address in dns.resolver.Resolver().nameservers]
