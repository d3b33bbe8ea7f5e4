"""Where one request may connect to, and how many bytes it may read.

A server that never stops sending (interim responses, TLS key updates, records of one byte) is read for as long as there is something in the
socket. A small receive buffer lets the event loop turn to others in between; a count ends the connection.
"""

import asyncio
import socket
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import attrs
from aiohttp.abc import AbstractResolver, ResolveResult

_RECEIVE_BUFFER = 16_384
"""Bytes that the system keeps ready of a connection. Without it, twenty floods at once hold up the event loop seven times as long."""
_OVERHEAD = 131_072
"""Bytes of TLS and HTTP in addition to the body. aiohttp takes 128 headers of 8 KiB each; an honest server sends a few hundred bytes."""

Pin = tuple[str, int]


@attrs.define
class Attempt:
    """One attempt to connect.

    Attributes:
        pins: The addresses and ports to connect to.
        max_bytes: How much of the body is wanted.
        dialled: Those of them that were tried.
    """

    pins: Sequence[Pin]
    max_bytes: int
    dialled: set[Pin] = attrs.field(factory=set[Pin])


attempt: ContextVar[Attempt] = ContextVar("attempt")
"""The attempt of the running task: aiohttp passes nothing of a request to its resolver and its socket factory."""


class PinningResolver(AbstractResolver):
    """Resolves every name to the pins of the attempt: nothing is ever looked up."""

    async def resolve(
        self,
        host: str,
        port: int = 0,  # noqa: ARG002 - the signature of aiohttp's resolver
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - same
    ) -> list[ResolveResult]:
        """Return the pins, ports included."""
        return [
            ResolveResult(hostname=host, host=ip, port=port, family=socket.AF_UNSPEC, proto=0, flags=0)
            for ip, port in attempt.get().pins
        ]

    async def close(self) -> None:
        """Do nothing."""


class CountingSocket(socket.socket):
    """A socket that is at its end once *bytes_left* are read. asyncio's own event loop reads with `recv_into`; uvloop does not."""

    bytes_left: int = 0

    def recv_into(self, *arguments: Any) -> int:
        """Read into a buffer; return 0, which means the end, if nothing may be read any more."""
        count = super().recv_into(*arguments) if self.bytes_left > 0 else 0
        self.bytes_left -= count
        return count


def open_bounded_socket(address_info: tuple[Any, ...]) -> socket.socket:
    """Return a socket for the attempt to connect to an address: aiohttp's ``socket_factory``."""
    family, kind, protocol, _, address = address_info
    current = attempt.get()
    current.dialled.add((address[0], address[1]))
    is_counted = isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop)
    sock = CountingSocket(family, kind, protocol) if is_counted else socket.socket(family, kind, protocol)
    if isinstance(sock, CountingSocket):
        sock.bytes_left = current.max_bytes + _OVERHEAD
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    return sock
