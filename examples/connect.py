"""Open a TLS connection to a Matrix server and ask for its version: a server on loopback, or the name given as argument.

python examples/connect.py
python examples/connect.py matrix.org
"""

import asyncio
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trustme

from matrix_resolve import AddressPolicy, FederationConnection, ResolveError, ServerNameResolver, open_connection
from matrix_resolve.testing import FakeDns, FakeHttp


async def ask_version(connection: FederationConnection) -> None:
    """Send one request, with the Host header of the target, and print the status line."""
    reader, writer, target = connection
    print(f"GET /_matrix/federation/v1/version, Host: {target.host_header}")
    writer.write(
        f"GET /_matrix/federation/v1/version HTTP/1.1\r\nHost: {target.host_header}\r\nConnection: close\r\n\r\n".encode()
    )
    try:
        print((await reader.readline()).decode("latin-1").strip())
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Be the homeserver: read one request and answer it."""
    await reader.readuntil(b"\r\n\r\n")
    body = b'{"server": {"name": "Example", "version": "1.0"}}'
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    await writer.drain()
    writer.close()


@asynccontextmanager
async def throw_away_homeserver(authority: trustme.CA) -> AsyncGenerator[int]:
    """Serve matrix.example.org on loopback, with real TLS, and give the port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("matrix.example.org").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def connect_on_loopback() -> None:
    """Reach example.org, which delegates to matrix.example.org, at the throw-away server."""
    dns, http, authority = FakeDns(), FakeHttp(), trustme.CA()
    dns.a("example.org", "192.0.2.1")
    http.well_known("example.org", "matrix.example.org:443")
    dns.a("matrix.example.org", "192.0.2.10")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
    policy = AddressPolicy(allow=["192.0.2.0/24"])
    async with (
        throw_away_homeserver(authority) as port,
        ServerNameResolver(dns=dns, http=http, address_policy=policy, ssl_context=trusting) as resolver,
    ):
        # The name is resolved and checked as ever; only the last step, the TCP connection, goes elsewhere.
        connection = await open_connection(resolver, "example.org", connect_to=lambda _ip, _port: ("127.0.0.1", port))
        await ask_version(connection)


async def connect(server_name: str) -> None:
    """Reach *server_name* on the Internet."""
    async with ServerNameResolver() as resolver:
        await ask_version(await open_connection(resolver, server_name))


def main(names: list[str]) -> int:
    """Connect to the first of *names*, or on loopback."""
    try:
        asyncio.run(connect(names[0]) if names else connect_on_loopback())
    except (ResolveError, OSError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
