"""Opening a TLS connection along a route: what all clients have in common."""

import asyncio
import socket
from collections.abc import Callable
from typing import Generic, TypeVar

import attrs
from aiohappyeyeballs import start_connection  # pyright: ignore[reportUnknownVariableType] - its tuples are bare

from .connect_errors import NoTargetReached, group_of
from .race import Connect, Race
from .resolver import ConnectTo, ServerNameResolver
from .routes import Route
from .server_name import canonical_ip
from .values import ConnectionTarget

CONNECT_TIMEOUT = 8.0
"""Seconds for one target, TCP and TLS handshakes together."""

P = TypeVar("P", bound=asyncio.Protocol)


@attrs.frozen
class Dialled(Generic[P]):
    """An open TLS connection.

    Attributes:
        target: What it is connected to.
        transport: Its transport.
        protocol: Its protocol.
    """

    target: ConnectionTarget
    transport: asyncio.Transport
    protocol: P


async def dial(
    resolver: ServerNameResolver,
    route: Route,
    protocol_factory: Callable[[], P],
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    timeout: float | None = None,  # noqa: ASYNC109 - what has come about by then is told, which the caller's own could not
    connect_to: ConnectTo | None = None,
) -> Dialled[P]:
    """Open a TLS connection to the first target of *route* that proves to be the server.

    Args:
        resolver: Gives the TLS context, and is told which targets failed.
        route: The targets.
        protocol_factory: Makes a protocol for each TLS connection that is begun.
        connect_timeout: Seconds for one target, TCP and TLS handshakes together.
        timeout: Seconds for all of them together; None for no limit.
        connect_to: Gets each target's (ip, port) and gives the one to connect to instead; the resolver's by default.

    Raises:
        NoTargetReached: If none of the targets could be connected to.
        TimeoutError: If *timeout* is over; it says which targets were tried.

    Source:
        Matrix Server-Server API, "TLS"; RFC 8305.
    """
    context = await resolver.load_ssl_context()
    connect_to = connect_to or resolver.connect_to or _as_it_is
    loop = asyncio.get_running_loop()

    async def connect(target: ConnectionTarget, in_tls: Callable[[], None]) -> Dialled[P]:
        async with asyncio.timeout(connect_timeout):
            sock = await start_connection([_address_info(*connect_to(target.ip, target.port))])
            in_tls()
            try:
                transport, protocol = await loop.create_connection(
                    protocol_factory, sock=sock, ssl=context, server_hostname=target.tls_server_name
                )
            except BaseException as error:
                sock.close()
                if isinstance(error, UnicodeError):  # an override may have a TLS name that is none
                    raise OSError(str(error)) from error
                raise
            return Dialled(target, transport, protocol)

    return await _first_of(route, connect, resolver.report_failure, timeout)


async def _first_of(
    route: Route,
    connect: Connect[Dialled[P]],
    report_failure: Callable[[ConnectionTarget], None],
    timeout: float | None,  # noqa: ASYNC109 - same
) -> Dialled[P]:
    race = Race(connect, _abort, report_failure)
    try:
        async with asyncio.timeout(timeout):
            for target, following in zip(route.targets, [*route.targets[1:], None], strict=True):
                winner = await race.run(target, following)
                if winner is not None:
                    return winner
    except TimeoutError:
        race.give_up()
        raise TimeoutError(str(NoTargetReached(route.tls_server_name, race.failures))) from group_of(race.failures)
    finally:
        await race.aclose()
    raise NoTargetReached(route.tls_server_name, race.failures) from group_of(race.failures)


def _abort(connection: Dialled[P]) -> None:
    connection.transport.abort()


def _as_it_is(ip: str, port: int) -> tuple[str, int]:
    return ip, port


def _address_info(ip: str, port: int) -> tuple[int, int, int, str, tuple[str | int, ...]]:
    ip = canonical_ip(ip)
    if ":" in ip:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port)


class StreamProtocol(asyncio.StreamReaderProtocol):
    """The protocol of an `asyncio.StreamReader` of its own.

    Attributes:
        reader: The reader.
        received: How many bytes came.
    """

    def __init__(self) -> None:
        self.reader: asyncio.StreamReader = asyncio.StreamReader()
        self.received: int = 0
        super().__init__(self.reader)

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        self.received += len(data)
        super().data_received(data)

    def writer_to(self, transport: asyncio.Transport) -> asyncio.StreamWriter:
        """Make the writer that belongs to the reader."""
        return asyncio.StreamWriter(transport, self, self.reader, asyncio.get_running_loop())
