"""A name server that serves a zone on real UDP and TCP sockets."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import dns.exception

from .zone import Zone

_ATTEMPTS = 20


class NameServer:
    """A running name server. `serve_zone` creates one.

    Attributes:
        address: The address and port, such as ``"127.0.0.1:5353"``.
    """

    def __init__(self, zone: Zone, address: str) -> None:
        self.address = address
        self._zone = zone
        self._tasks: set[asyncio.Task[None]] = set()

    def answer_datagram(self, data: bytes, sender: Any, transport: asyncio.DatagramTransport) -> None:
        """Answer a query that was received over UDP."""
        reply, delay = self._answer(data, over_tcp=False)
        if reply is None:
            return
        if delay:
            asyncio.get_running_loop().call_later(delay, _send, transport, reply, sender)
        else:
            transport.sendto(reply, sender)

    async def answer_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the queries on one TCP connection."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # Suppressed because Python 3.11 logs an error if a handler ends as cancelled. Only aclose() cancels it.
        ends = asyncio.IncompleteReadError, OSError, asyncio.CancelledError
        with contextlib.suppress(*ends), contextlib.closing(writer):
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply, delay = self._answer(await reader.readexactly(length), over_tcp=True)
                await asyncio.sleep(delay)
                if reply is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)

    def _answer(self, data: bytes, *, over_tcp: bool) -> tuple[bytes | None, float]:
        try:
            return self._zone.answer(data, over_tcp=over_tcp)
        except (dns.exception.DNSException, IndexError):
            return None, 0.0  # not a DNS query: send no reply

    async def aclose(self) -> None:
        """Close all TCP connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because asyncio's transport is not a subclass of DatagramTransport.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._transport is not None:
            self._server.answer_datagram(data, addr, self._transport)


@asynccontextmanager
async def serve_zone(
    zone: Zone, host: str = "127.0.0.1", port: int = 0, *, with_tcp: bool = True
) -> AsyncGenerator[NameServer]:
    """Serve *zone* over UDP and TCP until the block ends.

    Args:
        zone: The records to serve.
        host: The address to listen on.
        port: The port for UDP and TCP; 0 for any port that is free for both.
        with_tcp: False to refuse TCP.

    Raises:
        OSError: If the port is taken.
    """
    datagrams, streams = _bind(host, port, with_tcp=with_tcp)
    bound = datagrams.getsockname()[1]
    server = NameServer(zone, f"[{host}]:{bound}" if ":" in host else f"{host}:{bound}")
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Datagrams(server), sock=datagrams)
    over_tcp = None if streams is None else await asyncio.start_server(server.answer_stream, sock=streams)
    try:
        yield server
    finally:
        transport.close()
        if over_tcp is not None:
            over_tcp.close()
        await server.aclose()
        await asyncio.sleep(0)  # the transports close in the next iteration of the event loop


def _bind(host: str, port: int, *, with_tcp: bool) -> tuple[socket.socket, socket.socket | None]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for attempt in range(_ATTEMPTS):
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        datagrams.setblocking(False)
        datagrams.bind((host, port))
        if not with_tcp:
            return datagrams, None
        try:
            return datagrams, socket.create_server(datagrams.getsockname()[:2], family=family)
        except OSError:
            datagrams.close()
            if port or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def _send(transport: asyncio.DatagramTransport, reply: bytes, address: Any) -> None:
    if not transport.is_closing():
        transport.sendto(reply, address)
