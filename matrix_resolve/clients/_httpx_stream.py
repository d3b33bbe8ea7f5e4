"""A TLS connection with the interface that httpcore's pool needs."""

import asyncio
import contextlib
import select
from collections.abc import Generator
from typing import Any

import httpcore

from .._connect.tls_connection import StreamProtocol, TlsConnection
from .._util.causes import os_error_text


class TlsStream(httpcore.AsyncNetworkStream):
    """An open TLS connection."""

    def __init__(self, connection: TlsConnection[StreamProtocol]) -> None:
        self._transport = connection.transport
        self._protocol = connection.protocol
        self._writer = connection.protocol.writer_to(connection.transport)
        self._read = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        with _raising(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                data = await self._protocol.reader.read(max_bytes)
        self._read += len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        with _raising(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def aclose(self) -> None:
        self._transport.abort()
        await asyncio.sleep(0)  # the transport closes its socket in the next iteration of the event loop

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # only requested for idle connections, where it means that the server has closed
            return self._protocol.received > self._read or self._transport.is_closing() or self._is_readable()
        known = {"client_addr": "sockname", "server_addr": "peername", "socket": "socket", "ssl_object": "ssl_object"}
        return self._transport.get_extra_info(known[info]) if info in known else None

    def _is_readable(self) -> bool:
        """Return whether the socket is readable. The event loop may not have noticed yet that the server closed the connection."""
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))


@contextlib.contextmanager
def _raising(in_time: type[Exception], other: type[Exception]) -> Generator[None]:
    """Convert exceptions to those of httpcore."""
    try:
        yield
    except TimeoutError as error:
        raise in_time("no answer in time") from error
    except OSError as error:
        raise other(os_error_text(error)) from error
