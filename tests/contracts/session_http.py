"""An HTTP backend on an ordinary aiohttp session, with and without limits on what its sockets receive.

The flood checks run on it.
"""

import asyncio
import socket
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import uvloop
from aiohttp.abc import AbstractResolver, ResolveResult

from matrix_resolve import HttpResponse

_RECEIVE_BUFFER = 16_384  # bytes
_OVERHEAD = 131_072  # bytes in addition to the body: TLS, headers, chunks


class Pinned(AbstractResolver):
    """Resolves every name to the given addresses."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


class CountingSocket(socket.socket):
    """A socket that reports its end after *left* bytes."""

    left = 0

    def recv_into(self, *arguments: Any, **rest: Any) -> int:
        if self.left <= 0:
            return 0
        size = super().recv_into(*arguments, **rest)
        self.left -= size
        return size


async def read(response: aiohttp.ClientResponse, max_bytes: int) -> HttpResponse:
    """Read a response as the contract requires."""
    body = b""
    while len(body) <= max_bytes and (data := await response.content.read(max_bytes + 1 - len(body))):
        body += data
    headers = tuple((str(name), value) for name, value in response.headers.items())
    return HttpResponse(response.status, headers, body[:max_bytes], truncated=len(body) > max_bytes)


class SessionHttp:
    """Uses a new session for each request."""

    is_bounded = True

    def __init__(self, context: SSLContext) -> None:
        self.context = context

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        with sockets(max_bytes) as make_socket:
            connector = aiohttp.TCPConnector(
                ssl=self.context,
                resolver=Pinned(addresses),
                force_close=True,
                socket_factory=make_socket if self.is_bounded else None,
            )
            async with (
                asyncio.timeout(timeout),
                aiohttp.ClientSession(connector=connector, auto_decompress=False) as session,
                session.get(url, headers={**headers, "Host": urlsplit(url).netloc}, allow_redirects=False) as response,
            ):
                return await read(response, max_bytes)


@contextmanager
def sockets(max_bytes: int) -> Generator[Callable[[Any], socket.socket]]:
    """Yield a function that makes sockets with limits for one request, and shut the sockets down at the end.

    Otherwise aiohttp would continue to read for up to 30 seconds to close TLS.
    """
    made = list[socket.socket]()

    def make_socket(info: Any) -> socket.socket:
        sock = (socket.socket if uses_uvloop() else CountingSocket)(*info[:3])  # uvloop bypasses the object
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if isinstance(sock, CountingSocket):
            sock.left = max_bytes + _OVERHEAD
        made.append(sock)
        return sock

    try:
        yield make_socket
    finally:
        for sock in made:
            with suppress(OSError):  # the socket is closed, or was never connected
                sock.shutdown(socket.SHUT_RDWR)


class PlainSessionHttp(SessionHttp):
    """Uses a new session for each request, without limits."""

    is_bounded = False


def uses_uvloop() -> bool:
    """Return whether the running event loop is uvloop's."""
    return isinstance(asyncio.get_running_loop(), uvloop.Loop)
