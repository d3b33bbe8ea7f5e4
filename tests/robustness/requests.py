"""A federation request as a user of the library would write it."""

from matrix_resolve import ConnectionTarget, ServerNameResolver, open_connection
from matrix_resolve.testing import SeenRequest
from tests._support.federation_clients import VERSION


async def ask_version(resolver: ServerNameResolver, server_name: str) -> ConnectionTarget:
    """Request the version of *server_name*, and return the target that answered."""
    connection = await open_connection(resolver, server_name)
    head = f"GET {VERSION} HTTP/1.1\r\nHost: {connection.target.host_header}\r\nConnection: close\r\n\r\n"
    connection.writer.write(head.encode())
    reply = await connection.reader.read()
    connection.writer.close()
    await connection.writer.wait_closed()
    assert reply.startswith(b"HTTP/1.1 200 "), reply
    return connection.target


def brief(request: SeenRequest) -> tuple[tuple[str, int], str, str | None]:
    """Return where a request arrived, its Host header and its TLS name."""
    return (request.ip, request.port), request.host, request.tls_name
