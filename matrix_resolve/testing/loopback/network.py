"""The sockets of a loopback federation: a name server, HTTPS listeners, and unreachable ports."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from ssl import SSLContext
from typing import Any

from .loop_thread import LoopThread
from .name_server import serve_zone
from .replies import Reply
from .seen import SeenRequest
from .unreachable_ports import StopMode, UnreachablePorts
from .web_server import WebServer
from .zone import Zone


class LoopbackNetwork:
    """Opens ports on loopback and serves them from its own thread.

    Args:
        zone: The records of the name server.
        choose_context: Returns the TLS context for an address, a port and a TLS name.
        answer: Returns the reply to a request.

    Attributes:
        nameserver: The address and port of the name server, such as ``"127.0.0.1:5353"``.
    """

    def __init__(
        self,
        zone: Zone,
        choose_context: Callable[[str, int, str | None], SSLContext],
        answer: Callable[[SeenRequest], Reply],
    ) -> None:
        self.nameserver: str = ""
        self._zone = zone
        self._choose_context = choose_context
        self._answer = answer
        self._unreachable = UnreachablePorts()
        self._listeners: dict[tuple[str, int], WebServer] = {}
        self._stack = contextlib.AsyncExitStack()
        self._thread = LoopThread()

    def open(self) -> "Future[None]":
        """Start the name server."""
        return self._thread.start(self._start)

    def listen(self, addresses: Sequence[str], port: int) -> None:
        """Open a port on loopback for each of *addresses* that stands for it and *port*, unless it is already open."""
        for ip in addresses:
            if (ip, port) not in self._listeners:
                self._listen(ip, port)

    def _listen(self, ip: str, port: int) -> None:
        listener = WebServer(
            ip, port, choose_context=lambda name: self._choose_context(ip, port, name), answer=self._answer
        )
        self._listeners[ip, port] = listener
        self._thread.start(listener.start)

    def place(self, ip: str, port: int) -> tuple[str, int]:
        """Return the address and port on loopback that stand for *ip* and *port*."""
        return self._listeners[ip, port].place

    def unreachable(self, mode: StopMode) -> tuple[str, int]:
        """Return an address and port that do not respond, in the way that *mode* says."""
        return self._unreachable.place(mode)

    def cut_connections(self, ip: str, port: int) -> None:
        """Close all connections to *ip* and *port*."""
        self._thread.start(self._listeners[ip, port].cut_connections)

    def close(self, first: Callable[[], Coroutine[Any, Any, None]]) -> "Future[None]":
        """Run *first*, and then close all sockets. After that, call `end`. In a forked child, do nothing: the parent's thread does it."""
        if not self._thread.is_here:
            nothing = Future[None]()
            nothing.set_result(None)
            return nothing
        return self._thread.start(lambda: self._shut_down(first))

    def end(self) -> None:
        """End the thread and close the unreachable ports."""
        if self._thread.is_here:
            self._thread.stop()
        self._unreachable.close()

    async def _start(self) -> None:
        server = await self._stack.enter_async_context(serve_zone(self._zone))
        self.nameserver = server.address

    async def _shut_down(self, first: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async with self._stack:
            await first()
            await asyncio.gather(*(listener.aclose() for listener in self._listeners.values()))
