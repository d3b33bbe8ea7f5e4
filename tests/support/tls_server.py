"""An HTTPS server on loopback that does exactly what a test tells it, and takes down what it sees."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs

from .certificates import own_server_context

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@attrs.define
class Seen:
    """What the server saw.

    Attributes:
        connections: TCP connections that finished TLS.
        tls_names: The SNI of each handshake, None where there was none.
        requests: Each request as (request line, headers in lower case).
    """

    connections: int = 0
    tls_names: list[str | None] = attrs.Factory(list["str | None"])
    requests: list[tuple[str, dict[str, str]]] = attrs.Factory(list["tuple[str, dict[str, str]]"])


@attrs.define
class TlsServer:
    """A running server.

    Attributes:
        port: Where it listens.
        seen: What it saw.
        address: Where it listens.
    """

    port: int
    seen: Seen
    address: str = "127.0.0.1"

    def connect_to(self, ip: str, port: int) -> tuple[str, int]:
        """Lead every connection here."""
        del ip, port
        return self.address, self.port


def respond(status: str = "200 OK", body: bytes = b"", *headers: str, length: int | None = None) -> Behaviour:
    """Answer with these bytes; *length* is the Content-Length if it is not to be true."""
    head = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return send("\r\n".join([*head, "", ""]).encode() + body)


def send(data: bytes) -> Behaviour:
    """Send raw bytes and close."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(data)
        await writer.drain()

    return behave


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the client goes."""
    del writer
    await reader.read()


class _Connections:
    """What becomes of each connection to a server."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.seen = Seen()
        self._behaviour = behaviour
        self._tasks: set[asyncio.Task[None]] = set()

    def note_sni(self, _: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        self.seen.tls_names.append(name)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        self.seen.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            self.seen.requests.append((head[0], {name.lower(): value for name, value in pairs}))
            await self._behaviour(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            if task is not None:
                self._tasks.discard(task)

    async def end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)


@asynccontextmanager
async def tls_server(
    behaviour: Behaviour,
    *names: str,
    kind: str = "right",
    context: ssl.SSLContext | None = None,
    address: str = "127.0.0.1",
) -> AsyncGenerator[TlsServer]:
    """Serve on *address* with a certificate for *names*."""
    connections = _Connections(behaviour)
    tls = context or own_server_context(*names, kind=kind)
    tls.sni_callback = connections.note_sni
    server = await asyncio.start_server(connections.handle, address, 0, ssl=tls)
    try:
        yield TlsServer(server.sockets[0].getsockname()[1], connections.seen, address)
    finally:
        server.close()
        await connections.end()
