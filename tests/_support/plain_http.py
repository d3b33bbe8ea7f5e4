"""One HTTP exchange on a new connection, sent and read as bytes."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator

import attrs

Place = tuple[str, int]
NAME = "example.org"
"""The host of all requests, and the TLS name."""


@attrs.frozen
class Answer:
    """A response.

    Attributes:
        headers: The headers, with names in lower case.
        body: Everything after the headers until the end of the connection.
    """

    status: int
    headers: dict[str, str]
    body: bytes


@contextlib.asynccontextmanager
async def connected(
    place: Place, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to a server during the block."""
    reader, writer = await asyncio.open_connection(*place, ssl=tls, server_hostname=NAME if tls else None)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def request(method: str, path: str | bytes, *headers: str) -> bytes:
    """Return the bytes of a request without a body."""
    target = path if isinstance(path, bytes) else path.encode()
    fields = "".join(f"{header}\r\n" for header in (f"Host: {NAME}", *headers))
    return method.encode() + b" " + target + b" HTTP/1.1\r\n" + fields.encode() + b"\r\n"


async def exchange(place: Place, data: bytes, tls: ssl.SSLContext | None = None) -> Answer:
    """Send *data*, which should request the end of the connection, and read until the connection ends."""
    async with connected(place, tls) as (reader, writer):
        writer.write(data)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    pairs = (field.split(": ", 1) for field in fields)
    return Answer(int(status.split(" ")[1]), {name.lower(): value for name, value in pairs}, body)


async def ask(place: Place, method: str, path: str | bytes, tls: ssl.SSLContext | None = None) -> Answer:
    """Make one request, and return the response."""
    return await exchange(place, request(method, path, "Connection: close"), tls)
