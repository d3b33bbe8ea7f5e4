"""Test servers whose connections end together with them."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import cast

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listeners:
    """Servers that call a function for each connection."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, at: tuple[str, int] | socket.socket, behave: Behaviour, tls: ssl.SSLContext | None) -> int:
        """Call *behave* for each connection, then close the connection. Return the port."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = cast("asyncio.Task[None]", asyncio.current_task())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            try:
                await behave(reader, writer)
                await writer.drain()
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):  # asyncio logs cancellations
                pass
            finally:
                writer.close()

        if isinstance(at, tuple):
            server = await asyncio.start_server(handle, *at, ssl=tls)
        else:
            server = await asyncio.start_server(handle, sock=at, ssl=tls)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def aclose(self) -> None:
        """Stop the servers, and cancel what their connections still do."""
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)
