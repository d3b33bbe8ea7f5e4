"""The routes for aiohttp, on a real server, requested by a client and by the resolver."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from matrix_resolve import AddressPolicy, ServerNameResolver
from matrix_resolve.publish import WELL_KNOWN_PATH, Delegation
from matrix_resolve.publish.aiohttp import well_known_routes
from matrix_resolve.publish.server import Certificate, ListenAddress, serving
from matrix_resolve.testing import FakeDns
from tests._support.certificates import authority, client_context
from tests._support.plain_http import Place, ask

DELEGATION = Delegation("matrix.example.org:443", max_age=600)


async def _greet(_: web.Request) -> web.Response:
    return web.Response(text="hello")


@pytest.fixture
async def place() -> AsyncGenerator[Place]:
    application = web.Application()
    application.add_routes([web.get("/", _greet), *well_known_routes(DELEGATION)])
    async with TestServer(application) as server:
        url = server.make_url("/")
        assert url.host
        assert url.port
        yield url.host, url.port


@pytest.mark.parametrize("path", [WELL_KNOWN_PATH, f"{WELL_KNOWN_PATH}?again=1"])
async def test_get(place: Place, path: str) -> None:
    answer = await ask(place, "GET", path)
    assert (answer.status, answer.body) == (200, b'{"m.server": "matrix.example.org:443"}')
    assert {name: value for name, value in answer.headers.items() if name not in {"date", "server"}} == {
        "content-type": "application/json",
        "cache-control": "public, max-age=600",
        "content-length": "38",
        "connection": "close",
    }


async def test_head_has_the_headers_of_get_and_no_body(place: Place) -> None:
    got, head = [await ask(place, method, WELL_KNOWN_PATH) for method in ("GET", "HEAD")]
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused(place: Place, method: str) -> None:
    answer = await ask(place, method, WELL_KNOWN_PATH)
    assert (answer.status, answer.headers["allow"]) == (405, "GET,HEAD")
    assert b"m.server" not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/matrix",
        "/.well-known/matrix/client",
        "/.well-known/matrix/server/",
        "/.well-known/matrix/servers",
        "/.well-known/matrix/Server",
        "/a/.well-known/matrix/server",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_other_paths_are_not_there(place: Place, method: str, path: str) -> None:
    assert (await ask(place, method, path)).status == 404


async def test_other_routes_stay(place: Place) -> None:
    assert (await ask(place, "GET", "/")).body == b"hello"


@pytest.mark.parametrize(
    "name",
    ["matrix.example.org:443", "Matrix.Example.org:08448", "matrix.example.org", "192.0.2.7:443", "[2001:db8::7]:443"],
)
async def test_our_own_resolver_follows_it(tmp_path: Path, name: str) -> None:
    dns, file = FakeDns(), tmp_path / "both.pem"
    dns.a("example.org", "192.0.2.1")
    dns.a("matrix.example.org", "192.0.2.2")
    authority().issue_cert("example.org").private_key_and_cert_chain_pem.write_to_path(str(file))
    listen = [ListenAddress.parse("127.0.0.1:0")]
    async with serving(Delegation(name), listen, Certificate(str(file), None)) as (address,):
        port = int(address.rpartition(":")[2])
        async with ServerNameResolver(
            dns=dns,
            ssl_context=client_context(),
            connect_to=lambda _ip, _port: ("127.0.0.1", port),
            address_policy=AddressPolicy(allow=["192.0.2.0/24", "2001:db8::/32"]),
        ) as resolver:
            resolution = await resolver.resolve("example.org")
    assert resolution.delegated == name
    assert [warning.code for warning in resolution.warnings] == []


def test_a_text_is_refused_when_it_is_configured() -> None:
    with pytest.raises(TypeError, match=r"Delegation\('m\.example:443'\), not str"):
        well_known_routes(cast("Delegation", "m.example:443"))
