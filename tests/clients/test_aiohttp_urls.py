"""Which URLs a federation session accepts and how it writes them, and https URLs, which aiohttp handles itself."""

import aiohttp
import pytest

from matrix_resolve import InvalidServerName, ServerName, ServerNameResolver
from matrix_resolve.clients.aiohttp import (
    federation_session,
    federation_url,
)
from matrix_resolve.testing import LoopbackFederation
from tests._support.certificates import client_context
from tests._support.federation_clients import VERSION
from tests._support.tls_server import respond, tls_server


@pytest.mark.parametrize(
    ("server_name", "path"),
    [
        ("A.Example", "/_matrix/federation/v1/version"),
        ("a.example:8448", "/_matrix/key/v2/server"),
        ("[2001:DB8::7]:443", "/"),
        ("198.51.100.7", "/_matrix/a%2Fb//c/%41~%7E?x=%20&y=@z:a.example&x=1"),
    ],
)
async def test_a_url_keeps_its_spelling(server_name: str, path: str) -> None:
    url = federation_url(server_name, path)
    assert str(url) == f"matrix-federation://{server_name}{path}"
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        name = ServerName.parse(server_name)
        federation.server(name.tls_server_name, port=name.port or 8448)
        async with federation_session(resolver) as session, session.get(url) as response:
            assert (response.url, response.request_info.url, response.real_url) == (url, url, url)
        assert [(seen.host, seen.path) for seen in federation.seen.requests] == [(server_name, path)]


async def test_a_plain_string_is_lower_case() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        async with (
            federation_session(resolver) as session,
            session.get(f"matrix-federation://A.Example{VERSION}") as response,
        ):
            assert response.status == 200
        assert [seen.host for seen in federation.seen.requests] == ["a.example"]


@pytest.mark.parametrize("path", ["", "no/slash", "/a b", "/ü", "/a\n", "/a#b", "/a\x7f"])
def test_a_path_that_would_be_changed_on_the_way_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"must begin with a slash|must be percent-encoded"):
        federation_url("a.example", path)


def test_a_url_needs_a_server_name() -> None:
    with pytest.raises(InvalidServerName, match=r'pass "a\.example"'):
        federation_url("@alice:a.example", "/")


@pytest.mark.parametrize(
    "url", ["matrix-federation://a_b.example/x", "matrix-federation://127.1/x", "matrix-federation://a..example/x"]
)
async def test_no_server_name_is_an_invalid_url(url: str) -> None:
    async with (
        LoopbackFederation() as federation,
        federation.resolver() as resolver,
        federation_session(resolver) as session,
    ):
        with pytest.raises(aiohttp.InvalidURL, match="is not a valid server name") as caught:
            await session.get(url)
        assert isinstance(caught.value.__cause__, InvalidServerName)


async def test_a_user_part_is_refused() -> None:
    """It would become an Authorization header in aiohttp, and server names come from other parties."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        async with federation_session(resolver) as session:
            with pytest.raises(aiohttp.InvalidURL, match="must not have a user part"):
                await session.get(f"matrix-federation://user:password@a.example{VERSION}")
        assert federation.seen.requests == []


async def test_a_base_url_is_refused_as_nothing_could_be_joined_to_it() -> None:
    async with ServerNameResolver() as resolver:
        with pytest.raises(ValueError, match=r"federation_url\(\)"):
            federation_session(resolver, base_url=federation_url("a.example", "/"))


async def test_plain_urls_pass_through() -> None:
    async with tls_server(respond("200 OK", b"plain"), "localhost") as server, ServerNameResolver() as resolver:
        url = f"https://localhost:{server.port}/x"
        async with federation_session(resolver) as session:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.get(url)
            async with session.get(url, ssl=client_context()) as response:
                assert await response.read() == b"plain"
    assert server.seen.requests[0][1]["host"] == f"localhost:{server.port}"


async def test_plain_redirects_are_followed() -> None:
    async with (
        tls_server(respond("302 Found", b"", "Location: https://127.0.0.1:1/"), "localhost") as server,
        ServerNameResolver() as resolver,
        federation_session(resolver) as session,
    ):
        with pytest.raises(aiohttp.ClientConnectorError, match=r"127\.0\.0\.1:1"):
            await session.get(f"https://localhost:{server.port}/x", ssl=client_context())
