"""Parsers for name servers: those that callers pass, and those of the system.

``resolv.conf`` is parsed like glibc does. For some files, the parsers of c-ares and dnspython find other name servers.
"""

import re
import sys
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

import attrs

from ..._util.argument_checks import refuse_string, shown
from ..._util.plain_values import plain_str
from ...server_name import ServerName, ip_literal

RESOLV_CONF = Path("/etc/resolv.conf")
_ZONE = re.compile(r"%[0-9A-Za-z_.-]{1,15}")  # Linux: the name of an interface has at most 15 characters
_THIS_MACHINE = "127.0.0.1"
_MAX_CHARACTERS = 65_536  # of the file: a thousand name servers


@attrs.frozen
class SystemDns:
    """The settings of ``resolv.conf`` that matter for absolute names.

    Attributes:
        nameservers: Addresses in the order of the file; 127.0.0.1 if it lists none.
        uses_tcp: True if the file contains ``options use-vc``.
    """

    nameservers: tuple[str, ...] = (_THIS_MACHINE,)
    uses_tcp: bool = False


def fingerprint(path: Path) -> object:
    """Return a value that changes whenever the file does, or None if there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def system_dns(path: Path = RESOLV_CONF, *, platform: str = sys.platform) -> SystemDns | None:
    """Return the settings in *path*, or None on platforms that keep their name servers elsewhere.

    Source:
        resolv.conf(5): a line begins with a keyword, and if the file lists no name server, the one on this machine is used.
    """
    if platform in {"win32", "darwin"}:
        return None
    try:
        if not path.is_file():  # reading from a pipe would wait for a writer
            return SystemDns()
        with path.open(errors="replace") as file:
            return parse_resolv_conf(file.read(_MAX_CHARACTERS))
    except OSError:
        return SystemDns()


def parse_resolv_conf(text: str) -> SystemDns:
    """Parse the text of a ``resolv.conf``. Anything that glibc would not understand is skipped."""
    options = [word for line in _lines(text) if line[0] == "options" for word in line[1:]]
    return SystemDns(listed_nameservers(text) or (_THIS_MACHINE,), "use-vc" in options)


def listed_nameservers(text: str) -> tuple[str, ...]:
    """Return the addresses that a ``resolv.conf`` lists, without duplicates."""
    words = [line[1] for line in _lines(text) if line[0] == "nameserver" and len(line) > 1]
    return tuple(dict.fromkeys(address for address in map(_address, words) if address))


def _lines(text: str) -> list[list[str]]:
    """Return the words of each line that begins with a keyword."""
    return [line.split() for line in text.split("\n") if line and not line[0].isspace()]


def _address(word: str) -> str:
    """Return an address in a form that the operating system accepts, or an empty string. Only link-local addresses keep their zone."""
    try:
        address = ip_address(word.partition("#")[0].partition(";")[0])
    except ValueError:
        return ""
    ip, _, zone = str(address).partition("%")
    if not zone or not address.is_link_local:
        return ip
    return f"{ip}%{zone}" if _ZONE.fullmatch(f"%{zone}") else ""


def check_nameservers(nameservers: Iterable[str]) -> list[str]:
    """Return *nameservers* if all of them are valid. c-ares would accept others, and only fail at the first query.

    Raises:
        TypeError: If it is a single string, or one of them is not a string.
        ValueError: If one is not valid, or the list is empty.
    """
    texts = listed_strings(nameservers)
    for text in texts:
        parse_nameserver(text)
    return texts


def listed_strings(nameservers: Iterable[str]) -> list[str]:
    """Return *nameservers* as a list.

    Raises:
        TypeError: If it is a single string, or one of them is not a string.
        ValueError: If there are none.
    """
    refuse_string("nameservers", nameservers, example='["192.0.2.53"]')
    listed = list[object](nameservers)
    strings = [plain_str(text) for text in listed if isinstance(text, str)]
    for one in listed:
        if not isinstance(one, str):
            raise TypeError(f'nameservers contains {shown(one)}; write each as a string, such as "192.0.2.53"')
    if not strings:
        raise ValueError("nameservers is empty; leave it out to use the name servers of the system")
    return strings


def parse_nameserver(text: str, *, written: str | None = None) -> tuple[str, int | None]:
    """Return the address of a name server, with its zone if it has one, and its port.

    Args:
        text: ``192.0.2.53``, ``192.0.2.53:53``, ``2001:db8::53``, ``[2001:db8::53]:53``; after an IPv6 address, a zone such as ``%eth0`` may follow.
        written: The string that the caller passed, for the error message; *text* by default.

    Raises:
        ValueError: If *text* is not such an address.
    """
    zone, written = _ZONE.search(text), written or text
    ip, port = _parse_address(text.replace(zone.group(), "", 1) if zone else text, written)
    if zone and ":" not in ip:
        raise ValueError(f"the name server {shown(written)} is not an IP address; only an IPv6 address can have a zone")
    refuse_unspecified(ip, written)
    return (ip + zone.group() if zone else ip), port


def refuse_unspecified(ip: str, written: str) -> None:
    """Raise ValueError if *ip* is ``0.0.0.0`` or ``::``, which stand for every address of a server and for none of a client."""
    if ip_address(ip).is_unspecified:
        own = "::1" if ":" in ip else _THIS_MACHINE
        raise ValueError(
            f'the name server {shown(written)} is the unspecified address; for a name server on this machine, use "{own}"'
        )


def _parse_address(address: str, written: str) -> tuple[str, int | None]:
    """Parse an address with or without a port. A server name that is an IP literal has the same form."""
    ip = ip_literal(address)
    if ip is not None:
        return ip, None
    try:
        name = ServerName.parse(address)
    except ValueError:
        name = None
    if name is None or name.ip is None:
        hint = "; for DNS over TLS or HTTPS, pass it to a DnspythonBackend as dns=" if "://" in address else ""
        message = f"the name server {shown(written)} is not an IP address, optionally with a port from 1 to 65535{hint}"
        raise ValueError(message)
    return name.ip, name.port
