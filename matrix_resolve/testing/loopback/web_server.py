"""An HTTPS server for one address and port. The TLS name decides the certificate, and the request decides the reply.

aiohttp implements HTTP. Replies that are broken on purpose are written directly to the transport.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from aiohttp import web

from .replies import Reply
from .seen import SeenRequest

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds


class _Http(web.Server):
    """aiohttp's server, extended so that it can abort connections during their TLS handshake."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(handler, handler_cancellation=True, access_log=None)
        self._in_handshake: set[web.RequestHandler] = set()
        self._doomed: set[web.RequestHandler] = set()

    def __call__(self) -> web.RequestHandler:
        connection = super().__call__()
        self._in_handshake.add(connection)
        return connection

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._in_handshake.discard(handler)
        if handler in self._doomed:
            self._doomed.discard(handler)
            transport.abort()

    def cut(self) -> None:
        """Abort all connections, including those whose TLS handshake is not complete."""
        self._doomed |= self._in_handshake
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()


class WebServer:
    """A listener on loopback that stands for *ip* and *port*.

    Args:
        ip: The address that clients connect to, before ``connect_to``.
        port: The port that clients connect to, before ``connect_to``.
        choose_context: Returns the TLS context for a TLS name, or for None if the client sends none.
        answer: Returns the reply to a request.
        listen_on: The address and port to listen on; port 0 for any free port.

    Attributes:
        place: The address and port where it listens.
    """

    def __init__(
        self,
        ip: str,
        port: int,
        *,
        choose_context: Callable[[str | None], ssl.SSLContext],
        answer: Callable[[SeenRequest], Reply],
        listen_on: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self._ip = ip
        self._port = port
        self._choose_context = choose_context
        self._answer = answer
        self._socket = socket.create_server(
            listen_on, family=socket.AF_INET6 if ":" in listen_on[0] else socket.AF_INET, backlog=1024
        )
        self.place: tuple[str, int] = self._socket.getsockname()[:2]
        self._names_of_connections: WeakKeyDictionary[ssl.SSLObject, str | None] = WeakKeyDictionary()
        self._http: _Http | None = None
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Start serving on the running event loop.

        Connections made before this have been waiting in the queue of the socket.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._note_tls_name
        self._http = _Http(self._handle)
        self._listener = await asyncio.get_running_loop().create_server(self._http, sock=self._socket, ssl=context)

    async def cut_connections(self) -> None:
        """Abort all connections."""
        if self._http is not None:
            self._http.cut()

    async def aclose(self) -> None:
        """Stop serving."""
        if self._listener is not None:
            self._listener.close()
        self._socket.close()
        if self._http is not None:
            self._http.cut()
            await self._http.shutdown(timeout=1.0)  # 0 would mean no limit

    def _note_tls_name(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        self._names_of_connections[connection] = name
        connection.context = self._choose_context(name)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        seen = SeenRequest(
            method=request.method,
            host=request.headers.get("Host", ""),
            path=request.raw_path,
            tls_name=self._names_of_connections.get(request.get_extra_info("ssl_object")),
            ip=self._ip,
            port=self._port,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers),
            body=await request.content.read(),  # request.read() refuses more than 1 MiB
        )
        reply = self._answer(seen)
        await asyncio.sleep(reply.delay)
        if reply.raw is not None:
            return await _send_raw(request, reply.raw)
        return await _send(request, reply)


async def _send(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=list(reply.headers))
    response.content_length = len(reply.body)
    await response.prepare(request)
    body = b"" if request.method == "HEAD" else reply.body[: reply.cut_after]
    step = 1 if reply.drip else max(len(body), 1)
    for start in range(0, len(body), step):
        await response.write(body[start : start + step])
        await asyncio.sleep(reply.drip)
    if reply.cut_after is not None:
        _reset(request)
    return response


async def _send_raw(request: web.BaseRequest, data: bytes) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.write(data)
        request.transport.close()
    await asyncio.Event().wait()  # until aiohttp notices that the connection is closed, and cancels this handler
    raise AssertionError


def _reset(request: web.BaseRequest) -> None:
    """Abort the connection with RST, as after a crash."""
    transport = request.transport
    if transport is None:
        return
    sock: socket.socket = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
