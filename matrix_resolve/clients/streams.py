"""A TLS connection to a Matrix server, as plain asyncio streams: the shortest honest way to use a resolution.

Inside a priority the TCP connections are raced (RFC 8305, by aiohappyeyeballs); the winner must also prove its name. What fails is reported
to the resolver, and the next target, then the next priority, gets its turn.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from ssl import SSLCertVerificationError, SSLContext
from typing import NamedTuple

from aiohappyeyeballs import start_connection  # pyright: ignore[reportUnknownVariableType] - its tuples are bare

from ..escaping import printable
from ..resolver import ConnectTo, ServerNameResolver
from ..server_name import canonical_ip
from ..values import ConnectionTarget

_STAGGER = 0.25  # seconds; RFC 8305, section 5
_AddressInfo = tuple[int, int, int, str, tuple[str | int, ...]]


class FederationConnection(NamedTuple):
    """An open TLS connection to a Matrix server.

    Attributes:
        reader: Reads the response.
        writer: Writes the request; whoever opened the connection closes it.
        target: What it is connected to. Its ``host_header`` belongs into the request.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    target: ConnectionTarget


async def open_connection(
    resolver: ServerNameResolver, server_name: str, *, connect_timeout: float = 4.0, connect_to: ConnectTo | None = None
) -> FederationConnection:
    """Resolve *server_name* and open a TLS connection to the first of its targets that proves to be it.

    Args:
        resolver: Resolves the name, gives the TLS context, and is told which targets failed.
        server_name: The Matrix server name.
        connect_timeout: Seconds for each race of TCP connections, and for each TLS handshake.
        connect_to: For tests and odd networks: gets each target's (ip, port) and gives the one to connect to instead; the resolver's by default.

    Returns:
        Reader, writer and the target.

    Raises:
        ResolveError: If the name has no targets.
        ConnectionError: If none of the targets could be connected to; an ExceptionGroup with each one's error is its cause.

    Source:
        Matrix Server-Server API, "Resolving server names" and "TLS"; RFC 8305.
    """
    resolution = await resolver.resolve(server_name)
    connect_to = connect_to or resolver.connect_to or _as_it_is
    dialler = _Dialler(resolver, await resolver.load_ssl_context(), connect_timeout, connect_to)
    for _, group in groupby(resolution.targets, key=lambda target: target.priority):
        connection = await dialler.connect_to_one_of(group)
        if connection is not None:
            return connection
    message = f"{server_name}: no target could be connected to; " + "; ".join(map(str, dialler.failures))
    raise ConnectionError(message) from ExceptionGroup("each target's failure", dialler.failures)


class _Dialler:
    """Connects to targets and keeps what went wrong."""

    def __init__(
        self, resolver: ServerNameResolver, context: SSLContext, timeout: float, connect_to: ConnectTo
    ) -> None:
        self.failures: list[OSError] = []
        self._resolver = resolver
        self._context = context
        self._timeout = timeout
        self._connect_to = connect_to

    async def connect_to_one_of(self, targets: Iterable[ConnectionTarget]) -> FederationConnection | None:
        """Race the targets of one priority; whoever wins and fails in TLS leaves the race to the others."""
        left: dict[tuple[str, int], list[ConnectionTarget]] = {}  # lists, as connect_to may lead several to one place
        for target in targets:
            left.setdefault(self._where(target), []).append(target)
        while left:
            try:
                sock = await self._race(list(left))
            except OSError as error:
                self._note(chain.from_iterable(left.values()), error)
                return None
            there = left.pop(_peer(sock))
            try:
                async with asyncio.timeout(self._timeout):
                    return FederationConnection(*await self._start_tls(sock, there[0]), there[0])
            except OSError as error:
                self._note(there, error)
        return None

    async def _race(self, where: Sequence[tuple[str, int]]) -> socket.socket:
        async with asyncio.timeout(self._timeout):
            return await start_connection([_address_info(*one) for one in where], happy_eyeballs_delay=_STAGGER)

    async def _start_tls(
        self, sock: socket.socket, target: ConnectionTarget
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_connection(sock=sock, ssl=self._context, server_hostname=target.tls_server_name)
        except BaseException:
            sock.close()
            raise

    def _where(self, target: ConnectionTarget) -> tuple[str, int]:
        ip, port = self._connect_to(target.ip, target.port)
        return canonical_ip(ip), port

    def _note(self, targets: Iterable[ConnectionTarget], error: OSError) -> None:
        for target in targets:
            self._resolver.report_failure(target)
            self.failures.append(type(error)(f"{target.address}: {_why(error, target)}"))


def _as_it_is(ip: str, port: int) -> tuple[str, int]:
    return ip, port


def _address_info(ip: str, port: int) -> _AddressInfo:
    if ":" in ip:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port)


def _peer(sock: socket.socket) -> tuple[str, int]:
    ip, port = sock.getpeername()[:2]
    return canonical_ip(ip), port


def _why(error: OSError, target: ConnectionTarget) -> str:
    if isinstance(error, SSLCertVerificationError):
        return f"the certificate is not valid for {target.tls_server_name}: {printable(error.verify_message)}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return printable(str(error)) or type(error).__name__
