"""Open a TLS connection to a Matrix server and request its version.

Without arguments, the server runs on loopback. To use a real server, pass its name.

python examples/connect.py
python examples/connect.py matrix.org
"""

import asyncio
import sys

from matrix_resolve import FederationError, ServerNameResolver, open_connection
from matrix_resolve.testing import LoopbackFederation

VERSION = "/_matrix/federation/v1/version"


async def ask_version(resolver: ServerNameResolver, server_name: str) -> None:
    """Send one request with the target's Host header, and print the status line."""
    reader, writer, target = await open_connection(resolver, server_name)
    print(f"GET {VERSION}, Host: {target.host_header}")
    try:
        writer.write(f"GET {VERSION} HTTP/1.1\r\nHost: {target.host_header}\r\nConnection: close\r\n\r\n".encode())
        print((await reader.readline()).decode("latin-1").strip())
    finally:
        writer.close()


async def on_loopback() -> None:
    """Connect to example.org, which delegates to matrix.example.org, in a federation on loopback."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("matrix.example.org", port=443)
        federation.well_known("example.org", "matrix.example.org:443")
        await ask_version(resolver, "example.org")


async def on_the_internet(server_name: str) -> None:
    """Connect to the real server *server_name*."""
    async with ServerNameResolver() as resolver:
        await ask_version(resolver, server_name)


def main(names: list[str]) -> int:
    """Connect to the first of *names*, or to a server on loopback if there are no names."""
    try:
        asyncio.run(on_the_internet(names[0]) if names else on_loopback())
    except (FederationError, OSError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
