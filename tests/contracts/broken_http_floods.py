"""HTTP backends that a flood blocks, and the checks that must fail."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from urllib.parse import SplitResult

from matrix_resolve import HttpResponse
from matrix_resolve.testing.contracts.http_floods import FLOODS

from .broken_http import Blocks, NoTimeout
from .third_party_backends import SmallHttp

_AT_ONCE = 65_536  # bytes in one read


class ReadsToTheEnd(SmallHttp):
    """Reads on a blocking socket for as long as there is anything to read."""

    async def fetch(
        self, url: SplitResult, addresses: Sequence[str], headers: Mapping[str, str], max_bytes: int
    ) -> HttpResponse:
        del max_bytes
        plain = socket.create_connection((addresses[0], url.port or 443))
        with closing(self.context.wrap_socket(plain, server_hostname=url.hostname)) as tls:
            tls.sendall(self.request(url, headers))
            await asyncio.sleep(0)
            while tls.recv(_AT_ONCE):
                pass
        raise ConnectionResetError


class LeavesConnectionsOpen(SmallHttp):
    """Leaves each connection open until the backend is closed."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context)
        self.writers: list[asyncio.StreamWriter] = []

    async def fetch(
        self, url: SplitResult, addresses: Sequence[str], headers: Mapping[str, str], max_bytes: int
    ) -> HttpResponse:
        reader, writer = await self.connect(url, addresses)
        self.writers.append(writer)
        writer.write(self.request(url, headers))
        return await self.response(reader, max_bytes)

    async def aclose(self) -> None:
        for writer in self.writers:
            writer.transport.abort()
        await asyncio.sleep(0)


_ALL = {check.name for check in FLOODS}
_NEVER_A_RESPONSE = {"flood-of-interim-responses", "flood-of-one-byte-records", "flood-of-key-updates"}
BROKEN: list[tuple[Callable[[ssl.SSLContext], SmallHttp], set[str]]] = [
    (ReadsToTheEnd, _ALL),
    (Blocks, _NEVER_A_RESPONSE),
    (NoTimeout, _NEVER_A_RESPONSE),
]
