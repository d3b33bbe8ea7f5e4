"""Servers that send arbitrary bytes to each client, for behaviour that the loopback federation does not have."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from .broken_deployments import Front

PLAIN_HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
UNRECOGNIZED_NAME, PROTOCOL_VERSION, HANDSHAKE_FAILURE, INTERNAL_ERROR = 112, 70, 40, 80
"""The numbers of TLS alerts (RFC 8446, section 6)."""


def alert(number: int) -> bytes:
    """Return the bytes of a fatal TLS alert. A server with only TLS 1.1 sends the one about the version."""
    return bytes([21, 3, 3, 0, 2, 2, number])


def saying(data: bytes) -> Front:
    """Return a server that waits for the first bytes of a client, sends *data*, and closes the connection."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(4096)
            writer.write(data)
            await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def serve() -> AsyncGenerator[tuple[str, int]]:
        server = await asyncio.start_server(behave, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[:2]
        finally:
            server.close()
            await asyncio.sleep(0)

    return serve
