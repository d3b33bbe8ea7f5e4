"""Overrides: what the caller sets for a server name or a host instead of what the network says. They are checked when they are created."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import cast

import attrs

from ._override_addresses import LONGEST_VALUE, check_port, not_of_a_host, parse_address, shown
from ._util.escaping import quoted, shortened
from ._util.plain_values import plain_int, plain_str
from ._util.zones import is_localhost
from .applied_overrides import AppliedOverride, OverrideArgument
from .errors import InvalidServerName
from .server_name import ServerName, ip_literal, is_hostname

_ADDRESS_AND_PORT = 2
_OWN_NAMES = frozenset(
    {
        "ip6-localhost",
        "ip6-loopback",
        "ip6-allnodes",
        "ip6-allrouters",
        "ip6-localnet",
        "ip6-mcastprefix",
        "broadcasthost",
    }
)
"""What the hosts files of operating systems call their own addresses."""
_BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"  # Windows Notepad begins a file with it
_LARGEST_HOSTS_FILE = 10_000_000
"""Characters of a hosts file. Lists against advertising, the longest ones in use, have less than half of that."""


@attrs.frozen(init=False, repr=False)
class UseAddresses:
    """Connect to these addresses instead. The Host header and the certificate stay those of the server name.

    No lookup is made: neither for a well-known document nor in the DNS. ``curl --connect-to`` and a hosts file do the same.

    Args:
        addresses: IPv4 or IPv6 addresses without brackets, in the order in which to try them.
        port: The TCP port; by default the port in the server name, or 8448.

    Attributes:
        addresses: The addresses in RFC 5952 form, each once.
        port: The TCP port, or None.

    Raises:
        TypeError: If an address is not a string, or *port* is not an integer.
        ValueError: If there are no addresses, one is not valid, or *port* is out of range.
    """

    addresses: tuple[str, ...]
    port: int | None

    def __init__(self, *addresses: str, port: int | None = None) -> None:
        if not addresses:
            raise ValueError("UseAddresses() needs at least one IP address")
        if port is not None:
            check_port(port)
        # A frozen class is set like this; type checkers do not know __attrs_init__.
        object.__setattr__(self, "addresses", tuple(dict.fromkeys(map(parse_address, addresses))))
        object.__setattr__(self, "port", None if port is None else plain_int(port))

    def __repr__(self) -> str:
        port = [] if self.port is None else [f"port={self.port}"]
        return f"UseAddresses({', '.join([*map(quoted, self.addresses), *port])})"


def _delegated_name(text: object) -> ServerName:
    if not isinstance(text, str):
        raise TypeError(
            f'DelegateTo.server_name is {shown(text)}; it must be a server name such as "matrix.example.com:443"'
        )
    return ServerName(text)


@attrs.frozen(repr=False)
class DelegateTo:
    """Resolve the server name as if its well-known document delegated to *server_name*, which then determines Host and certificate.

    The well-known document is not requested. The delegated name is looked up as in steps 3.1 to 3.5 of the specification.

    Attributes:
        server_name: The name that would be in ``m.server``, such as ``"matrix.example.com:443"``.

    Raises:
        InvalidServerName: If *server_name* is not a valid server name.
    """

    server_name: ServerName = attrs.field(converter=_delegated_name)

    def __repr__(self) -> str:
        return f"DelegateTo({quoted(self.server_name)})"


Override = UseAddresses | DelegateTo | tuple[str, int]
"""What *overrides* accepts for a server name. ``(ip, port)`` is short for ``UseAddresses(ip, port=port)``."""


@attrs.frozen
class NameOverride:
    """The override of one server name.

    Attributes:
        value: What it says.
        applied: How traces and errors name it.
    """

    value: UseAddresses | DelegateTo
    applied: AppliedOverride


@attrs.frozen
class HostOverride:
    """The override of one host.

    Attributes:
        ips: Its addresses, in the order in which to try them.
        applied: How traces and errors name it.
    """

    ips: tuple[str, ...]
    applied: AppliedOverride


def parse_overrides(overrides: Mapping[str, Override]) -> dict[str, NameOverride]:
    """Check the overrides of server names, and return them by server name in lower case.

    Raises:
        TypeError: If a value is of another type.
        ValueError: If a name or a value is not valid; `InvalidServerName` for a name.
    """
    parsed: dict[str, NameOverride] = {}
    _check_mapping("overrides", overrides)
    for name, given in overrides.items():
        key = _parse_name("overrides", name).lower()
        _refuse_repeated("overrides", key, parsed)
        value = _parse_value(name, given)
        parsed[key] = NameOverride(value, _applied("overrides", name, repr(value)))
    return parsed


def parse_host_overrides(host_overrides: Mapping[str, str | Sequence[str]]) -> dict[str, HostOverride]:
    """Check the overrides of hosts, and return them by host in lower case.

    Raises:
        TypeError: If an address is not a string.
        ValueError: If a host or an address is not valid; `InvalidServerName` for a host.
    """
    parsed: dict[str, HostOverride] = {}
    _check_mapping("host_overrides", host_overrides)
    for name, given in host_overrides.items():
        key = _parse_host(name)
        _refuse_repeated("host_overrides", key, parsed)
        ips = _parse_host_addresses(name, given)
        parsed[key] = HostOverride(ips, _applied("host_overrides", name, ", ".join(ips)))
    return parsed


def parse_hosts_file(text: str) -> dict[str, tuple[str, ...]]:
    """Return the addresses of the hosts in a file with the format of ``/etc/hosts``, to be passed as ``host_overrides``.

    Left out are ``localhost`` and names with an underscore, which the resolver never looks up, the names that operating systems give to addresses
    of their own, such as ``ip6-allnodes`` and ``broadcasthost``, and lines with an unspecified, multicast or broadcast address. Lists against
    advertising use ``0.0.0.0`` to block a host, which an override cannot express. A dot at the end of a name is removed.

    Args:
        text: Lines of an address and names; ``#`` begins a comment. The line ends are those of Unix or Windows. A byte order mark is skipped.

    Returns:
        By host in lower case, the addresses of all its lines.

    Raises:
        TypeError: If *text* is not a string.
        ValueError: If *text* is too long, or a line is not valid; the message has the number of the line.
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise TypeError(f"the text of the hosts file must be a str, not {type(text).__name__}")
    if len(text) > _LARGEST_HOSTS_FILE:
        raise ValueError(f"the hosts file has {len(text):,} characters, more than the limit of {_LARGEST_HOSTS_FILE:,}")
    hosts: dict[str, dict[str, None]] = {}
    address = lru_cache(maxsize=1)(_hosts_file_address)  # long files have the same address in every line
    # str.splitlines() would also end a line, and with it a comment, at characters such as U+2028.
    for number, line in enumerate(plain_str(text).removeprefix(_BYTE_ORDER_MARK).split("\n"), 1):
        try:
            for host, ip in _parse_hosts_line(line, address):
                hosts.setdefault(host, {})[ip] = None
        except ValueError as error:
            raise ValueError(f"line {number} of the hosts file is not valid: {error}") from None
    return {host: tuple(ips) for host, ips in hosts.items()}


def _parse_hosts_line(line: str, parse_address: Callable[[str], str]) -> list[tuple[str, str]]:
    address, *names = line.partition("#")[0].split() or [""]
    if not address:
        return []
    ip = parse_address(address)
    if not names:
        raise ValueError(f"{quoted(address)} has no name after it")
    if not ip:
        return []
    hosts = [name.removesuffix(".") for name in names if "_" not in name and name.lower() not in _OWN_NAMES]
    for name in hosts:
        if not is_hostname(name):
            raise ValueError(f"{quoted(ServerName.parse(name))} is not a hostname")
    return [(name.lower(), ip) for name in hosts if not is_localhost(name.lower())]


def _hosts_file_address(text: str) -> str:
    """Return the address at the beginning of a line; an empty string if it is not that of a single host."""
    ip = ip_literal(text)
    if ip is None:
        raise ValueError(f"{quoted(text)} is not an IP address; each line begins with one")
    return "" if not_of_a_host(ip) else ip


def _parse_value(name: str, given: object) -> UseAddresses | DelegateTo:
    if isinstance(given, UseAddresses | DelegateTo):
        return given
    where = _place("overrides", name)
    if _is_pair(given):
        ip, port = cast("tuple[str, int]", given)
        try:
            check_port(port)  # UseAddresses accepts None
            return UseAddresses(ip, port=port)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{where} is not valid: {error}") from None
    message = (
        f"{where} is {shown(given)}; it must be an (ip, port) tuple or UseAddresses(...) to change "
        "where to connect, or DelegateTo(...) to act as if a well-known document named another server"
    )
    raise TypeError(message)


def _is_pair(given: object) -> bool:
    return isinstance(given, tuple) and len(cast("tuple[object, ...]", given)) == _ADDRESS_AND_PORT


def _parse_name(argument: OverrideArgument, name: str) -> ServerName:
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise TypeError(f"a key of {argument} is {shown(name)}; it must be a server name or a hostname, as a str")
    try:
        return ServerName.parse(name)
    except InvalidServerName as error:
        error.args = (f"a key of {argument} is not valid: {error}",)
        raise


def _parse_host(name: str) -> str:
    parsed = _parse_name("host_overrides", name)
    if parsed.dns_name is None or parsed.port is not None:
        what = "an IP address" if parsed.dns_name is None else "a port"
        message = f"{_place('host_overrides', name)} has {what} as its key; the key must be a hostname without a port, because ports stay"
        raise ValueError(message)
    return parsed.dns_name


def _parse_host_addresses(name: str, given: object) -> tuple[str, ...]:
    if _is_pair(given) and isinstance(cast("tuple[object, object]", given)[1], int):
        place = _place("host_overrides", name)
        raise TypeError(
            f"{place} is {shown(given)}; a port is not possible here, because the ports of a host's targets stay"
        )
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise TypeError(
            f"{_place('host_overrides', name)} is {shown(given)}; it must be an IP address or several, as strings"
        )
    addresses = (given,) if isinstance(given, str) else tuple(cast("Sequence[object]", given))
    if not addresses:
        raise ValueError(f"{_place('host_overrides', name)} has no addresses; it needs at least one IP address")
    try:
        return tuple(dict.fromkeys(map(parse_address, addresses)))
    except (TypeError, ValueError) as error:
        raise type(error)(f"{_place('host_overrides', name)} is not valid: {error}") from None


def _check_mapping(argument: OverrideArgument, given: object) -> None:
    if not isinstance(given, Mapping):
        keys = "server names" if argument == "overrides" else "hostnames"
        raise TypeError(f"{argument} must be a mapping with {keys} as its keys, not {shown(given)}")


def _refuse_repeated(argument: OverrideArgument, key: str, parsed: Mapping[str, object]) -> None:
    if key in parsed:
        raise ValueError(f"{argument} has {quoted(key)} more than once, in different spellings; keep one of them")


def _place(argument: OverrideArgument, name: str) -> str:
    return f"{argument}[{quoted(name)}]"


def _applied(argument: OverrideArgument, name: str, value: str) -> AppliedOverride:
    return AppliedOverride(argument, plain_str(name), shortened(value, limit=LONGEST_VALUE))
