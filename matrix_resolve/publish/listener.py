"""Accept connections, limit their number, close silent ones, and log failed ones with at most one line a minute.

asyncio's own servers accept every connection and allow 60 s for a TLS handshake. So silent connections use up the file descriptors of the
process, and asyncio then logs a traceback for each connection that it cannot accept.
"""

import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, cast

from .._util.tasks import TaskSet
from .failure_log import FailureLog

HANDSHAKE_TIMEOUT = 5.0
"""Seconds for a TLS handshake. It takes two or three round trips: less than two seconds, even over a satellite."""
REQUEST_TIMEOUT = 10.0
"""Seconds from accepting a connection to the end of its first request, which is a few hundred bytes."""
MAX_CONNECTIONS = 500
"""Largest number of open connections, whatever the limit of file descriptors: with TLS, asyncio uses 256 KiB for each, 128 MiB in total."""
_SHUTDOWN_TIMEOUT = (
    2.0  # seconds for the peer to end TLS; asyncio's default of 30 would hold the file descriptor longer
)
_SWEEP_INTERVAL = 1.0  # seconds between two searches for silent connections
_PAUSE = 0.1  # seconds before accepting is tried again after there was no file descriptor
_CLOSING_ITERATIONS = 3  # iterations of the event loop, in which it closes the sockets of aborted connections
_BACKLOG = 128  # connections that the system queues until they are accepted; asyncio's default is 100, aiohttp's 128
_NO_DESCRIPTOR = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_NO_SUCH_FAMILY = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class Connection(asyncio.Protocol):
    """One connection. It passes all events to the protocol that handles requests, which is created after the handshake.

    Attributes:
        since: When it was accepted, in event loop time.
        has_begun: True if the handshake has begun.
        task: Performs the handshake.
    """

    task: "asyncio.Task[None]"

    def __init__(self, listener: "Listener", since: float) -> None:
        self.since: float = since
        self.has_begun: bool = False
        self._listener = listener
        self._handler: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """True if the handshake is over."""
        return self._transport is not None

    def close(self) -> None:
        """Close the connection at once."""
        if self._transport is None:
            self.task.cancel()
        else:
            self._transport.abort()

    def was_served(self) -> None:
        """Record that a request was answered."""
        self._listener.note_served(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Create the protocol, and pass the connection to it."""
        self._transport = cast("asyncio.Transport", transport)
        self._handler = self._listener.make_handler()
        self._handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass the event to the handler."""
        if self._handler is not None:
            self._handler.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass the event to the handler."""
        return self._handler.eof_received() if self._handler is not None else None

    def pause_writing(self) -> None:
        """Pass the event to the handler."""
        if self._handler is not None:
            self._handler.pause_writing()

    def resume_writing(self) -> None:
        """Pass the event to the handler."""
        if self._handler is not None:
            self._handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the event to the handler, and make room for another connection."""
        self._listener.note_lost(self)
        if self._handler is not None:
            self._handler.connection_lost(exc)


class Listener:
    """Listens on any number of addresses during an ``async with`` block, and limits the number of connections.

    At the limit, a new connection closes another one. If more than half of the connections have completed a request, the one of these
    whose last response is the oldest is closed. Otherwise, the oldest one that has not completed a request is closed. So each of the two
    kinds can use half of the limit: connections that are kept open cannot block new ones, and silent connections cannot block those that
    make requests.
    Connections that are open at the end of the block are closed; call `stop` first to let requests in progress complete.

    Args:
        make_handler: Returns a new protocol that handles the requests of one connection.
        context: The TLS context, or None for connections without TLS.
        log: Called with a line about failed connections, at most once a minute.
        limit: The largest number of connections.
        handshake_timeout: Seconds for a TLS handshake.
        request_timeout: Seconds for the first request, including the handshake.
    """

    def __init__(
        self,
        make_handler: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext | None,
        log: Callable[[str], None],
        *,
        limit: int,
        handshake_timeout: float = HANDSHAKE_TIMEOUT,
        request_timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        self.make_handler: Callable[[], asyncio.Protocol] = make_handler
        self._limit, self._request_timeout = limit, request_timeout
        self._failures = FailureLog(log)
        self._waiting, self._served = OrderedDict[Connection, None](), OrderedDict[Connection, None]()
        self._sockets: list[socket.socket] = []
        self._tasks = TaskSet()
        self._timer: asyncio.TimerHandle | None = None
        self._options: dict[str, Any] = {}
        if context is not None:
            timeouts = {"ssl_handshake_timeout": handshake_timeout, "ssl_shutdown_timeout": _SHUTDOWN_TIMEOUT}
            self._options = {"ssl": context, **timeouts}

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._sweep()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()
        for connection in (*self._waiting, *self._served):
            connection.close()
        for _ in range(_CLOSING_ITERATIONS):
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Accept no more connections, and cancel handshakes in progress."""
        if self._timer is not None:
            self._timer.cancel()
        self._failures.close()
        await self._tasks.aclose()
        for listening in self._sockets:
            listening.close()

    def listen(self, ip: str | None, port: int) -> None:
        """Listen on an address, or on all addresses of both families.

        Raises:
            OSError: If it cannot listen on the address.
        """
        for listening in _listening_sockets(ip, port):
            self._sockets.append(listening)
            self._tasks.add(asyncio.create_task(self._accept(listening)))

    @property
    def addresses(self) -> Sequence[tuple[str, int]]:
        """The addresses on which it listens."""
        return [listening.getsockname()[:2] for listening in self._sockets]

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                accepted, _ = await self._loop.sock_accept(listening)
            except OSError as error:
                self._failures.count(f"not accepted ({os.strerror(error.errno or 0)})")
                if error.errno in _NO_DESCRIPTOR:
                    self._make_room()
                    await asyncio.sleep(_PAUSE)
            else:
                self._begin(accepted)
            await asyncio.sleep(0)  # `sock_accept` does not wait if a connection is already there

    def _begin(self, accepted: socket.socket) -> None:
        if len(self._waiting) + len(self._served) >= self._limit:
            self._make_room()
        connection = Connection(self, self._loop.time())
        self._waiting[connection] = None
        connection.task = asyncio.create_task(self._shake_hands(connection, accepted))
        connection.task.add_done_callback(lambda _: self._after_handshake(connection, accepted))
        self._tasks.add(connection.task)

    async def _shake_hands(self, connection: Connection, accepted: socket.socket) -> None:
        connection.has_begun = True
        try:
            await self._loop.connect_accepted_socket(lambda: connection, accepted, **self._options)
        except OSError:
            self._failures.count("in the TLS handshake")

    def _after_handshake(self, connection: Connection, accepted: socket.socket) -> None:
        if not connection.is_open:
            self.note_lost(connection)
        if not connection.has_begun:  # a task may be cancelled before it runs; once it runs, asyncio owns the socket
            accepted.close()

    def note_served(self, connection: Connection) -> None:
        """Record that a request was answered."""
        if connection in self._waiting:
            del self._waiting[connection]
            self._served[connection] = None
        elif connection in self._served:
            self._served.move_to_end(connection)

    def note_lost(self, connection: Connection) -> None:
        """Forget a connection."""
        self._waiting.pop(connection, None)
        self._served.pop(connection, None)

    def _make_room(self) -> None:
        has_many_served = len(self._served) > self._limit // 2
        connections = self._served if has_many_served or not self._waiting else self._waiting
        if connections:
            connections.popitem(last=False)[0].close()
            self._failures.count("closed to make room")

    def _sweep(self) -> None:
        """Close connections that have not completed a request in time, oldest first, and schedule the next sweep."""
        while self._waiting and self._loop.time() - next(iter(self._waiting)).since >= self._request_timeout:
            self._waiting.popitem(last=False)[0].close()
            self._failures.count(f"without a request within {self._request_timeout:g} s")
        self._timer = self._loop.call_later(_SWEEP_INTERVAL, self._sweep)


def connection_limit(descriptors: int | None) -> int:
    """Return the largest number of connections: half of the process's file descriptors, at most `MAX_CONNECTIONS`.

    The other half is for the rest of the program, for reloading certificates, and for connections that are about to be closed.

    Args:
        descriptors: How many file descriptors the process may have; None for no limit.
    """
    return MAX_CONNECTIONS if descriptors is None else max(1, min(MAX_CONNECTIONS, descriptors // 2))


def _why_not_bound(error: OSError, ip: object, port: object) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {ip} is in use by another program"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{ip} is not an address of this machine"
    return f"port {port} of {ip} cannot be listened on: {os.strerror(error.errno or 0).lower()}"


def _listening_sockets(ip: str | None, port: int) -> list[socket.socket]:
    """Bind an address; if *ip* is None, one address of each family that the machine has."""
    infos = socket.getaddrinfo(ip, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    with contextlib.ExitStack() as stack:
        bound, missing = list[socket.socket](), list[OSError]()
        for family, _, _, _, address in dict.fromkeys(infos):
            try:
                bound.append(stack.enter_context(socket.create_server(address, family=family, backlog=_BACKLOG)))
            except OSError as error:
                failure = OSError(error.errno, _why_not_bound(error, *address[:2]))
                if ip is not None or error.errno not in _NO_SUCH_FAMILY:
                    raise failure from error
                missing.append(failure)
        if missing and not bound:
            raise missing[0]
        stack.pop_all()
    for listening in bound:
        listening.setblocking(False)
    return bound
