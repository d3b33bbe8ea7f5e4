"""The HTTPS server, which sends one well-known document per connection.

It simulates distance, because loopback has no delay.
"""

import asyncio
import contextlib
import json
import ssl
from collections import deque
from collections.abc import Callable

from ..names import kind_of

_PORTS = {"step32": ":443", "step33": "", "step34": "", "step35": ""}


def well_known_response(head: bytes) -> bytes:
    """Return the response to a request: a delegation for names of steps 3.2 to 3.5, and 404 for others."""
    host = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"host:"))[5:].strip().decode()
    port = _PORTS.get(kind_of(host))
    body = "" if port is None else json.dumps({"m.server": f"hs.{host}{port}"})
    status = "200 OK" if body else "404 Not Found"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


class Connection(asyncio.Protocol):
    """A connection with TLS in memory, so that received bytes can be delayed before TLS processes them.

    Bytes from the client are delayed by a whole round trip, and bytes to the client are not delayed. The client cannot
    tell the difference. The first bytes from the client are delayed by two round trips, because establishing a
    connection takes one.

    Args:
        context: A server context with the certificate.
        round_trip: The delay in seconds.
        count: Called for each request.
    """

    _transport: asyncio.Transport

    def __init__(self, context: ssl.SSLContext, round_trip: float, count: Callable[[], None]) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._round_trip = round_trip
        self._count = count
        self._on_the_way = deque[bytes]()
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Record the transport, and when the connection would be established over the distance."""
        self._transport = transport  # type: ignore[assignment] # asyncio's own is a subclass of both
        self._established = asyncio.get_running_loop().time() + self._round_trip

    def data_received(self, data: bytes) -> None:
        """Process *data* after the delay."""
        self._on_the_way.append(data)
        if not self._round_trip:
            self._arrive()
            return
        loop = asyncio.get_running_loop()
        loop.call_at(max(self._established, loop.time()) + self._round_trip, self._arrive)

    def _arrive(self) -> None:
        self._incoming.write(self._on_the_way.popleft())
        if self._transport.is_closing():
            return
        try:
            self._read()
        except ssl.SSLError:
            self._transport.abort()
            return
        is_complete = self._head.endswith(b"\r\n\r\n")
        if is_complete:
            self._count()
            self._tls.write(well_known_response(self._head))
        self._transport.write(self._outgoing.read())
        if is_complete:
            self._transport.close()

    def _read(self) -> None:
        """Continue the handshake, or read the request."""
        with contextlib.suppress(ssl.SSLWantReadError):
            while data := self._tls.read(65_536):
                self._head += data


class Silence(asyncio.Protocol):
    """A server that accepts connections and never sends anything."""
