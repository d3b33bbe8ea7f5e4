"""A TLS connection to a Matrix server, as plain asyncio streams."""

import asyncio
from typing import NamedTuple

from .._connect.routes import Route, connect_first
from .._connect.tls_connection import CONNECT_TIMEOUT, StreamProtocol, connect_route
from ..backends import ConnectTo
from ..models import ConnectionTarget
from ..resolver import ServerNameResolver
from ._connection_limit import checked_timeout

__all__ = ["FederationConnection", "open_connection"]


class FederationConnection(NamedTuple):
    """An open TLS connection to a Matrix server.

    Attributes:
        reader: Reads the response.
        writer: Writes the request. Close it when you are done.
        target: The target that it is connected to. Send its ``host_header`` in the request.
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
    """Resolve *server_name* and open a TLS connection to the first of its targets that has a valid certificate for it.

    Targets of one priority are tried in parallel (RFC 8305). The next priority is tried when they have failed, or in parallel after 2 s. When all
    targets of a cached resolution have failed, the name is resolved again, once.

    Args:
        resolver: Resolves the name and provides the TLS context. Failed targets are reported to it.
        server_name: The Matrix server name.
        connect_timeout: Seconds for one target, TCP and TLS handshakes together.
        connect_to: For tests and unusual networks: a function that is called with the (ip, port) of each target, and returns the pair to
            connect to instead. By default, that of the resolver is used.

    Returns:
        The reader, the writer and the target.

    Raises:
        ResolveError: If the name cannot be resolved.
        ConnectFailed: If none of the targets could be connected to. It is a `ConnectionError`, and its message says why for each target.

    Source:
        Matrix Server-Server API, "Resolving server names" and "TLS"; RFC 8305.
    """
    checked_timeout(connect_timeout)

    async def connect(route: Route) -> FederationConnection:
        connection = await connect_route(
            resolver, route, StreamProtocol, connect_timeout=connect_timeout, connect_to=connect_to
        )
        protocol = connection.protocol
        return FederationConnection(protocol.reader, protocol.writer_to(connection.transport), connection.target)

    return await connect_first(resolver, server_name, connect)
