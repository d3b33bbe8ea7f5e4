"""A TLS server that sends given bytes in given TLS records, and closes the connection with or without close_notify.

It shares the event loop with its clients. So each record is read before the next one is sent, and a parser sees each
one separately.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Literal

import attrs

Closing = Literal["close_notify", "cut"]
_AT_ONCE = 65_536  # bytes in one read
_SPLIT = 100  # bytes at the beginning and at the end that are split; the middle of a longer response is one piece
_ROUNDS = 2  # iterations of the event loop after which a waiting client has read


@attrs.frozen
class Manner:
    """How a response is sent.

    Attributes:
        closing: With TLS's close_notify, or without.
        is_split: True to send each byte in a separate record.
    """

    closing: Closing
    is_split: bool

    def __str__(self) -> str:
        return f"{'split' if self.is_split else 'whole'}-{self.closing}"

    def pieces(self, data: bytes) -> Sequence[bytes]:
        """Return *data* as a list of records."""
        if not self.is_split:
            return [data]
        middle = range(_SPLIT, max(len(data) - _SPLIT, _SPLIT))
        singles = [data[at : at + 1] for at in range(len(data)) if at not in middle]
        return [*singles[:_SPLIT], data[middle.start : middle.stop], *singles[_SPLIT:]]


class _Connection:
    def __init__(self, context: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._reader, self._writer = reader, writer

    async def path(self) -> str:
        """Read a request, and return its path."""
        head = b""
        while b"\r\n\r\n" not in head:
            try:
                head += self._tls.read(_AT_ONCE)
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(await self._reader.read(_AT_ONCE))
                if self._reader.at_eof():
                    raise ConnectionResetError from None
        return head.split()[1].decode()

    def _flush(self) -> None:
        self._writer.write(self._outgoing.read())

    async def send(self, pieces: Sequence[bytes]) -> None:
        """Send each piece in a record, or in several records if it is large."""
        for piece in pieces:
            if self._writer.is_closing() or self._reader.at_eof():
                return
            self._tls.write(piece)
            self._flush()
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)

    def say_farewell(self) -> None:
        """Send close_notify."""
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        self._flush()


class RawServer:
    """Serves responses by their paths, each once.

    Attributes:
        port: The port on 127.0.0.1 on which it listens.
        over: Events by path. An event is set when the server has sent everything and the client has closed the
            connection.
    """

    port: int

    def __init__(self, context: ssl.SSLContext, responses: Mapping[str, bytes], manner: Manner) -> None:
        self.over = {path: asyncio.Event() for path in responses}
        self._context = context
        self._responses = responses
        self._manner = manner

    async def start(self) -> asyncio.Server:
        """Start listening, and return the server."""
        server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self._context, reader, writer)
        with suppress(OSError):
            path = await connection.path()
            with suppress(OSError):
                await self._respond(connection, self._responses[path])
                writer.write_eof()
                await reader.read()
            self.over[path].set()
        writer.close()

    async def _respond(self, connection: _Connection, data: bytes) -> None:
        await connection.send(self._manner.pieces(data))
        if self._manner.closing == "close_notify":
            connection.say_farewell()


@asynccontextmanager
async def raw_server(
    context: ssl.SSLContext, responses: Mapping[str, bytes], manner: Manner
) -> AsyncGenerator[RawServer]:
    """Serve *responses* by their paths during the block."""
    raw = RawServer(context, responses, manner)
    server = await raw.start()
    try:
        yield raw
    finally:
        server.close()
        await server.wait_closed()
