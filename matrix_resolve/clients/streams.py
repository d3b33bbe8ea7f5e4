"""A TLS connection to a Matrix server, as plain asyncio streams: the shortest honest way to use a resolution."""

import asyncio
from typing import NamedTuple

from .._connect.routes import Route, connect_first
from .._connect.tls_connection import CONNECT_TIMEOUT, StreamProtocol, connect_route
from ..models import ConnectionTarget
from ..resolver import ConnectTo, ServerNameResolver


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
    resolver: ServerNameResolver,
    server_name: str,
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    connect_to: ConnectTo | None = None,
) -> FederationConnection:
    """Resolve *server_name* and open a TLS connection to the first of its targets that proves to be it.

    Targets of one priority are raced (RFC 8305); the next priority is tried when one has failed, or in parallel after 2 s. When all
    targets known from before have failed, the name is resolved again, once.

    Args:
        resolver: Resolves the name, provides the TLS context, and learns which targets failed.
        server_name: The Matrix server name.
        connect_timeout: Seconds for one target, TCP and TLS handshakes together.
        connect_to: For tests and odd networks: gets each target's (ip, port) and gives the one to connect to instead; the resolver's by default.

    Returns:
        Reader, writer and the target.

    Raises:
        ResolveError: If the name has no targets.
        NoTargetReached: If none of the targets could be connected to; it is a `ConnectionError`, and says why for each.

    Source:
        Matrix Server-Server API, "Resolving server names" and "TLS"; RFC 8305.
    """

    async def connect(route: Route) -> FederationConnection:
        connection = await connect_route(
            resolver, route, StreamProtocol, connect_timeout=connect_timeout, connect_to=connect_to
        )
        protocol = connection.protocol
        return FederationConnection(protocol.reader, protocol.writer_to(connection.transport), connection.target)

    return await connect_first(resolver, server_name, connect)
