"""The addresses and ports of overrides."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from ._util.escaping import quoted, shortened
from ._util.plain_values import plain_str
from .server_name import canonical_ip

_MAX_PORT = 65535
_BROADCAST = IPv4Address("255.255.255.255")
LONGEST_VALUE = 200
"""Characters of a value that a message shows. An override may have any number of addresses."""


def parse_address(text: object) -> str:
    """Return the address of a host in RFC 5952 form.

    Raises:
        TypeError: If *text* is not a string.
        ValueError: If it is not an address, or one to which nothing can connect.
    """
    if not isinstance(text, str):
        raise TypeError(f'an address must be a string such as "192.0.2.7", not {shown(text)}')
    try:
        ip = canonical_ip(plain_str(text))
    except ValueError:
        raise ValueError(f"{quoted(text)} is not an IP address; pass it without a port, brackets or a zone") from None
    what = not_of_a_host(ip)
    if what:
        raise ValueError(f"{quoted(text)} is {what}, to which nothing can connect; pass the address of one host")
    return ip


def not_of_a_host(ip: str) -> str:
    """Return which kind of address *ip* is if it is not that of a single host, or an empty string."""
    address = ip_address(ip)
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = inner or address
    if address.is_unspecified:
        return "the unspecified address"
    if address.is_multicast:
        return "a multicast address"
    return "the broadcast address" if address == _BROADCAST else ""


def check_port(port: object) -> None:
    """Raise TypeError or ValueError if *port* is not a TCP port."""
    if not isinstance(port, int) or isinstance(port, bool):
        raise TypeError(f"the port must be an integer, not {shown(port)}")
    if not 1 <= port <= _MAX_PORT:
        raise ValueError(f"the port must be between 1 and {_MAX_PORT}, not {shown(port)}")


def shown(value: object) -> str:
    """Return *value* for a message."""
    return shortened(repr(value), limit=LONGEST_VALUE)
