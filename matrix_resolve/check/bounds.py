"""How much one check does at most, in time, connections, addresses, hosts and names; and what it has left out."""

import asyncio
import math
from typing import Literal, Self

import attrs

from .evidence import LeftOut

TIMEOUT = 30.0
"""Seconds for the whole check: longer than a resolution may take (14.5) and a silent connection after it (8)."""
REQUEST_TIMEOUT = 8.0
"""Seconds for one connection, and for one request to a target."""
MAX_CONNECTIONS = 100
"""Connections of one check: 20 targets that are in order take 60, a document at eight addresses takes 16, its resolution 20."""
RESOLUTION_CONNECTIONS = 20
"""Of these, what the resolution may use for the well-known document."""
TARGET_CONNECTIONS = 3
"""What is always opened at a target: the TLS handshake, the request for the version, the one for the keys."""
DETAIL_CONNECTIONS = 3
"""What is opened in addition where the version is not what it should be."""
DHE_ADDRESSES = 2
"""Addresses at which a handshake with finite-field Diffie-Hellman is begun: all addresses of a host usually have the same configuration."""
MAX_WELL_KNOWN_ADDRESSES = 16
"""Addresses of the domain that are asked for the document; large content delivery networks publish twelve."""
MAX_REDIRECTED_HOSTS = 4
"""Hosts that redirects end at, of which each address is asked. One is usual."""
MAX_REDIRECTED_ADDRESSES = 8
"""Addresses of such a host, which may be anybody's."""
MAX_HOP_ADDRESSES = 2
"""Addresses of a host in the middle of a chain of redirects, or at its end before all of them are asked."""
MAX_DELEGATED_NAMES = 4
"""Delegated names whose DNS records are looked up. More than one is a fault already."""
MAX_DNS_NAMES = 64
"""Names that are asked for in the DNS: twice as many SRV targets as servers try, and what leads to them."""
AT_ONCE = 20
"""Addresses that are looked at at the same time, with two connections each at most."""

What = Literal["resolution", "target", "well-known", "dns"]
Limit = Literal["time", "connections", "addresses", "hosts", "names"]


class ConnectionsUsedUp(Exception):  # noqa: N818 - it is no fault of anything
    """No connection is left of those that a check may open."""


class ConnectionBudget:
    """A number of connections that may still be opened.

    Args:
        count: How many.
        parent: Another budget, of which this one is a part.
    """

    def __init__(self, count: int, parent: "ConnectionBudget | None" = None) -> None:
        self._count = count
        self._parent = parent

    @property
    def left(self) -> int:
        """How many are left."""
        return self._count if self._parent is None else min(self._count, self._parent.left)

    def take(self, count: int = 1) -> None:
        """Use *count* connections.

        Raises:
            ConnectionsUsedUp: If fewer are left; none of them is used then.
        """
        if count > self.left:
            raise ConnectionsUsedUp
        self._add(-count)

    def give_back(self, count: int) -> None:
        """Return connections that were taken and not opened."""
        self._add(count)

    def _add(self, count: int) -> None:
        self._count += count
        if self._parent is not None:
            self._parent.give_back(count)


@attrs.frozen
class Bounds:
    """What is left of one check's bounds.

    Attributes:
        request_timeout: Seconds for each connection and each request to a target.
        at_once: Held for each address while it is looked at.
        connections: For everything but the resolution.
        well_known: Of these, what may be used for the well-known document, so that redirects without end leave some for the targets.
        dhe: Of these, what may be used for handshakes with finite-field Diffie-Hellman.
        left_out: What was left out, by what it is and its place.
    """

    request_timeout: float
    at_once: asyncio.Semaphore
    connections: ConnectionBudget
    well_known: ConnectionBudget
    dhe: ConnectionBudget
    left_out: dict[tuple[str, str], LeftOut] = attrs.field(factory=dict[tuple[str, str], LeftOut])

    @classmethod
    def of(cls, *, request_timeout: float, max_connections: int, at_once: asyncio.Semaphore | None) -> Self:
        """Return the bounds of a new check.

        Raises:
            ValueError: If *max_connections* is not enough for a resolution, or *request_timeout* is no time.
        """
        if max_connections < RESOLUTION_CONNECTIONS:
            raise ValueError(
                f"max_connections is {max_connections}; the resolution alone may need some, so it is at least {RESOLUTION_CONNECTIONS}"
            )
        refuse_no_time("request_timeout", request_timeout)
        connections = ConnectionBudget(max_connections - RESOLUTION_CONNECTIONS)
        return cls(
            request_timeout,
            at_once or asyncio.Semaphore(AT_ONCE),
            connections,
            well_known=ConnectionBudget(connections.left // 2, connections),
            dhe=ConnectionBudget(DHE_ADDRESSES, connections),
        )

    def leave_out(self, what: What, place: str, limit: Limit) -> None:
        """Record that *place* was not looked at; the first limit that was reached counts."""
        self.left_out.setdefault((what, place), LeftOut(what, place, limit))


def refuse_no_time(name: str, seconds: float) -> None:
    """Raise ValueError if *seconds* is not a finite number above 0."""
    if not 0 < seconds < math.inf:
        raise ValueError(f"{name} is {seconds:g}; it is a number of seconds above 0")
