"""An HTTPS server on loopback that behaves as a test says, and records what it sees."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs

from .certificates import own_server_context
from .listeners import Behaviour, Listeners


@attrs.define
class Seen:
    """What the server saw.

    Attributes:
        connections: How many TCP connections completed the TLS handshake.
        tls_names: The SNI of each handshake, or None if it had no SNI.
        requests: Each request as (request line, headers with names in lower case).
    """

    connections: int = 0
    tls_names: list[str | None] = attrs.Factory(list["str | None"])
    requests: list[tuple[str, dict[str, str]]] = attrs.Factory(list["tuple[str, dict[str, str]]"])


@attrs.define
class TlsServer:
    """A running server.

    Attributes:
        port: The port on which it listens.
        seen: What it saw.
        address: The address on which it listens.
    """

    port: int
    seen: Seen
    address: str = "127.0.0.1"

    def connect_to(self, ip: str, port: int) -> tuple[str, int]:
        """Return the server's address for every connection."""
        del ip, port
        return self.address, self.port


def respond(status: str = "200 OK", body: bytes = b"", *headers: str, length: int | None = None) -> Behaviour:
    """Return a behaviour that sends this response; *length* is the Content-Length if it is to be wrong."""
    head = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return send("\r\n".join([*head, "", ""]).encode() + body)


def send(data: bytes) -> Behaviour:
    """Return a behaviour that sends raw bytes and closes the connection."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(data)
        await writer.drain()

    return behave


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send nothing until the client closes the connection."""
    del writer
    await reader.read()


@asynccontextmanager
async def tls_server(
    behaviour: Behaviour,
    *names: str,
    kind: str = "right",
    context: ssl.SSLContext | None = None,
    address: str = "127.0.0.1",
) -> AsyncGenerator[TlsServer]:
    """Run a server on *address* during the block, with a certificate for *names*."""
    seen = Seen()

    def note_sni(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        seen.tls_names.append(name)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.split(": ", 1) for line in head[1:] if line)
        seen.requests.append((head[0], {name.lower(): value for name, value in pairs}))
        await behaviour(reader, writer)

    tls = context or own_server_context(*names, kind=kind)
    tls.sni_callback = note_sni
    listeners = Listeners()
    port = await listeners.listen((address, 0), behave, tls)
    try:
        yield TlsServer(port, seen, address)
    finally:
        await listeners.aclose()
