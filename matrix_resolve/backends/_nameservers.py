"""Name servers as callers write them, and those of the system.

``resolv.conf`` is read as glibc reads it: in some files, c-ares and dnspython find different name servers.
"""

import sys
from ipaddress import ip_address
from pathlib import Path

import attrs

from ..server_name import ServerName, canonical_ip

RESOLV_CONF = Path("/etc/resolv.conf")
_THIS_MACHINE = "127.0.0.1"


@attrs.frozen
class SystemDns:
    """The settings of ``resolv.conf`` that matter for absolute names.

    Attributes:
        nameservers: Addresses in the order of the file; this machine's if it lists none.
        uses_tcp: True if it says ``options use-vc``.
    """

    nameservers: tuple[str, ...] = (_THIS_MACHINE,)
    uses_tcp: bool = False


def fingerprint(path: Path) -> object:
    """Return a value that changes whenever the file does; None if there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def system_dns(path: Path = RESOLV_CONF, *, platform: str = sys.platform) -> SystemDns | None:
    """Read *path*; return None on platforms that keep their name servers elsewhere.

    Source:
        resolv.conf(5): a keyword begins its line, and a file that lists no name server means the one on this machine.
    """
    if platform in {"win32", "darwin"}:
        return None
    try:
        return parse_resolv_conf(path.read_text(errors="replace"))
    except OSError:
        return SystemDns()


def parse_resolv_conf(text: str) -> SystemDns:
    """Parse the text of a ``resolv.conf``; what glibc would not understand is skipped."""
    options = [word for line in _lines(text) if line[0] == "options" for word in line[1:]]
    return SystemDns(listed_nameservers(text) or (_THIS_MACHINE,), "use-vc" in options)


def listed_nameservers(text: str) -> tuple[str, ...]:
    """Return the addresses that a ``resolv.conf`` lists, each once."""
    words = [line[1] for line in _lines(text) if line[0] == "nameserver" and len(line) > 1]
    return tuple(dict.fromkeys(address for address in map(_address, words) if address))


def _lines(text: str) -> list[list[str]]:
    """Return the words of each line that begins with a keyword."""
    return [line.split() for line in text.splitlines() if line and not line[0].isspace()]


def _address(word: str) -> str:
    """Return an address as the operating system accepts it; empty if *word* is not one. Only link-local ones keep their zone."""
    try:
        address = ip_address(word.partition("#")[0].partition(";")[0])
    except ValueError:
        return ""
    return str(address) if address.is_link_local else str(address).partition("%")[0]


def check_nameserver(text: str) -> str:
    """Return *text* if it is a name server; c-ares would accept some others, and fail only when it is asked.

    Args:
        text: An IPv4 or IPv6 address; with a port as ``192.0.2.53:53`` or ``[2001:db8::53]:53``; an IPv6 zone may follow after ``%``.

    Raises:
        ValueError: If it is not such an address.
    """
    address = text.partition("%")[0]
    if not (is_ip(address) or _is_ip_with_port(address)):
        message = f"the name server {text!r} is not an IP address, with or without a port from 1 to 65535"
        raise ValueError(message)
    return text


def is_ip(text: str) -> bool:
    """Return True for an IPv4 or IPv6 address without port or zone."""
    try:
        return bool(canonical_ip(text))
    except ValueError:
        return False


def _is_ip_with_port(text: str) -> bool:
    """Return True for an IP address with a port; a server name that is an IP literal has the same form."""
    try:
        return ServerName.parse(text).ip is not None
    except ValueError:
        return False
