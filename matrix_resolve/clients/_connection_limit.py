"""Limits the connections of a client that are in use, in total and to one server.

The pools of aiohttp and httpcore count a connection from the moment it is requested. Names with silent targets would occupy all connections for
as long as connecting may take. So the limits of the pools are disabled, and this module counts instead: a connection that is being opened counts only
for its own server. `ConnectionSlots` limits how many are being opened.
"""

import asyncio
from collections.abc import Hashable

import attrs

from .._util.argument_checks import TIMEOUT, Number
from .._util.file_descriptors import descriptor_limit

_DESCRIPTORS = descriptor_limit()

USUAL_TOTAL = 1_000 if _DESCRIPTORS is None else min(1_000, max(100, _DESCRIPTORS // 4))
"""Default limit of connections in use: a quarter of the file descriptors, because connections that are idle or being opened also need some, and at
most 1,000. A server that never responds holds a connection for as long as the client's timeout allows."""

USUAL_PER_SERVER = max(25, USUAL_TOTAL // 8)
"""Default limit of connections to one server, in use or being opened, so that one server cannot hold all of them."""


_LIMIT = Number("integer", 0, 1_000_000, or_none=True)


def checked_timeout(connect_timeout: float) -> float:
    """Return *connect_timeout* if it is a number from 0.01 to 3,600."""
    TIMEOUT.check("connect_timeout", connect_timeout)
    return connect_timeout


@attrs.define
class _Server:
    semaphore: asyncio.Semaphore
    uses: int = 0


class ConnectionLimit:
    """Counts the connections of one client.

    Args:
        total: Connections in use at the same time; 0 for no limit, None for the default.
        per_server: Connections to one server, in use or being opened; 0 for no limit, None for the default.

    Raises:
        TypeError: If a limit is not an integer.
        ValueError: If a limit is negative, or above 1,000,000.
    """

    def __init__(self, total: int | None = None, per_server: int | None = None) -> None:
        _LIMIT.check("the limit of connections", total)
        _LIMIT.check("the limit of connections to one server", per_server)
        self.total = USUAL_TOTAL if total is None else total
        self.per_server = USUAL_PER_SERVER if per_server is None else per_server
        self.room: asyncio.Semaphore | None = asyncio.Semaphore(self.total) if self.total else None
        self._servers: dict[Hashable, _Server] = {}

    def use_of(self, server: Hashable) -> "Use":
        """Return a `Use` of a connection to *server* that has not begun yet."""
        return Use(self, server)

    def server(self, server: Hashable) -> asyncio.Semaphore | None:
        """Count one more user of *server*, and return the semaphore that it has to acquire, or None."""
        if not self.per_server:
            return None
        known = self._servers.get(server)
        if known is None:
            known = self._servers[server] = _Server(asyncio.Semaphore(self.per_server))
        known.uses += 1
        return known.semaphore

    def leave(self, server: Hashable) -> None:
        """Count one user fewer, and forget *server* after the last one."""
        if self.per_server:
            known = self._servers[server]
            known.uses -= 1
            if not known.uses:
                del self._servers[server]


class Use:
    """The use of a connection by one request. It also ends if it is garbage-collected without `end`.

    Args:
        limit: The limit against which it counts.
        server: The server.
    """

    def __init__(self, limit: ConnectionLimit, server: Hashable) -> None:
        self._limit = limit
        self._server = server
        self._per_server = limit.server(server)
        self._is_known = True
        self._has_server = self._counts = False

    @property
    def has_to_wait(self) -> bool:
        """True if `begin` has to wait, because a limit is reached."""
        wanted = [self._limit.room, None if self._has_server else self._per_server]
        return any(semaphore is not None and semaphore.locked() for semaphore in wanted)

    async def begin(self) -> None:
        """Wait until no limit is reached."""
        if self._per_server is not None and not self._has_server:
            await self._per_server.acquire()
            self._has_server = True
        await self.resume()

    def pause(self) -> None:
        """Count only for the server while a connection is being opened."""
        if self._counts and self._limit.room is not None:
            self._limit.room.release()
        self._counts = False

    async def resume(self) -> None:
        """Wait until the total limit allows it."""
        if not self._counts and self._limit.room is not None:
            await self._limit.room.acquire()
        self._counts = True

    def end(self) -> None:
        """End the use, so that another one can begin. Later calls do nothing."""
        self.pause()
        if self._has_server and self._per_server is not None:
            self._per_server.release()
        self._has_server = False
        if self._is_known:
            self._is_known = False
            self._limit.leave(self._server)

    def __del__(self) -> None:
        self.end()
