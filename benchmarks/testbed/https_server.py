"""The HTTPS server: one well-known per connection. A client can be kept at a distance, as the loopback interface knows none."""

import asyncio
import contextlib
import json
import ssl
from collections import deque
from collections.abc import Callable

from ..names import kind_of

_PORTS = {"step32": ":443", "step33": "", "step34": "", "step35": ""}


def well_known_response(head: bytes) -> bytes:
    """Answer a request: names of steps 3.2 to 3.5 delegate, the others are not found."""
    host = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"host:"))[5:].strip().decode()
    port = _PORTS.get(kind_of(host))
    body = "" if port is None else json.dumps({"m.server": f"hs.{host}{port}"})
    status = "200 OK" if body else "404 Not Found"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


class Connection(asyncio.Protocol):
    """TLS in memory, so that what comes can be held up before TLS sees it.

    What a client sends takes a whole round trip and what it gets takes no time, which is the same to it; its first bytes take two, as one
    goes by before a connection is there.

    Args:
        context: With the certificate.
        round_trip: Seconds.
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
        """Record the transport, and when the connection would be established."""
        self._transport = transport  # type: ignore[assignment] # asyncio's own is a subclass of both
        self._established = asyncio.get_running_loop().time() + self._round_trip

    def data_received(self, data: bytes) -> None:
        """Hold *data* up."""
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
        """Go on with the handshake, or with the request."""
        with contextlib.suppress(ssl.SSLWantReadError):
            while data := self._tls.read(65_536):
                self._head += data


class Silence(asyncio.Protocol):
    """A server that takes connections and never says a word."""
