"""The httpx client: features of httpx that must keep working, and our own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from matrix_resolve import ConnectFailed, InvalidServerName, ServerNameResolver, ServerNotFound, open_connection
from matrix_resolve.clients.httpx import FederationTransport, federation_request
from matrix_resolve.testing import LoopbackFederation, Reply, SeenRequest
from tests._support.certificates import client_context
from tests._support.federation_clients import VERSION
from tests._support.tls_server import respond, tls_server
from tests._support.waiting import until

from .reporting import ReportingResolver, servers

URL = f"matrix-federation://a.example{VERSION}"


def _client(
    resolver: ServerNameResolver, *, timeout: float | httpx.Timeout = 5.0, limits: httpx.Limits | None = None
) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=FederationTransport(resolver, limits=limits), timeout=timeout)


@asynccontextmanager
async def _testbed(*names: str) -> AsyncGenerator[tuple[LoopbackFederation, ServerNameResolver, httpx.AsyncClient]]:
    async with LoopbackFederation() as federation, federation.resolver() as resolver, _client(resolver) as client:
        for name in names:
            federation.server(name)
        yield federation, resolver, client


def _echo(request: SeenRequest) -> Reply:
    return Reply(body=request.body)


@pytest.mark.parametrize("path", ["/_matrix/a%2Fb//c?x=%20&y=@z:a.example&x=1", "/?", "/%C3%BC"])
async def test_the_path_stays_as_it_is(path: str) -> None:
    async with _testbed("a.example") as (federation, _, client):
        response = await client.get(f"matrix-federation://a.example{path}")
        assert str(response.url) == f"matrix-federation://a.example{path}"
        assert [seen.path for seen in federation.seen.requests] == [path]


async def test_the_exact_spelling_is_an_extension() -> None:
    async with _testbed("a.example") as (federation, _, client):
        for extensions in ({}, {"matrix_server_name": "A.Example"}):
            await client.get(URL.replace("a.example", "A.Example"), extensions=extensions)
        assert [seen.host for seen in federation.seen.requests] == ["a.example", "A.Example"]
        assert [seen.port for seen in federation.seen.handshakes].count(8448) == 2


async def test_host_follows_the_step_whatever_the_caller_says() -> None:
    async with _testbed("a.example") as (federation, _, client):
        federation.server("hs.example", port=443)
        federation.well_known("b.example", "hs.example:443")
        for name in ("a.example", "b.example"):
            await client.get(f"matrix-federation://{name}{VERSION}", headers={"Host": "liar.example"})
        hosts = [[value for key, value in seen.headers if key.lower() == "host"] for seen in federation.seen.requests]
    assert [host for host in hosts if host != ["b.example"]] == [["a.example"], ["hs.example:443"]]


async def test_connections_are_pooled_by_host_and_tls_name() -> None:
    async with _testbed() as (federation, resolver, client):
        federation.server("hs.example", port=443)
        for name in ("a.example", "b.example"):
            federation.well_known(name, "hs.example:443")
            await resolver.resolve(name)
        federation.seen.clear()
        for name in ("a.example", "b.example", "hs.example:443", "HS.example:443", "a.example"):
            await client.get("matrix-federation://any.invalid/", extensions={"matrix_server_name": name})
        assert len(federation.seen.requests) == 5
        assert len(federation.seen.handshakes) == 2


async def test_a_connection_that_the_server_has_closed_is_not_used_again() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        farewell = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")  # without "Connection: close"
        federation.server("a.example").reply("/x", farewell)
        transport = FederationTransport(resolver)
        async with httpx.AsyncClient(transport=transport) as client:
            for _ in range(3):
                assert (await client.post("matrix-federation://a.example/x")).status_code == 200
                while not all(connection.has_expired() for connection in transport._pool.connections):  # pyright: ignore[reportPrivateUsage] - there is no public way to see this
                    await asyncio.sleep(0.01)
        assert [seen.port for seen in federation.seen.handshakes].count(8448) == 3


@pytest.mark.parametrize("follow", [False, True])
async def test_redirects_are_returned(follow: bool) -> None:  # noqa: FBT001 - a parameter of the test
    async with _testbed("a.example") as (federation, _, client):
        federation.server("a.example").reply("/moved", Reply(status=302, headers={"Location": "/other"}))
        response = await client.get("matrix-federation://a.example/moved", follow_redirects=follow)
        assert (response.status_code, response.headers["Location"], response.history) == (302, "/other", [])
        assert [seen.path for seen in federation.seen.requests] == ["/moved"]


async def test_bodies_stream_in_both_directions() -> None:
    chunks = [bytes([number]) * 70_000 for number in range(40)]

    async def upload() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        first, second = servers(federation, "a.example", 0, 10)
        first.stop()
        second.reply("/upload", _echo)
        url = "matrix-federation://a.example/upload"
        async with _client(resolver) as client, client.stream("PUT", url, content=upload()) as response:
            body = b"".join([chunk async for chunk in response.aiter_raw()])
        assert (body == b"".join(chunks), len(second.requests)) == (True, 1)


async def test_a_body_that_is_left_unread_closes_the_connection() -> None:
    async with _testbed("a.example") as (federation, _, client):
        federation.server("a.example").reply("/big", Reply(body=bytes(5_000_000)))
        async with client.stream("GET", "matrix-federation://a.example/big") as response:
            assert response.status_code == 200
        assert (await client.get(URL)).status_code == 200


ERRORS: dict[str, tuple[Reply, type[httpx.TransportError]]] = {
    "half an answer": (Reply(body=b"half an answer", cut_after=4), httpx.ReadError),
    "no answer": (Reply(raw=b""), httpx.RemoteProtocolError),
    "not HTTP": (Reply(raw=b"SSH-2.0-OpenSSH\r\n\r\n"), httpx.RemoteProtocolError),
    "silence": (Reply(delay=60), httpx.ReadTimeout),
    "a drip": (Reply(body=b"ab", drip=60), httpx.ReadTimeout),
}


@pytest.mark.parametrize("what", ERRORS)
async def test_errors_are_those_of_httpx(what: str) -> None:
    reply, error = ERRORS[what]
    async with _testbed("a.example") as (federation, _, client):
        federation.server("a.example").reply("/x", reply)
        with pytest.raises(error) as caught:
            await client.get("matrix-federation://a.example/x", timeout=httpx.Timeout(5.0, read=0.3))
        assert caught.value.request.url == "matrix-federation://a.example/x"


async def test_a_request_that_was_sent_goes_nowhere_else_whatever_its_body_raises() -> None:
    """A relay may stream the body from another federation request, which can fail with its own error."""
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        federation.server("dead.example").stop()
        servers(federation, "a.example", 0, 10)
        await resolver.resolve("a.example")
        started = list[str]()

        async def body() -> AsyncIterator[bytes]:
            started.append("body")
            yield b"half"
            await open_connection(resolver, "dead.example")

        async with _client(resolver) as client:
            with pytest.raises(ConnectFailed, match=r"dead\.example"):
                await client.post("matrix-federation://a.example/send", content=body())
            assert (await client.get(URL)).status_code == 200
    assert started == ["body"]


@pytest.mark.parametrize("name", [5, b"a.example"])
async def test_a_server_name_that_is_no_text_is_a_mistake(name: object) -> None:
    async with _testbed("a.example") as (_, _, client):
        with pytest.raises(TypeError, match="a server name must be a str"):
            await client.get(URL, extensions={"matrix_server_name": name})


async def test_no_server_name_beside_the_url_means_the_one_in_it() -> None:
    async with _testbed("a.example") as (federation, _, client):
        assert (await client.get(URL, extensions={"matrix_server_name": None})).status_code == 200
        assert [seen.host for seen in federation.seen.requests] == ["a.example"]


async def test_a_user_part_is_refused() -> None:
    async with _testbed("a.example") as (federation, _, client):
        with pytest.raises(httpx.InvalidURL, match="must not have a user part"):
            await client.get(f"matrix-federation://user:password@a.example{VERSION}")
        assert federation.seen.requests == []


async def test_a_request_for_a_name_from_outside() -> None:
    async with _testbed("a.example") as (federation, _, client):
        await client.get(**federation_request("A.Example", "/x%7E?y=%20"))
        assert [(seen.host, seen.path) for seen in federation.seen.requests] == [("A.Example", "/x%7E?y=%20")]
    for name in ("@alice:a.example", "https://a.example", "", "a.example/admin?", "user:password@a.example", "[::1"):
        with pytest.raises(InvalidServerName):
            federation_request(name, "/x")


async def test_a_server_that_moved_is_found_by_the_next_request_though_time_was_over_for_the_first() -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        federation.well_known("a.example", "old.example")
        old = federation.server("old.example", addresses=["198.51.100.50"])
        federation.server("new.example")
        await resolver.resolve("a.example")
        old.stop("drop")
        federation.well_known("a.example", "new.example")
        async with _client(resolver, timeout=httpx.Timeout(5.0, connect=0.3)) as client:
            with pytest.raises(httpx.ConnectTimeout) as caught:
                await client.get(URL)
            assert isinstance(caught.value.__cause__, ConnectFailed)
            assert (await client.get(URL)).status_code == 200


def test_without_httpx_the_import_says_what_to_install() -> None:
    code = "import sys; sys.modules['httpcore'] = None; import matrix_resolve.clients.httpx"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - the command is our own
    assert 'ImportError: httpx is not installed; install it with: pip install "matrix-resolve[httpx]"' in done.stderr


async def test_a_name_without_targets_cannot_be_connected_to() -> None:
    async with _testbed() as (_, _, client):
        with pytest.raises(httpx.ConnectError) as caught:
            await client.get(URL)
        assert isinstance(caught.value.__cause__, ServerNotFound)
        assert caught.value.__cause__.code == "no-address"


async def test_no_server_name_is_an_invalid_url() -> None:
    async with _testbed() as (_, _, client):
        with pytest.raises(httpx.InvalidURL, match="is not a valid server name") as caught:
            await client.get("matrix-federation://127.1/")
        assert isinstance(caught.value.__cause__, InvalidServerName)


async def test_the_connect_timeout_is_that_of_all_targets_and_says_which_were_tried() -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        for server in servers(federation, "a.example", 0, 0, 10):
            server.stop("drop")
        await resolver.resolve("a.example")
        async with _client(resolver, timeout=httpx.Timeout(5.0, connect=0.4)) as client:
            with pytest.raises(
                httpx.ConnectTimeout, match=r"203\.0\.113\.1:1001, 203\.0\.113\.2:1002: no answer in time; 1 more"
            ):
                await client.get(URL)
        assert sorted(resolver.reported) == ["203.0.113.1:1001", "203.0.113.2:1002"]


async def test_limits_of_httpx_count() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").reply("/slow", Reply(delay=60))
        limits, timeout = httpx.Limits(max_connections=1), httpx.Timeout(5.0, pool=0.2)
        async with _client(resolver, limits=limits, timeout=timeout) as client:
            slow = asyncio.create_task(client.get("matrix-federation://a.example/slow"))
            await until(lambda: any(seen.path == "/slow" for seen in federation.seen.requests))
            with pytest.raises(httpx.PoolTimeout):
                await client.get(URL)
            slow.cancel()
            await asyncio.gather(slow, return_exceptions=True)
            assert (await client.get(URL)).status_code == 200


async def test_other_urls_are_served_by_another_transport() -> None:
    async with (
        tls_server(respond("302 Found", b"", "Location: https://127.0.0.1:1/"), "localhost") as server,
        ServerNameResolver() as resolver,
    ):
        url = f"https://localhost:{server.port}/x"
        async with _client(resolver) as client:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.get(url)
        fallback = httpx.AsyncHTTPTransport(verify=client_context())
        async with httpx.AsyncClient(transport=FederationTransport(resolver, fallback=fallback)) as client:
            assert (await client.get(url)).status_code == 302
            with pytest.raises(httpx.ConnectError):
                await client.get(url, follow_redirects=True)


async def test_as_a_mount() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        async with httpx.AsyncClient(mounts={"matrix-federation://": FederationTransport(resolver)}) as client:
            assert (await client.get(URL)).json()["server"]["name"] == "LoopbackFederation"
        async with httpx.AsyncClient(mounts={"matrix-federation://": FederationTransport(resolver)}) as client:
            assert (await client.get(URL)).status_code == 200, "closing the first one has left the resolver open"
