"""Matrix server names: a strict parser that keeps the exact spelling. Its error messages say what to pass instead.

The ABNF of the appendices is a superset ("all valid names fit it"), so this parser also rejects names that the DNS cannot carry, names that
some C library would read as an IP address (``127.1``, ``0x7f.1``), IPv6 zones, and port numbers outside 1 to 65535. A valid name keeps its
spelling: a server name is an identity, and identities are compared byte by byte.

Source: Matrix appendices, "Server Name"; RFC 1035 section 2.3.4; RFC 1123 section 2.1; RFC 5952.
"""

import ipaddress
import re
from typing import Self

from ._util.escaping import quoted
from ._util.name_mistakes import Mistake, common_mistake
from ._util.plain_values import plain_str
from .errors import ErrorCode, InvalidServerName

_PORT = re.compile(r"[0-9]{1,5}")
_DNS_NAME = re.compile(r"[A-Za-z0-9.-]+")
_HOSTNAME = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")  # what inet_aton() accepts as a number
_MAX_DNS_NAME = 253  # RFC 1035: 255 octets on the wire
_MAX_LABEL = 63
_MAX_PORT = 65535
_MAX_REPAIRS = 6  # such as whitespace, a scheme, a user part and a final dot, one after the other


class ServerName(str):
    """A valid Matrix server name: a `str` with properties for its parts.

    It equals the string that was parsed, and can be used wherever a string can be used.
    """

    __slots__ = ("_ip", "_port")

    _ip: str | None
    _port: int | None

    def __new__(cls, text: str) -> Self:
        """Parse *text*, as `parse` does."""
        if type(text) is cls:
            return text
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            message = f"a server name must be a str, not {type(text).__name__}"
            raise TypeError(message)
        text = plain_str(text)
        name = super().__new__(cls, text)
        try:
            name._ip, name._port = _parse(text)
        except _Problem as problem:
            raise _invalid(text, problem) from None
        return name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a server name: a hostname, an IPv4 address or a bracketed IPv6 address, optionally with ``:port``.

        Args:
            text: The exact name. Nothing is trimmed or repaired.

        Returns:
            The name, equal to *text*.

        Raises:
            InvalidServerName: If *text* is not a valid server name (``invalid-name``), or is too long for the DNS
                (``unresolvable-name``). The message says what to pass instead.

        Source:
            Matrix appendices, "Server Name".
        """
        return cls(text)

    @property
    def ip(self) -> str | None:
        """The address of an IP literal in canonical form (RFC 5952), or None for a DNS name."""
        return self._ip

    @property
    def port(self) -> int | None:
        """The explicit port, 1 to 65535, or None."""
        return self._port

    @property
    def dns_name(self) -> str | None:
        """The hostname in lower case, without the port, or None for an IP literal."""
        return None if self._ip else self.hostname.lower()

    @property
    def hostname(self) -> str:
        """The name without its port, as it was written. An IPv6 literal keeps its brackets."""
        return str(self) if self._port is None else self[: self.rindex(":")]

    @property
    def tls_server_name(self) -> str:
        """The name that a certificate must be valid for: the lower-case hostname, or the bare IP address."""
        return self._ip or self.hostname.lower()

    def __repr__(self) -> str:
        return f"ServerName({super().__repr__()})"


class _Problem(ValueError):  # noqa: N818 - named after what happened
    """What is wrong with a string."""

    def __init__(self, problem: str, *, code: ErrorCode = "invalid-name", advice: str = "") -> None:
        super().__init__(problem)
        self.problem, self.advice = problem, advice
        self.code: ErrorCode = code


def _parse(text: str) -> tuple[str | None, int | None]:
    """Return the canonical address, if any, and the port, if any, of a server name.

    Raises:
        _Problem: If *text* is not a valid server name.
    """
    hostname, port = _split(text)
    ip = _parse_ip_literal(hostname)
    number = None if port is None else _parse_port(port)
    if ip is None:
        _check_dns_name(hostname)
    return ip, number


def _parse_ip_literal(hostname: str) -> str | None:
    """Return the canonical address of an IP literal, or None for a DNS name."""
    if hostname.startswith("["):
        inner = hostname[1:-1]
        if not _IPV6.fullmatch(inner) or ":" not in inner:
            raise _Problem("the brackets must contain an IPv6 address without a zone")
        try:
            return canonical_ip(inner)
        except ValueError:
            raise _Problem("the brackets must contain an IPv6 address") from None
    if not ends_in_a_number(hostname):
        return None
    try:
        return str(ipaddress.IPv4Address(hostname))
    except ValueError:
        problem = "a DNS name must not end in a number, and an IPv4 address must be four numbers from 0 to 255"
        raise _Problem(f"{problem} without leading zeros") from None


def ends_in_a_number(hostname: str) -> bool:
    """Return whether a C library could read *hostname* as an IPv4 address, because its last label is a number. No name in the public DNS ends so.

    Source: RFC 1123, section 2.1; the same test as in the WHATWG URL standard.
    """
    return _NUMBER.fullmatch(hostname.rpartition(".")[2]) is not None


def is_hostname(text: str) -> bool:
    """Return whether *text* is a valid server name that is a DNS name without a port. It is faster than `ServerName.parse`, for long lists."""
    return len(text) <= _MAX_DNS_NAME and _HOSTNAME.fullmatch(text) is not None and not ends_in_a_number(text)


def ip_literal(host: str) -> str | None:
    """Return the canonical form of a *host* that is an IP address without brackets, or None for a DNS name."""
    if ":" not in host and not ends_in_a_number(host):
        return None
    try:
        return canonical_ip(host)
    except ValueError:
        return None


def canonical_ip(text: str) -> str:
    """Return an IP address in RFC 5952 form, which is the same on every Python version. An IPv4-mapped address ends in dotted decimal form.

    Raises:
        ValueError: If *text* is not a valid IP address, or has a zone.
    """
    return canonical_text(ipaddress.ip_address(text))


def canonical_text(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Return an address as a string in the form of `canonical_ip`.

    Raises:
        ValueError: If *address* has a zone.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise ValueError(f"{address} has a zone; pass the address without it")
        if address.ipv4_mapped is not None:
            return f"::ffff:{address.ipv4_mapped}"
    return str(address)


def _split(text: str) -> tuple[str, str | None]:
    """Split off the port, at the only colon outside the brackets."""
    if text.startswith("["):
        closing = text.find("]") + 1
        if not closing:
            raise _Problem("the closing bracket is missing")
        hostname, rest = text[:closing], text[closing:]
        if not rest:
            return hostname, None
        if not rest.startswith(":"):
            raise _Problem('only ":" and a port may follow the closing bracket')
        return hostname, rest[1:]
    hostname, colon, port = text.partition(":")
    return hostname, port if colon else None


def _parse_port(port: str) -> int:
    if not _PORT.fullmatch(port):
        raise _Problem("the part after the first colon must be a port of one to five digits")
    number = int(port)
    if not 1 <= number <= _MAX_PORT:
        raise _Problem(f"the port must be between 1 and {_MAX_PORT}")
    return number


def _check_dns_name(hostname: str) -> None:
    if not _DNS_NAME.fullmatch(hostname):
        advice = "pass each name separately" if re.search(r"[,;\s]", hostname) else ""
        raise _Problem("a hostname can contain only ASCII letters, digits, dots and hyphens", advice=advice)
    labels = hostname.split(".")
    if not all(labels):
        raise _Problem("a hostname cannot have an empty label, or begin or end with a dot")
    if len(hostname) > _MAX_DNS_NAME or max(map(len, labels)) > _MAX_LABEL:
        reason = f"a DNS name has at most {_MAX_DNS_NAME} characters, and at most {_MAX_LABEL} in each label"
        raise _Problem(reason, code="unresolvable-name")


def _invalid(text: str, problem: _Problem) -> InvalidServerName:
    mistake = _with_valid_suggestion(common_mistake(text) or Mistake(problem.problem, advice=problem.advice))
    message = f"{quoted(text)} is not a valid server name: {mistake.problem}"
    return InvalidServerName(
        f"{message}; {mistake.advice}" if mistake.advice else message,
        code=problem.code,
        server_name=text,
        problem=message,
        suggestion=mistake.suggestion,
    )


def _with_valid_suggestion(mistake: Mistake) -> Mistake:
    """Return *mistake* with a suggestion that is a valid server name itself, or with none.

    What is left after one repair may have another mistake. Each repair makes the string shorter, or valid, so this ends; but a long string may
    have many, so it is given up after a few.
    """
    suggestion = mistake.suggestion
    for _ in range(_MAX_REPAIRS):
        if not suggestion:
            break
        if _is_valid(suggestion):
            if suggestion == mistake.suggestion:
                return mistake
            return Mistake(mistake.problem, suggestion, f"pass {quoted(suggestion)}")
        found = common_mistake(suggestion)
        suggestion = found.suggestion if found is not None else ""
    return mistake._replace(suggestion="", advice="" if mistake.suggestion else mistake.advice)


def _is_valid(text: str) -> bool:
    try:
        _parse(text)
    except _Problem:
        return False
    return True
