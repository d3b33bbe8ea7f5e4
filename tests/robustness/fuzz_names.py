"""Fuzzing of server names and of the identifiers that contain them."""

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from random import Random

from matrix_resolve.errors import InvalidServerName
from matrix_resolve.identifiers import server_name_of
from matrix_resolve.server_name import ServerName, canonical_ip

from .fuzz_mutations import hostile_text, maybe_damaged, rarely
from .fuzz_target import Target, must

_LABELS = ("example", "matrix", "org", "a", "xn--bcher-kva", "-", "_matrix", "0x7f", "1", "255", "A" * 63, "b" * 64, "")
_GOOD_LABELS = ("example", "MATRIX", "org", "a", "xn--bcher-kva", "-a-", "1a", "0xg", "A" * 63)
_OCTETS = ("0", "1", "10", "127", "192", "254", "255", "256", "00", "010", "0x7f", "0X1", "4294967295", "")
_GROUPS: Sequence[str] = (
    "0",
    "1",
    "ffff",
    "FE80",
    "2001",
    "db8",
    "0000",
    "00000",
    "12345",
    "64",
    "ff9b",
    "2002",
    "7f00",
    "g",
    "",
)
_PORTS = (
    "1",
    "80",
    "443",
    "8448",
    "65535",
    "0",
    "00080",
    "65536",
    "99999",
    "000001",
    "",
    "+80",
    "8_0",
    "-1",
    "\uff18\uff10",
)
_WRAPPINGS = (
    "{}.",
    ".{}",
    " {}",
    "{}\n",
    "https://{}/x",
    "@alice:{}",
    "{}/path",
    "user@{}",
    "[{}]",
    "{}%eth0",
    "{}:{}",
)
_TLS_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_HOST_AND_PORT = re.compile(r"(\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+))(:(?P<port>[0-9]{1,5}))?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_MOST_OF_A_MESSAGE = 3000


def make_ip_v4(random: Random) -> str:
    """Return an IPv4 address, or something like one."""
    if random.random() < 0.6:
        return ".".join(str(int(random.random() * 256)) for _ in range(4))
    return ".".join(random.choices(_OCTETS, k=random.choice((1, 2, 3, 4, 4, 4, 5))))


def make_ip_v6(random: Random) -> str:
    """Return an IPv6 address without brackets, or something like one."""
    groups: list[str]
    if random.random() < 0.5:
        groups = [f"{int(random.random() * 65536):x}" for _ in range(random.choice((8, 8, 8, 6, 7, 9)))]
    else:
        groups = random.choices(_GROUPS, k=random.choice((8, 8, 7, 4, 2)))
    if len(groups) == 6 or rarely(random, 6):
        groups[6:] = [make_ip_v4(random)]
    if random.random() < 0.6:
        gap = int(random.random() * len(groups))
        groups[gap : gap + 1 + int(random.random() * 3)] = [":" if gap in {0, len(groups) - 1} else ""]
    return ":".join(groups)


def make_dns_name(random: Random) -> str:
    """Return a DNS name, or something like one."""
    count = 1 + int(random.random() * 4) if not rarely(random, 50) else int(random.random() * 140)
    return ".".join(random.choices(_LABELS, k=count))


def make_valid_name(random: Random) -> str:
    """Return a valid server name."""
    kind = random.random()
    if kind < 0.6:
        name = f"{'.'.join(random.choices(_GOOD_LABELS, k=1 + int(random.random() * 3)))}.{random.choice(_GOOD_LABELS)}"
    else:
        name = f"{random.choice((1, 10, 127, 255))}.0.0.{int(random.random() * 256)}" if kind < 0.8 else "[2001:DB8::1]"
    return name if random.random() < 0.5 else f"{name}:{random.choice(_PORTS[:5])}"


def make_server_name(random: Random) -> str:
    """Return a server name, something like one, or something else."""
    kind = random.random()
    if kind < 0.08:
        return hostile_text(random)
    if kind < 0.25:
        return make_valid_name(random)
    name = make_dns_name(random) if kind < 0.6 else make_ip_v4(random) if kind < 0.8 else f"[{make_ip_v6(random)}]"
    if random.random() < 0.5:
        name = f"{name}:{random.choice(_PORTS)}"
    if rarely(random, 12):
        name = random.choice(_WRAPPINGS).format(name, "8448")
    return maybe_damaged(random, name)


def check_server_name(parse: Callable[[str], ServerName], text: str) -> str:
    """Check that a name keeps its spelling and has usable parts, or is refused with a sentence."""
    try:
        name = parse(text)
    except InvalidServerName as error:
        _check_refusal(error, text)
        must(not is_server_name(text), "a valid name is accepted")
        return error.code
    must(is_server_name(text), "only a valid name is accepted")
    must(type(name) is ServerName and str(name) == text, "a name keeps its spelling")
    must(text.isascii() and text.isprintable() and " " not in text, "a name is printable ASCII without spaces")
    again = parse(str(name))
    parts = (name.hostname, name.port, name.ip, name.dns_name, name.tls_server_name)
    must(
        (again.hostname, again.port, again.ip, again.dns_name, again.tls_server_name) == parts,
        "a name has the same parts when it is read again",
    )
    _check_parts(name)
    return ("dns name" if name.ip is None else "ip literal") + ("" if name.port is None else " with port")


def is_server_name(text: str) -> bool:
    """Return whether *text* is a server name, using the C library and regular expressions that a person can check."""
    matched = _HOST_AND_PORT.fullmatch(text)
    if matched is None or not 1 <= int(matched["port"] or "1") <= 65_535:
        return False
    if matched["v6"]:
        return _is_address(socket.AF_INET6, matched["v6"])
    if _NUMBER.fullmatch(matched["host"].rpartition(".")[2]):
        return _is_address(socket.AF_INET, matched["host"])
    return _TLS_NAME.fullmatch(matched["host"].lower()) is not None


def _is_address(family: socket.AddressFamily, text: str) -> bool:
    try:
        return bool(socket.inet_pton(family, text))
    except OSError:
        return False


def _check_refusal(error: InvalidServerName, text: str) -> None:
    must(error.code in {"invalid-name", "unresolvable-name"}, "a refusal has one of two codes")
    must(error.server_name in text, "the name in a refusal is part of the text")
    message = str(error)
    must(message and message.isprintable(), "the message of a refusal is printable")
    must(len(message) <= _MOST_OF_A_MESSAGE, "the message of a refusal is short")


def _check_parts(name: ServerName) -> None:
    tail = name[len(name.hostname) :]
    must(name.startswith(name.hostname), "the name begins with its hostname")
    if name.port is None:
        must(not tail, "without a port, the hostname is the whole name")
    else:
        must(1 <= name.port <= 65535 and int(tail[1:]) == name.port, "the port is the one in the text, and a TCP port")
        must(tail[0] == ":", "there is a colon before the port")
    tls_name = name.tls_server_name
    if name.ip is not None:
        must(tls_name == name.ip == canonical_ip(name.ip), "the TLS name of a literal is its canonical address")
        must(ip_address(name.ip) == ip_address(name.hostname.strip("[]")), "the address is the one in the text")
    else:
        must(tls_name == name.dns_name == name.hostname.lower(), "the TLS name is the lower-case hostname")
        must(_TLS_NAME.fullmatch(tls_name), "the DNS can carry a TLS name")
        must(tls_name.encode("idna") == tls_name.encode(), "the TLS library uses the name unchanged")
        must(not _is_address_for_c(tls_name), "no C library reads a DNS name as an IP address")


def _is_address_for_c(text: str) -> bool:
    try:
        return bool(socket.inet_aton(text))
    except OSError:
        return False


def make_identifier(random: Random) -> str:
    """Return a Matrix identifier, or something like one."""
    sigil = random.choice("@#!$@#!$+ :")
    opaque = hostile_text(random, 20) if random.random() < 0.4 else random.choice(("alice", "a/b=c", "", "a:b", "é"))
    domain = "" if rarely(random, 6) else f":{make_server_name(random)}"
    return maybe_damaged(random, f"{sigil}{opaque}{domain}")


def check_identifier(server_of: Callable[[str], ServerName | None], text: str) -> str:
    """Check that the result is the end of the identifier, after its first colon, and a server name."""
    try:
        name = server_of(text)
    except InvalidServerName as error:
        _check_refusal(error, text)
        must(not _is_identifier(text), "a valid identifier is accepted")
        return error.code
    must(len(text.encode("utf-8")) <= 255, "an identifier has at most 255 bytes")
    must(text[0] in "@#!$", "an identifier has a sigil")
    if name is None:
        must(text[0] in "!$" and ":" not in text, "only room and event IDs may have no domain")
        return "no domain"
    must(text[1:].partition(":")[2] == name, "the domain follows the first colon")
    check_server_name(ServerName.parse, str(name))
    return "server name"


def _is_identifier(text: str) -> bool:
    opaque, _, domain = text.partition(":")
    good = text[:1] in set("@#!$") and "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in opaque)
    return good and len(text.encode("utf-8", "replace")) <= 255 and is_server_name(domain)


SERVER_NAMES = Target(make_server_name, ServerName.parse, check_server_name)
IDENTIFIERS = Target(make_identifier, server_name_of, check_identifier)
