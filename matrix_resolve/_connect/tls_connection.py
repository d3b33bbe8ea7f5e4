"""Opens a TLS connection to a target of a route. All clients use it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ssl import SSLContext
from typing import Generic, TypeVar

import attrs
from aiohappyeyeballs import start_connection  # pyright: ignore[reportUnknownVariableType] - its tuples are bare

from ..models import ConnectionTarget
from ..resolver import ConnectTo, ServerNameResolver, connecting_of
from ..server_name import canonical_ip
from .happy_eyeballs import race
from .routes import Route

CONNECT_TIMEOUT = 8.0
"""Seconds for one target, TCP and TLS handshakes together."""

T = TypeVar("T")
P = TypeVar("P", bound=asyncio.Protocol)


@attrs.frozen
class TlsConnection(Generic[P]):
    """An open TLS connection.

    Attributes:
        target: The target that it is connected to.
        transport: Its transport.
        protocol: Its protocol.
    """

    target: ConnectionTarget
    transport: asyncio.Transport
    protocol: P


async def connect_route(
    resolver: ServerNameResolver,
    route: Route,
    protocol_factory: Callable[[], P],
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    timeout: float | None = None,  # noqa: ASYNC109 - so that the error says what failed until then
    connect_to: ConnectTo | None = None,
    ready: Callable[[], Awaitable[object]] | None = None,
) -> TlsConnection[P]:
    """Open a TLS connection to the first target of *route* that proves to be the server.

    Args:
        resolver: Provides the TLS context; failed targets are reported to it.
        route: The targets, and how long connecting to them may take.
        protocol_factory: Makes a protocol for each TLS connection that is started.
        connect_timeout: Seconds for one target, TCP and TLS handshakes together.
        timeout: Seconds for all targets together; None for no limit.
        connect_to: Called with the (ip, port) of each target; returns the pair to connect to instead. By default, that of the resolver.
        ready: Awaited before the connection is returned, while it still counts as one that is being opened.

    Raises:
        RouteFailed: If none of the targets could be connected to, or time runs out.

    Source:
        Matrix Server-Server API, "TLS"; RFC 8305.
    """
    context = await resolver.load_ssl_context()
    connect_to = connect_to or resolver.connect_to or _unchanged

    async def connect(target: ConnectionTarget, in_tls: Callable[[], None]) -> TlsConnection[P]:
        async with asyncio.timeout(connect_timeout):
            address = connect_to(target.ip, target.port)
            return TlsConnection(
                target,
                *await open_tls_connection(address, context, target.tls_server_name, protocol_factory(), in_tls=in_tls),
            )

    place = connecting_of(resolver).place()
    try:
        winner = await race(
            route.targets,
            connect=connect,
            close=_abort,
            report_failure=lambda target, during: resolver.report_failure(target, during=during),
            place=place,
            limit=route.time.limit(timeout),
        )
        await _make_ready(winner, ready)
    finally:
        place.release()
    return winner


async def _make_ready(winner: TlsConnection[P], ready: Callable[[], Awaitable[object]] | None) -> None:
    """Await *ready*, and close the winner if that fails."""
    if ready is None:
        return
    try:
        await ready()
    except BaseException:
        _abort(winner)
        raise


async def open_tls_connection(
    address: tuple[str, int],
    context: SSLContext,
    tls_server_name: str,
    protocol: P,
    *,
    in_tls: Callable[[], object],
) -> tuple[asyncio.Transport, P]:
    """Open one TLS connection.

    Args:
        address: The IP address and port.
        context: Decides which certificates are valid.
        tls_server_name: The name that the certificate must be valid for.
        protocol: Receives the data.
        in_tls: Called when TCP is connected.

    Raises:
        OSError: If it cannot be opened; `ssl.SSLError` is one.
    """
    sock = await start_connection([_address_info(*address)])
    in_tls()
    return await _start_tls(sock, context, tls_server_name, protocol)


async def _start_tls(
    sock: socket.socket, context: SSLContext, tls_server_name: str, protocol: P
) -> tuple[asyncio.Transport, P]:
    """Set TLS up on a connected socket.

    This does not use ``create_connection(ssl=...)``: if that is cancelled at the moment when the handshake ends, it starts a TLS shutdown of up
    to 30 s on a transport to which there is no reference.
    """
    loop = asyncio.get_running_loop()
    plain, _ = await loop.create_connection(asyncio.Protocol, sock=sock)
    try:
        transport = await loop.start_tls(plain, protocol, context, server_hostname=tls_server_name)
    except BaseException:
        plain.abort()
        raise
    if transport is None:  # asyncio returns None if the connection was lost at that moment
        raise ConnectionResetError("the connection was closed during the TLS handshake")
    protocol.connection_made(transport)
    return transport, protocol


def _abort(connection: TlsConnection[P]) -> None:
    connection.transport.abort()


def _unchanged(ip: str, port: int) -> tuple[str, int]:
    return ip, port


def _address_info(ip: str, port: int) -> tuple[int, int, int, str, tuple[str | int, ...]]:
    ip = canonical_ip(ip)
    if ":" in ip:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port)


class StreamProtocol(asyncio.StreamReaderProtocol):
    """A protocol with its own `asyncio.StreamReader`.

    Attributes:
        reader: The reader.
        received: How many bytes were received.
    """

    def __init__(self) -> None:
        self.reader: asyncio.StreamReader = asyncio.StreamReader()
        self.received: int = 0
        super().__init__(self.reader)

    def data_received(self, data: bytes) -> None:
        """Count the received bytes."""
        self.received += len(data)
        super().data_received(data)

    def writer_to(self, transport: asyncio.Transport) -> asyncio.StreamWriter:
        """Return the writer that belongs to the reader."""
        return asyncio.StreamWriter(transport, self, self.reader, asyncio.get_running_loop())
