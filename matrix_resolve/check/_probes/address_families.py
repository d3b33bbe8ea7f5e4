"""Detect the address families of this machine, because connection errors do not show whether a family is missing here."""

import ipaddress
from collections.abc import Iterable

from ..._address_families import PUBLIC, has_route
from ..evidence import AddressFamilies


def reach_here(ips: Iterable[str]) -> AddressFamilies:
    """Return which address families this machine has.

    Args:
        ips: The addresses to check. In a closed network, a route to a private address among them is enough.
    """
    near = [ip for ip in ips if not ipaddress.ip_address(ip).is_global]
    v4, v6 = (any(map(has_route, [public, *_like(public, near)])) for public in (PUBLIC["v4"], PUBLIC["v6"]))
    return AddressFamilies(v4, v6)


def _like(ip: str, ips: Iterable[str]) -> list[str]:
    """Return those of *ips* that belong to the address family of *ip*."""
    return [one for one in ips if (":" in one) == (":" in ip)]
