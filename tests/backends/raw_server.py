"""A TLS server that sends given bytes in given TLS records, and closes with or without saying so.

It shares the event loop with its clients, so that what it sends is read before it goes on: then a parser sees each record by itself.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Literal

import attrs

Closing = Literal["close_notify", "cut"]
_AT_ONCE = 65_536  # bytes
_SPLIT = 240  # bytes at the beginning and at the end that are split; in what is longer, the middle is one piece
_ROUNDS = 2  # iterations of the event loop after which whoever waits has read


@attrs.frozen
class Manner:
    """How a response is sent.

    Attributes:
        closing: With TLS's close_notify, or without.
        is_split: True to send each byte in a record of its own.
    """

    closing: Closing
    is_split: bool

    def pieces(self, data: bytes) -> Sequence[bytes]:
        """Return *data* in records."""
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
        """Read a request and return its path."""
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
        """Send each piece in a record, or in several if it is large."""
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


@asynccontextmanager
async def raw_server(context: ssl.SSLContext, responses: Mapping[str, bytes], manner: Manner) -> AsyncGenerator[int]:
    """Serve *responses* by their paths, and yield the port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(context, reader, writer)
        with suppress(OSError):
            await connection.send(manner.pieces(responses[await connection.path()]))
            if manner.closing == "close_notify":
                connection.say_farewell()
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    try:
        yield port
    finally:
        server.close()
        await server.wait_closed()
