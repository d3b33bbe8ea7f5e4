"""Assign documentation addresses to hosts.

Source: RFC 5737 (IPv4), RFC 3849 (IPv6).
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from ...server_name import canonical_ip

NETWORKS = ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "2001:db8::/32")
_V4 = [IPv4Network(network) for network in NETWORKS[:3]]


class DocumentationAddresses:
    """Assigns each host an IPv6 and an IPv4 address that no other host has."""

    def __init__(self) -> None:
        self._hosts: dict[str, tuple[str, ...]] = {}
        self._free = _pairs()

    def of(self, host: str) -> tuple[str, ...] | None:
        """Return the addresses of *host*, or None if it has none yet."""
        return self._hosts.get(host)

    def assign(self, host: str, addresses: Sequence[str] | None) -> tuple[str, ...]:
        """Assign *addresses* to *host*, or the next free pair if *addresses* is None.

        Raises:
            ValueError: If an address is not valid, or no pair is free.
        """
        self._hosts[host] = self._next_pair() if addresses is None else tuple(map(canonical_ip, addresses))
        return self._hosts[host]

    def _next_pair(self) -> tuple[str, ...]:
        taken = {ip for addresses in self._hosts.values() for ip in addresses}
        for pair in self._free:
            if not taken.intersection(pair):
                return pair
        raise ValueError("all documentation addresses are taken: pass addresses=")


def _pairs() -> Iterator[tuple[str, str]]:
    for prefix, network in enumerate(_V4):
        for number, v4 in enumerate(network.hosts(), 1):
            yield canonical_ip(f"2001:db8:{prefix:x}::{number:x}"), str(v4)
