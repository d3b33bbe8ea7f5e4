"""The limits of one check (time, connections, addresses, hosts and names), and a record of what it left out."""

import asyncio
import math
from typing import Self

import attrs

from .._util.argument_checks import Number, shown
from .evidence import CheckLimit, LeftOut, LeftOutKind

TIMEOUT = 30.0
"""Seconds for the whole check. It is more than a resolution (14.5) and one silent connection (8) take together."""
REQUEST_TIMEOUT = 8.0
"""Seconds for one connection, and for one request to a target."""
MAX_CONNECTIONS = 100
"""Connections of one check: 20 healthy targets need 60, a document at eight addresses needs 16, and the resolution needs 20."""
RESOLUTION_CONNECTIONS = 20
"""How many of the connections the resolution may use for the well-known document."""
TARGET_CONNECTIONS = 3
"""Connections to every target: for the TLS handshake, for the version, and for the keys."""
DETAIL_CONNECTIONS = 3
"""Additional connections to a target whose version response is wrong."""
DHE_ADDRESSES = 2
"""Addresses at which a handshake with finite-field Diffie-Hellman is tried: all addresses of a host usually have the same configuration."""
MAX_WELL_KNOWN_ADDRESSES = 16
"""Addresses of the domain from which the document is requested; large content delivery networks publish twelve."""
MAX_REDIRECTED_HOSTS = 4
"""Hosts at the end of redirects that are requested at each of their addresses. Usually there is one."""
MAX_REDIRECTED_ADDRESSES = 8
"""Addresses of such a host, which may belong to somebody else."""
MAX_HOP_ADDRESSES = 2
"""Addresses that are tried for each redirect when the chain is followed for the first time."""
MAX_DELEGATED_NAMES = 4
"""Delegated names whose DNS records are looked up. More than one is already a fault."""
MAX_DNS_NAMES = 64
"""Names that are queried in the DNS: twice as many SRV targets as servers try, and the names that lead to them."""
AT_ONCE = 20
"""Addresses that are checked at the same time, with at most two connections each."""


class ConnectionsUsedUp(Exception):  # noqa: N818 - it ends the work, and is not an error
    """The check has opened as many connections as it may."""


class ConnectionBudget:
    """The number of connections that may still be opened.

    Args:
        count: How many connections.
        parent: The budget of which this one is a part, or None.
    """

    def __init__(self, count: int, parent: "ConnectionBudget | None" = None) -> None:
        self._count = count
        self._parent = parent

    @property
    def left(self) -> int:
        """How many connections are left."""
        return self._count if self._parent is None else min(self._count, self._parent.left)

    def take(self, count: int = 1) -> None:
        """Use *count* connections.

        Raises:
            ConnectionsUsedUp: If fewer than *count* connections are left. Then none of them is used.
        """
        if count > self.left:
            raise ConnectionsUsedUp
        self._add(-count)

    def give_back(self, count: int) -> None:
        """Put back connections that were taken but not opened."""
        self._add(count)

    def _add(self, count: int) -> None:
        self._count += count
        if self._parent is not None:
            self._parent.give_back(count)


@attrs.frozen
class Bounds:
    """What is left of the limits of one check.

    Attributes:
        request_timeout: Seconds for each connection and each request to a target.
        at_once: A semaphore that is held for each address while it is checked.
        connections: The connections for everything except the resolution.
        well_known: The part of *connections* for the well-known document, so that endless redirects leave some for the targets.
        dhe: The part of *connections* for handshakes with finite-field Diffie-Hellman.
        left_out: What was left out, by kind and place.
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
            TypeError: If one of them is not a number.
            ValueError: If *max_connections* is not enough for a resolution, or *request_timeout* is not a finite number above 0.
        """
        # The resolution alone may need the least number.
        Number("integer", RESOLUTION_CONNECTIONS, 1_000_000).check("max_connections", max_connections)
        refuse_no_time("request_timeout", request_timeout)
        connections = ConnectionBudget(max_connections - RESOLUTION_CONNECTIONS)
        return cls(
            request_timeout,
            at_once or asyncio.Semaphore(AT_ONCE),
            connections,
            well_known=ConnectionBudget(connections.left // 2, connections),
            dhe=ConnectionBudget(DHE_ADDRESSES, connections),
        )

    def leave_out(self, what: LeftOutKind, place: str, limit: CheckLimit) -> None:
        """Record that *place* was not checked. Only the first limit that was reached is kept."""
        self.left_out.setdefault((what, place), LeftOut(what, place, limit))


def refuse_no_time(name: str, seconds: object) -> None:
    """Raise ValueError if *seconds* is not a finite number above 0, or TypeError if it is not a number."""
    wanted = "it must be a finite number of seconds above 0"
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name} is {shown(seconds)}; {wanted}")
    if not 0 < seconds < math.inf:
        raise ValueError(f"{name} is {shown(seconds)}; {wanted}")
