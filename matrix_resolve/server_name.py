"""Matrix server names: the strict grammar, an exact round trip, and messages that say what to pass instead.

The ABNF of the appendices is a superset ("all valid names fit it"), so more is refused here than it refuses: names that the DNS cannot
carry, names that some C library would read as an IP address (``127.1``, ``0x7f.1``), IPv6 zones, ports that TCP does not have. What is
accepted keeps its spelling for ever: a server name is an identity, and identities are compared byte by byte.

Source: Matrix appendices, "Server Name"; RFC 1035 section 2.3.4; RFC 1123 section 2.1; RFC 5952.
"""

import ipaddress
import re
from typing import NamedTuple, Self

from ._util.escaping import quoted
from .errors import InvalidServerName

_PORT = re.compile(r"[0-9]{1,5}")
_DNS_NAME = re.compile(r"[A-Za-z0-9.-]+")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")  # what inet_aton() would take for a number
_SIGILS = {"@": "a user ID", "#": "a room alias", "!": "a room ID", "$": "an event ID"}
_MAX_DNS_NAME = 253  # RFC 1035: 255 octets on the wire
_MAX_LABEL = 63
_MAX_PORT = 65535


class ServerName(str):
    """A valid Matrix server name: a `str` that also knows its parts.

    It is the very text that was parsed, so it compares, hashes and prints as that text, and goes wherever a string goes.
    """

    __slots__ = ("_ip", "_port")

    _ip: str | None
    _port: int | None

    def __new__(cls, text: str) -> Self:
        """Parse *text*, as `parse` does."""
        if type(text) is cls:
            return text
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            message = f"a server name is a str, not {type(text).__name__}"
            raise TypeError(message)
        hostname, port = _split(text)
        name = super().__new__(cls, text)
        name._ip = _parse_ip_literal(hostname, text)
        name._port = None if port is None else _parse_port(port, text)
        if name._ip is None:
            _check_dns_name(hostname, text)
        return name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a server name: hostname, IPv4 address or bracketed IPv6 address, optionally with ``:port``.

        Args:
            text: The name, exactly; nothing is trimmed or repaired.

        Returns:
            The name, equal to *text*.

        Raises:
            InvalidServerName: If it is none (``invalid-name``) or the DNS cannot carry it (``unresolvable-name``).
                The message says what to pass instead.

        Source:
            Matrix appendices, "Server Name".
        """
        return cls(text)

    @property
    def ip(self) -> str | None:
        """The address of an IP literal in canonical text (RFC 5952), else None."""
        return self._ip

    @property
    def port(self) -> int | None:
        """The explicit port, 1 to 65535, else None."""
        return self._port

    @property
    def dns_name(self) -> str | None:
        """The hostname in lower case, without the port; None for an IP literal."""
        return None if self._ip else self.hostname.lower()

    @property
    def hostname(self) -> str:
        """The name without its port, as it was written; an IPv6 literal keeps its brackets."""
        return str(self) if self._port is None else self[: self.rindex(":")]

    @property
    def tls_server_name(self) -> str:
        """The name that a certificate must be valid for: the lower-case hostname, or the bare IP address."""
        return self._ip or self.hostname.lower()

    def __repr__(self) -> str:
        return f"ServerName({super().__repr__()})"


def _parse_ip_literal(hostname: str, text: str) -> str | None:
    """Give the canonical address of an IP literal, or None for a DNS name."""
    if hostname.startswith("["):
        inner = hostname[1:-1]
        if not _IPV6.fullmatch(inner) or ":" not in inner:
            raise _invalid(text, "there must be an IPv6 address, without a zone, between the brackets")
        try:
            return canonical_ip(inner)
        except ValueError:
            raise _invalid(text, "there must be an IPv6 address between the brackets") from None
    if not ends_in_a_number(hostname):
        return None
    try:
        return str(ipaddress.IPv4Address(hostname))
    except ValueError:
        advice = "an IPv4 address is four numbers from 0 to 255 without leading zeros, and no DNS name ends in a number"
        raise _invalid(text, advice) from None


def ends_in_a_number(hostname: str) -> bool:
    """Say whether some C library could read *hostname* as an IPv4 address: no name of the public DNS ends in such a label.

    Source: RFC 1123, section 2.1; the same test as in the WHATWG URL standard.
    """
    return _NUMBER.fullmatch(hostname.rpartition(".")[2]) is not None


def ip_literal(host: str) -> str | None:
    """Give the canonical text of a *host* that is an IP address without brackets, or None for a DNS name."""
    if ":" not in host and not ends_in_a_number(host):
        return None
    try:
        return canonical_ip(host)
    except ValueError:
        return None


def canonical_ip(text: str) -> str:
    """Give an IP address in RFC 5952 text, IPv4-mapped ones dotted, the same on every Python.

    Raises:
        ValueError: If it is no IP address, or has a zone.
    """
    return canonical_text(ipaddress.ip_address(text))


def canonical_text(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Give the text of an address, as `canonical_ip` does.

    Raises:
        ValueError: If it has a zone.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise ValueError(str(address))
        if address.ipv4_mapped is not None:
            return f"::ffff:{address.ipv4_mapped}"
    return str(address)


def _split(text: str) -> tuple[str, str | None]:
    """Split off the port, at the only colon outside the brackets."""
    if text.startswith("["):
        closing = text.find("]") + 1
        if not closing:
            raise _invalid(text, "the closing bracket is missing")
        hostname, rest = text[:closing], text[closing:]
        if not rest:
            return hostname, None
        if not rest.startswith(":"):
            raise _invalid(text, 'only ":" and a port may follow the closing bracket')
        return hostname, rest[1:]
    hostname, colon, port = text.partition(":")
    return hostname, port if colon else None


def _parse_port(port: str, text: str) -> int:
    if not _PORT.fullmatch(port):
        raise _invalid(text, "a port is one to five digits after the only colon")
    number = int(port)
    if not 1 <= number <= _MAX_PORT:
        raise _invalid(text, f"a port is between 1 and {_MAX_PORT}")
    return number


def _check_dns_name(hostname: str, text: str) -> None:
    if not _DNS_NAME.fullmatch(hostname):
        advice = "pass several names separately" if re.search(r"[,;\s]", hostname) else ""
        raise _invalid(text, "a hostname is made of ASCII letters, digits, dots and hyphens", advice=advice)
    labels = hostname.split(".")
    if not all(labels):
        raise _invalid(text, "a hostname has no empty label and no dot at either end")
    if len(hostname) > _MAX_DNS_NAME or max(map(len, labels)) > _MAX_LABEL:
        reason = f"the DNS carries names of at most {_MAX_DNS_NAME} characters with labels of at most {_MAX_LABEL}"
        raise _invalid(text, reason, code="unresolvable-name")


def _invalid(text: str, problem: str, *, code: str = "invalid-name", advice: str = "") -> InvalidServerName:
    mistake = _mistake(text) or _Mistake(problem, advice=advice)
    message = f"{quoted(text)} is not a server name: {mistake.problem}"
    error = InvalidServerName(
        f"{message}; {mistake.advice}" if mistake.advice else message, code=code, server_name=text
    )
    error.problem, error.suggestion = message, mistake.suggestion
    return error


class _Mistake(NamedTuple):
    """What is wrong with a text; what to pass instead, if that is obvious; and the advice to do so."""

    problem: str
    suggestion: str = ""
    advice: str = ""


def _mistake(text: str) -> _Mistake | None:
    """Recognise what people pass by mistake."""
    if not text:
        return _Mistake("it is empty")
    if text[0] in _SIGILS and len(text) > 1:
        domain = text.partition(":")[2]
        advice = f"pass {quoted(domain)}, the part after the first colon" if domain else "it has no domain part"
        return _Mistake(f"it is {_SIGILS[text[0]]}", domain, f"{advice} (server_name_of() does that)")
    if "://" in text:
        return _only_host_and_port("it is a URL", text.partition("://")[2])
    if text != text.strip():
        return _Mistake("there is white space around it", text.strip(), "remove it")
    if text.endswith("."):
        return _Mistake("it ends in a dot", text[:-1], f"pass {quoted(text[:-1])}")
    return _mistake_in_characters(text)


def _only_host_and_port(problem: str, text: str) -> _Mistake:
    authority = re.split("[/?#]", text)[0]
    return _Mistake(problem, authority, f"pass only host and port, {quoted(authority)}")


def _mistake_in_characters(text: str) -> _Mistake | None:
    if not text.isascii():
        return _non_ascii(text)
    if "%" in text and ":" in text:
        return _Mistake("an address with a zone or percent-encoding cannot be federated with")
    if "/" in text or "?" in text or "#" in text:
        return _only_host_and_port("it has a path", text)
    if "@" in text:
        name = text.rpartition("@")[2]
        return _Mistake("it has a user part", name, f"pass {quoted(name)}")
    if text.count(":") > 1 and "[" not in text and _is_ipv6(text):
        return _Mistake("an IPv6 address is written in brackets", f"[{text}]", f'pass "[{text}]"')
    return None


def _is_ipv6(text: str) -> bool:
    try:
        return ":" in canonical_ip(text)
    except ValueError:
        return False


def _non_ascii(text: str) -> _Mistake:
    """Suggest the A-label form; Python's codec is the old IDNA, which is good enough for a hint."""
    problem = "non-ASCII names are written in their ASCII form"
    try:
        name = text.encode("idna").decode("ascii") if len(text) <= _MAX_DNS_NAME else ""
    except UnicodeError:
        return _Mistake(f'{problem} ("xn--...")')
    return _Mistake(problem, name, f"pass {quoted(name)}" if name else "")
