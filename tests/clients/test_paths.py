"""A path reaches the server unchanged or is refused, because the signature of a request covers every byte."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import httpx
import pytest

from matrix_resolve import AddressPolicy, ServerNameResolver
from matrix_resolve.clients.aiohttp import federation_session, federation_url
from matrix_resolve.clients.httpx import FederationTransport, federation_request
from tests._support.certificates import client_context
from tests._support.tls_server import respond, tls_server

Send = Callable[[str], Awaitable[object]]
NAME = "203.0.113.1:8448"
EXACT = [
    *("/", "//", "//a", "/a//b", "/a/", "/:8080", "/http://x/y", "/$!*()~'", "/a;b=c", "/@a:b", "/a+b"),
    *("/event/..", "/event/.", "/..", "/.", "/...", "/./a", "/../a", "/a/../b", "/%2e%2e/a", "/a/%2E%2E"),
    *("/a%2Fb", "/a%2fb", "/%7E", "/%41", "/%C3%BC", "/a%23b", "/a%", "/a%2", "/a%zz"),
    *('/a"b', "/a{b}", "/a|b", "/a\\b", "/a^b", "/a`b", "/a<b>", "/a[b]"),
    *("/a?b", "/a?b?c", "/a??", "/a?&&", "/a?x=1&x=1", "/a?x=+", "/a?x=%20", "/a?x=%27", "/a?x='", "/a?../..", "/a?%"),
    *('/a?x={"y"}', "/a?x=[]", "/a?x=|^`", "/a?x=\\", "/a?x=<>", "/a?x=/../y", "/a?x=y;z"),
]
"""Paths that both clients send unchanged."""
EMPTY_QUERIES = ["/?", "/a?"]
"""Paths that httpx sends unchanged, but aiohttp cannot."""
REFUSED = ["", "a", "?a", "/a b", "/a?x=a b", "/a\t", "/a\r\nX: y", "/a\x7f", "/\x00", "/ü", "/a#b", "/a#", "/a?#"]
REASONS = r"must begin with a slash|must be percent-encoded"


@asynccontextmanager
async def _server() -> AsyncGenerator[tuple[ServerNameResolver, Callable[[], list[str]]]]:
    """Run a TLS server. The yielded function returns the request targets received so far, as they were on the wire."""
    async with tls_server(respond(), "203.0.113.1") as server:
        policy, tls = AddressPolicy(allow=["203.0.113.0/24"]), client_context()
        async with ServerNameResolver(ssl_context=tls, connect_to=server.connect_to, address_policy=policy) as resolver:
            yield (
                resolver,
                lambda: [line.removeprefix("GET ").removesuffix(" HTTP/1.1") for line, _ in server.seen.requests],
            )


@asynccontextmanager
async def _by_aiohttp(resolver: ServerNameResolver) -> AsyncGenerator[Send]:
    async with federation_session(resolver) as session:

        async def send(path: str) -> None:
            async with session.get(federation_url(NAME, path)) as response:
                await response.read()

        yield send


@asynccontextmanager
async def _by_httpx(resolver: ServerNameResolver) -> AsyncGenerator[Send]:
    async with httpx.AsyncClient(transport=FederationTransport(resolver)) as client:

        async def send(path: str) -> None:
            await client.get(**federation_request(NAME, path))

        yield send


CLIENTS = {"aiohttp": _by_aiohttp, "httpx": _by_httpx}


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_path_is_sent_byte_for_byte(client: str) -> None:
    paths = EXACT if client == "aiohttp" else [*EXACT, *EMPTY_QUERIES]
    async with _server() as (resolver, seen), CLIENTS[client](resolver) as send:
        for path in paths:
            await send(path)
        assert seen() == paths


@pytest.mark.parametrize("client", CLIENTS)
async def test_what_cannot_be_sent_exactly_is_refused_and_named(client: str) -> None:
    async with _server() as (resolver, seen), CLIENTS[client](resolver) as send:
        for path in REFUSED:
            with pytest.raises(ValueError, match=REASONS):
                await send(path)
        assert seen() == []


@pytest.mark.parametrize("path", EMPTY_QUERIES)
def test_aiohttp_cannot_send_an_empty_query(path: str) -> None:
    with pytest.raises(ValueError, match=r'aiohttp would send "/a?"$'):
        federation_url(NAME, path)


async def test_a_string_that_aiohttp_would_rewrite_is_refused() -> None:
    """A path that is sent is sent unchanged."""
    sent, refused = list[str](), list[str]()
    async with _server() as (resolver, seen), federation_session(resolver) as session:
        for path in [*EXACT, *EMPTY_QUERIES, *(path for path in REFUSED if path != "a")]:
            try:
                async with session.get(f"matrix-federation://{NAME}{path}") as response:
                    await response.read()
                sent.append(path or "/")
            except aiohttp.InvalidUrlClientError as error:
                refused.append(str(error))
        assert seen() == sent
    assert all("use federation_url()" in error and error.isprintable() for error in refused)
    assert not set(sent) & {"/event/..", "/%7E", "/a?", "/a#b", "/ü", "/a b"}
    assert {"/", "//a", "/a%2Fb", "/a?x=%20"} < set(sent)


@pytest.mark.parametrize(
    ("path", "params", "target"),
    [
        ("/a", {"x": "1"}, "/a?x=1"),
        ("/event/..", {"x": "1"}, "/event/..?x=1"),
        ("/a{b}", {"x": "ü"}, "/a{b}?x=%C3%BC"),
        ("/a?y=%20", None, "/a?y=%20"),
    ],
)
async def test_a_query_that_is_added_leaves_the_path_alone(
    path: str, params: dict[str, str] | None, target: str
) -> None:
    async with (
        _server() as (resolver, seen),
        federation_session(resolver) as session,
        httpx.AsyncClient(transport=FederationTransport(resolver)) as client,
    ):
        async with session.get(federation_url(NAME, path), params=params) as response:
            await response.read()
        await client.get(**federation_request(NAME, path), params=params)
        assert seen() == [target, target]


async def test_a_query_that_httpx_has_replaced_is_refused() -> None:
    async with (
        _server() as (resolver, seen),
        httpx.AsyncClient(transport=FederationTransport(resolver)) as client,
    ):
        with pytest.raises(httpx.InvalidURL, match=r'"/a\?y=%20" was changed'):
            await client.get(**federation_request(NAME, "/a?y=%20"), params={"x": "1"})
        assert seen() == []


async def test_no_parameters_change_nothing_or_are_refused() -> None:
    """Newer versions of httpx turn an empty mapping into an empty query, older ones into no query."""
    async with (
        _server() as (resolver, seen),
        httpx.AsyncClient(transport=FederationTransport(resolver)) as client,
    ):
        try:
            await client.get(**federation_request(NAME, "/a?y=%20"), params={})
        except httpx.InvalidURL:
            assert seen() == []
        else:
            assert seen() == ["/a?y=%20"]


@pytest.mark.parametrize("path", REFUSED)
async def test_the_extension_is_checked_like_the_argument(path: str) -> None:
    async with (
        _server() as (resolver, seen),
        httpx.AsyncClient(transport=FederationTransport(resolver)) as client,
    ):
        with pytest.raises(httpx.InvalidURL, match=REASONS):
            await client.get(f"matrix-federation://{NAME}/", extensions={"matrix_path": path})
        with pytest.raises(TypeError, match="not bytes"):
            await client.get(f"matrix-federation://{NAME}/", extensions={"matrix_path": b"/"})
        assert seen() == []
