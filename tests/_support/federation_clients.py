"""The three federation clients behind one function type, so that one test covers all of them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp
import attrs
import httpx

from matrix_resolve import ConnectFailed, ResolveError, ServerNameResolver, open_connection
from matrix_resolve.clients.aiohttp import FederationConnectionError, federation_session, federation_url
from matrix_resolve.clients.httpx import FederationTransport

VERSION = "/_matrix/federation/v1/version"


@attrs.frozen
class Answer:
    """The response of a server."""

    status: int
    body: bytes


class Ask(Protocol):
    """Makes a request to a server name."""

    async def __call__(
        self, server_name: str, path: str = VERSION, *, method: str = "GET", body: bytes | None = None
    ) -> Answer: ...


@asynccontextmanager
async def _streams(resolver: ServerNameResolver) -> AsyncGenerator[Ask]:
    async def ask(server_name: str, path: str = VERSION, *, method: str = "GET", body: bytes | None = None) -> Answer:
        reader, writer, target = await open_connection(resolver, server_name)
        length = f"Content-Length: {len(body)}\r\n" if body is not None else ""
        head = f"{method} {path} HTTP/1.0\r\nHost: {target.host_header}\r\n{length}\r\n"
        try:
            writer.write(head.encode() + (body or b""))
            answer = await reader.read()
        finally:
            writer.transport.abort()
        status, _, rest = answer.partition(b"\r\n")
        if not status:
            raise ConnectionResetError("no answer")
        return Answer(int(status.split()[1]), rest.partition(b"\r\n\r\n")[2])

    yield ask


@asynccontextmanager
async def _aiohttp(resolver: ServerNameResolver) -> AsyncGenerator[Ask]:
    async with federation_session(resolver) as session:

        async def ask(
            server_name: str, path: str = VERSION, *, method: str = "GET", body: bytes | None = None
        ) -> Answer:
            async with session.request(method, federation_url(server_name, path), data=body) as response:
                return Answer(response.status, await response.read())

        yield ask


@asynccontextmanager
async def _httpx(resolver: ServerNameResolver) -> AsyncGenerator[Ask]:
    # The default of httpx for connecting, 5 s, is too short for a slow machine.
    async with httpx.AsyncClient(transport=FederationTransport(resolver), timeout=60) as client:

        async def ask(
            server_name: str, path: str = VERSION, *, method: str = "GET", body: bytes | None = None
        ) -> Answer:
            response = await client.request(
                method,
                f"matrix-federation://any.invalid{path}",  # an httpx URL cannot hold every invalid server name
                content=body,
                extensions={"matrix_server_name": server_name},
            )
            return Answer(response.status_code, response.content)

        yield ask


CLIENTS = {"streams": _streams, "aiohttp": _aiohttp, "httpx": _httpx}
NOT_REACHED = (
    ResolveError,
    ConnectFailed,
    FederationConnectionError,
    aiohttp.InvalidUrlClientError,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
)
"""What the clients raise if no server was reached."""


def why(error: BaseException) -> Any:
    """Return the library's own error behind the error of a client."""
    reported = error if isinstance(error, ResolveError | ConnectFailed) else error.__cause__
    assert isinstance(reported, ResolveError | ConnectFailed)
    return reported
