"""What the clients do without options: a User-Agent, and limits for servers that never finish."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import pytest

from matrix_resolve import AddressPolicy, ServerNameResolver
from matrix_resolve.clients.aiohttp import federation_session, federation_url
from matrix_resolve.clients.httpx import FederationTransport, federation_request
from tests._support.certificates import client_context
from tests._support.listeners import Behaviour
from tests._support.tls_server import TlsServer, respond, tls_server

NAME = "203.0.113.1:8448"
Get = Callable[[], Awaitable[object]]


@asynccontextmanager
async def _server(behaviour: Behaviour, **options: Any) -> AsyncGenerator[tuple[TlsServer, ServerNameResolver]]:
    policy, tls = AddressPolicy(allow=["203.0.113.0/24"]), client_context()
    async with (
        tls_server(behaviour, "203.0.113.1") as server,
        ServerNameResolver(ssl_context=tls, connect_to=server.connect_to, address_policy=policy, **options) as resolver,
    ):
        yield server, resolver


def _agents(server: TlsServer) -> list[str | None]:
    return [headers.get("user-agent") for _, headers in server.seen.requests]


async def test_a_session_has_the_total_timeout_of_aiohttp_and_one_for_silence() -> None:
    async with ServerNameResolver() as resolver:
        async with federation_session(resolver) as session:
            assert (session.timeout.total, session.timeout.sock_read) == (300, 60)
        timeout = aiohttp.ClientTimeout(total=7)
        async with federation_session(resolver, timeout=timeout) as session:
            assert session.timeout == timeout


@pytest.mark.parametrize(
    ("options", "agent"),
    [
        ({}, "bot/1"),
        ({"headers": None}, "bot/1"),
        ({"headers": {"X-Y": "z"}}, "bot/1"),
        ({"headers": [("X-Y", "z")]}, "bot/1"),
        ({"headers": {"user-agent": "own/2"}}, "own/2"),
        ({"headers": [("USER-AGENT", "own/2")]}, "own/2"),
        ({"skip_auto_headers": ["user-agent"]}, None),
    ],
)
async def test_a_session_has_the_user_agent_of_the_resolver(options: dict[str, Any], agent: str | None) -> None:
    async with _server(respond(), user_agent="bot/1") as (server, resolver):
        async with federation_session(resolver, **options) as session:
            await session.get(federation_url(NAME, "/"))
            await session.get(federation_url(NAME, "/"), headers={"User-Agent": "one/3"})
        assert _agents(server) == [agent, "one/3"]


@pytest.mark.parametrize(
    ("headers", "agent"),
    [({}, "bot/1"), ({"User-Agent": "own/2"}, "own/2"), ({"user-agent": "python-httpx/0"}, "python-httpx/0")],
)
async def test_a_transport_replaces_only_the_user_agent_of_httpx(headers: dict[str, str], agent: str) -> None:
    async with _server(respond(), user_agent="bot/1") as (server, resolver):
        async with httpx.AsyncClient(transport=FederationTransport(resolver), headers=headers) as client:
            response = await client.get(**federation_request(NAME, "/"))
            await client.get(**federation_request(NAME, "/"), headers={"User-Agent": "one/3"})
            del client.headers["User-Agent"]
            await client.get(**federation_request(NAME, "/"))
        assert _agents(server) == [agent, "one/3", None]
        assert response.request.headers["User-Agent"] != "bot/1"


@asynccontextmanager
async def _by_aiohttp(resolver: ServerNameResolver, seconds: float) -> AsyncGenerator[Get]:
    async with federation_session(resolver, timeout=aiohttp.ClientTimeout(total=seconds)) as session:

        async def get() -> None:
            async with session.get(federation_url(NAME, "/")) as response:
                await response.read()

        yield get


@asynccontextmanager
async def _by_httpx(resolver: ServerNameResolver, seconds: float) -> AsyncGenerator[Get]:
    transport = FederationTransport(resolver, total_timeout=seconds)
    async with httpx.AsyncClient(transport=transport, timeout=60) as client:
        yield lambda: client.get(**federation_request(NAME, "/"))


CLIENTS = pytest.mark.parametrize("client", [_by_aiohttp, _by_httpx])


def _begin(head: bytes, repeated: bytes, pause: float) -> Behaviour:
    """Return a behaviour that sends a beginning, and then the same bytes until the client closes the connection."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        closed = asyncio.create_task(reader.read())
        while not closed.done():
            writer.write(repeated)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


OK = b"HTTP/1.1 200 OK\r\n"
WITHOUT_END = {
    "silence": _begin(b"", b"", 0.01),
    "a status line that drips": _begin(OK[:-2], b"x", 0.01),
    "headers that drip": _begin(OK, b"X: y\r\n", 0.05),
    "a header that drips": _begin(OK + b"X: ", b"y", 0.01),
    "interim responses": _begin(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
    "interim responses as fast as possible": _begin(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100, 0),
    "a body that drips": _begin(OK + b"Content-Length: 1000000\r\n\r\n", b"z", 0.01),
    "chunks that drip": _begin(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nz\r\n", 0.01),
}


@CLIENTS
@pytest.mark.parametrize("case", WITHOUT_END)
async def test_a_response_without_an_end_ends_with_the_total_timeout(client: Any, case: str) -> None:
    async with _server(WITHOUT_END[case]) as (server, resolver), client(resolver, 0.3) as get:
        with pytest.raises((TimeoutError, httpx.ReadTimeout)):
            await get()
        assert server.seen.connections == 1


TOO_LARGE = {
    "a header": _begin(OK + b"X: ", b"y" * 1_000, 0),
    "many headers": _begin(OK, b"X: y\r\n" * 100, 0),
}


@CLIENTS
@pytest.mark.parametrize("case", TOO_LARGE)
async def test_what_is_not_body_is_limited_in_size(client: Any, case: str) -> None:
    """The limits are those of aiohttp and h11. Without one, this test would never end."""
    async with _server(TOO_LARGE[case]) as (_, resolver), client(resolver, None) as get:
        with pytest.raises((aiohttp.ClientError, httpx.RemoteProtocolError)):
            await get()


SIZE_OR_TIME = {
    "a status line": _begin(OK[:-2], b"x" * 1_000, 0),
    "a chunk extension": _begin(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"z" * 1_000, 0),
    "trailers": _begin(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 100, 0),
}


@CLIENTS
@pytest.mark.parametrize("case", SIZE_OR_TIME)
async def test_what_parsers_skip_is_limited_in_size_or_time(client: Any, case: str) -> None:
    """Which of the two it is depends on the parser: that of aiohttp reads over extensions without keeping them, and 3.13 limits no status line."""
    async with _server(SIZE_OR_TIME[case]) as (_, resolver), client(resolver, 0.5) as get:
        with pytest.raises((TimeoutError, aiohttp.ClientError, httpx.ReadTimeout, httpx.RemoteProtocolError)):
            await get()


async def test_the_deadline_of_a_transport_can_be_off() -> None:
    async with _server(respond("200 OK", b"x")) as (_, resolver):
        transport = FederationTransport(resolver, total_timeout=None)
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get(**federation_request(NAME, "/"))).content == b"x"
