"""Detect the address families of this machine, because connection errors do not show whether a family is missing here."""

import ipaddress
import socket
from collections.abc import Iterable

from ..evidence import AddressFamilies

_PUBLIC = ("198.41.0.4", "2001:503:ba3e::2:30")
"""The addresses of a.root-servers.net, which do not change. No packet is sent to them."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


def reach_here(ips: Iterable[str]) -> AddressFamilies:
    """Return which address families this machine has. Connecting a UDP socket looks up a route and sends no packet.

    Args:
        ips: The addresses to check. In a closed network, a route to a private address among them is enough.

    Source:
        RFC 4291, section 2.4: only an address in ``2000::/3`` is reachable from everywhere.
    """
    near = [ip for ip in ips if not ipaddress.ip_address(ip).is_global]
    by_family = [
        any(map(_has_route, [public, *(ip for ip in near if (":" in ip) == (":" in public))])) for public in _PUBLIC
    ]
    return AddressFamilies(*by_family)


def _has_route(ip: str) -> bool:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((ip, 53))
            source = asking.getsockname()[0]
    except OSError:
        return False
    return leads_to(ip, source.partition("%")[0])


def leads_to(ip: str, source: str) -> bool:
    """Return whether replies from *ip* can reach *source*."""
    ours = ipaddress.ip_address(source)
    if not ipaddress.ip_address(ip).is_global:
        return not ours.is_unspecified
    if isinstance(ours, ipaddress.IPv6Address):
        return ours in _GLOBAL_UNICAST
    return not (ours.is_unspecified or ours.is_loopback or ours.is_link_local)
