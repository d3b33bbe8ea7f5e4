"""Accepting connections: no more than there are descriptors for, none that stays silent, and at most a line a minute about those that failed.

asyncio's own servers accept whatever comes and give each TLS handshake 60 s. So silent connections use up the descriptors of the process, and then
asyncio logs a traceback for each connection that it cannot accept.
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

from ..owned_tasks import OwnedTasks
from .failure_log import FailureLog

HANDSHAKE_TIMEOUT = 5.0
"""Seconds for a TLS handshake. It takes two or three round trips, which even over a satellite are done in two seconds."""
REQUEST_TIMEOUT = 10.0
"""Seconds from accepting a connection to the end of its first request, which is a few hundred bytes."""
MAX_CONNECTIONS = 500
"""Open connections at most, whatever the limit of descriptors: asyncio takes 256 KiB for each one with TLS, which is 128 MiB for all of them."""
_SHUTDOWN_TIMEOUT = 2.0  # seconds for the other side to end TLS; asyncio's 30 hold the descriptor for so long
_SWEEP_INTERVAL = 1.0  # seconds between two looks for silent connections
_PAUSE = 0.1  # seconds after which accepting is tried again when there was no descriptor
_CLOSING_ITERATIONS = 3  # of the event loop, in which it closes the sockets of aborted connections
_BACKLOG = 128  # connections that the system holds until they are accepted; asyncio's is 100, aiohttp's 128
_NO_DESCRIPTOR = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_NO_SUCH_FAMILY = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class Connection(asyncio.Protocol):
    """Passes everything on to the protocol that handles requests; that is made when the handshake is over.

    Attributes:
        since: When it was accepted, by the clock of the event loop.
        has_begun: The handshake has begun.
        task: Makes the handshake.
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
        """Close it now, whatever it is doing."""
        if self._transport is None:
            self.task.cancel()
        else:
            self._transport.abort()

    def was_served(self) -> None:
        """Note that a request was answered."""
        self._listener.note_served(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self._handler = self._listener.make_handler()
        self._handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self._handler is not None:
            self._handler.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._handler.eof_received() if self._handler is not None else None

    def pause_writing(self) -> None:
        """Pass it on."""
        if self._handler is not None:
            self._handler.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        if self._handler is not None:
            self._handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on, and give the place to another one."""
        self._listener.note_lost(self)
        if self._handler is not None:
            self._handler.connection_lost(exc)


class Listener:
    """Listens on any number of addresses for the time of an ``async with`` block, and keeps the number of connections at a limit.

    When it is reached, the oldest connection that has not completed a request makes room for a new one, or the oldest of all if each has.
    Connections that are open at the end are closed; `stop` comes first where requests under way are to be completed.

    Args:
        make_handler: Makes the protocol that handles the requests of one connection.
        context: The TLS context, or None for connections without TLS.
        tell: Gets a line about failed connections once a minute.
        limit: How many connections there may be.
        handshake_timeout: Seconds for a TLS handshake.
        request_timeout: Seconds for the first request, the handshake included.
    """

    def __init__(
        self,
        make_handler: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext | None,
        tell: Callable[[str], None],
        *,
        limit: int,
        handshake_timeout: float = HANDSHAKE_TIMEOUT,
        request_timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        self.make_handler: Callable[[], asyncio.Protocol] = make_handler
        self._limit, self._request_timeout = limit, request_timeout
        self._failures = FailureLog(tell)
        self._waiting, self._served = OrderedDict[Connection, None](), OrderedDict[Connection, None]()
        self._sockets: list[socket.socket] = []
        self._tasks = OwnedTasks()
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
        """Accept no more connections, and give up handshakes that are under way."""
        if self._timer is not None:
            self._timer.cancel()
        self._failures.close()
        await self._tasks.aclose()
        for listening in self._sockets:
            listening.close()

    def listen(self, ip: str | None, port: int) -> None:
        """Listen on an address, or on all addresses of both families.

        Raises:
            OSError: If that is not possible.
        """
        for listening in _listening_sockets(ip, port):
            self._sockets.append(listening)
            self._tasks.add(asyncio.create_task(self._accept(listening)))

    @property
    def addresses(self) -> Sequence[tuple[str, int]]:
        """Where it listens."""
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
            await asyncio.sleep(0)  # `sock_accept` does not wait where a connection is there already

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
        if not connection.has_begun:  # a task may be cancelled before it runs; afterwards the socket belongs to asyncio
            accepted.close()

    def note_served(self, connection: Connection) -> None:
        """Note that a request was answered."""
        if connection in self._waiting:
            del self._waiting[connection]
            self._served[connection] = None

    def note_lost(self, connection: Connection) -> None:
        """Forget a connection."""
        self._waiting.pop(connection, None)
        self._served.pop(connection, None)

    def _make_room(self) -> None:
        for connections in (self._waiting, self._served):
            if connections:
                connections.popitem(last=False)[0].close()
                self._failures.count("closed to make room")
                return

    def _sweep(self) -> None:
        """Close connections that have not completed a request in time, oldest first, and do so again in a while."""
        while self._waiting and self._loop.time() - next(iter(self._waiting)).since >= self._request_timeout:
            self._waiting.popitem(last=False)[0].close()
            self._failures.count(f"without a request within {self._request_timeout:g} s")
        self._timer = self._loop.call_later(_SWEEP_INTERVAL, self._sweep)


def connection_limit(descriptors: int | None) -> int:
    """Return how many connections there may be: half of the file descriptors of the process, at most `MAX_CONNECTIONS`.

    The other half is for the program around the server, certificates that are read again, and connections that are about to be closed.

    Args:
        descriptors: How many file descriptors the process may have; None for any number.
    """
    return MAX_CONNECTIONS if descriptors is None else max(1, min(MAX_CONNECTIONS, descriptors // 2))


def descriptor_limit() -> int | None:
    """Return how many file descriptors this process may have; None for any number, or where the system has no such limit."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _listening_sockets(ip: str | None, port: int) -> list[socket.socket]:
    """Bind an address, or where *ip* is None one of each family that the machine has."""
    infos = socket.getaddrinfo(ip, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    with contextlib.ExitStack() as stack:
        bound, missing = list[socket.socket](), list[OSError]()
        for family, _, _, _, address in dict.fromkeys(infos):
            try:
                bound.append(stack.enter_context(socket.create_server(address, family=family, backlog=_BACKLOG)))
            except OSError as error:
                if ip is not None or error.errno not in _NO_SUCH_FAMILY:
                    raise
                missing.append(error)
        if missing and not bound:
            raise missing[0]
        stack.pop_all()
    for listening in bound:
        listening.setblocking(False)
    return bound
