"""The aiohttp client: features of aiohttp that must keep working, and our own."""

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from matrix_resolve import ServerNameResolver
from matrix_resolve.clients.aiohttp import (
    FederationConnectionError,
    FederationConnector,
    federation_session,
    federation_url,
)
from matrix_resolve.testing import LoopbackFederation, Reply, SeenRequest
from tests._support.federation_clients import VERSION, why

from .reporting import ReportingResolver, servers

URL = f"matrix-federation://a.example{VERSION}"


def _echo(request: SeenRequest) -> Reply:
    return Reply(body=request.body, headers={"X-Path": request.path})


async def test_an_upload_that_waits_for_100() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").reply("/upload", _echo)
        url = federation_url("a.example", "/upload")
        async with (
            federation_session(resolver) as session,
            session.put(url, data=b"body", expect100=True) as response,
        ):
            assert await response.read() == b"body"


async def test_a_timeout_of_0_is_none() -> None:
    """A timeout of 0 means no timeout, as in aiohttp."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        timeout = aiohttp.ClientTimeout(connect=0, sock_connect=0)
        async with federation_session(resolver, timeout=timeout) as session, session.get(URL) as response:
            assert response.status == 200


async def test_a_name_without_targets_is_a_connection_error() -> None:
    async with (
        LoopbackFederation() as federation,
        federation.resolver() as resolver,
        federation_session(resolver) as session,
    ):
        with pytest.raises(FederationConnectionError) as caught:
            await session.get(URL)
        assert why(caught.value).code == "no-address"
        assert (caught.value.server_name, isinstance(caught.value, aiohttp.ClientConnectionError)) == (
            "a.example",
            True,
        )


async def test_the_connect_timeout_of_aiohttp_is_that_of_each_target() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").stop("hang")
        timeout = aiohttp.ClientTimeout(sock_connect=0.2)
        async with federation_session(resolver, timeout=timeout) as session:
            with pytest.raises(FederationConnectionError) as caught:
                await session.get(URL)
    failures = why(caught.value).failures
    assert {(failure.target.port, failure.code) for failure in failures} == {(8448, "timeout")}


@pytest.mark.parametrize("name", ["connect", "total"])
async def test_timeouts_of_aiohttp_count(name: str) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").stop("hang")
        async with federation_session(resolver, timeout=aiohttp.ClientTimeout(**{name: 0.2})) as session:
            with pytest.raises(TimeoutError):
                await session.get(URL)


async def test_redirects_are_returned() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").reply("/moved", Reply(status=302, headers={"Location": "/other"}))
        async with federation_session(resolver) as session:
            url = federation_url("a.example", "/moved")
            for request in (session.get(url), session.get(url, allow_redirects=True)):
                async with request as response:
                    assert (response.status, response.headers["Location"], response.history) == (302, "/other", ())
        assert [seen.path for seen in federation.seen.requests] == ["/moved", "/moved"]


async def test_host_follows_the_step() -> None:
    """No ``:8448`` is added and the ``:443`` of step 3.2 is kept, whatever Host header the caller sets."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        federation.server("hs.example", port=443)
        federation.well_known("b.example", "hs.example:443")
        async with federation_session(resolver, headers={"Host": "liar.example"}) as session:
            for name in ("a.example", "b.example"):
                async with session.get(federation_url(name, VERSION)) as response:
                    assert response.status == 200
        hosts = [seen.host for seen in federation.seen.requests if seen.path == VERSION]
    assert hosts == ["a.example", "hs.example:443"]


async def test_connections_are_pooled_by_host_and_tls_name() -> None:
    """Names that delegate to the same host share a connection; another Host header gets a separate one."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("hs.example", port=443)
        for name in ("a.example", "b.example"):
            federation.well_known(name, "hs.example:443")
            await resolver.resolve(name)
        federation.seen.clear()
        async with federation_session(resolver) as session:
            for name in ("a.example", "b.example", "hs.example:443", "HS.example:443", "a.example"):
                async with session.get(federation_url(name, VERSION)) as response:
                    await response.read()
        assert [seen.host for seen in federation.seen.requests] == [
            *["hs.example:443"] * 3,
            "HS.example:443",
            "hs.example:443",
        ]
        assert len(federation.seen.handshakes) == 2


async def test_bodies_stream_in_both_directions() -> None:
    chunks = [bytes([number]) * 70_000 for number in range(40)]

    async def upload() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        first, second = servers(federation, "a.example", 0, 10)
        first.stop()
        second.reply("/upload", _echo)
        url = federation_url("a.example", "/upload")
        async with federation_session(resolver) as session, session.put(url, data=upload()) as response:
            body = b"".join([chunk async for chunk in response.content.iter_any()])
        assert (body == b"".join(chunks), len(second.requests)) == (True, 1)


async def test_a_response_that_stops_half_way_is_an_error() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").reply("/x", Reply(body=b"half an answer", cut_after=4))
        url = federation_url("a.example", "/x")
        async with federation_session(resolver) as session, session.get(url) as response:
            with pytest.raises(aiohttp.ClientError):
                await response.read()


async def test_the_callers_middlewares_see_the_federation_url_and_sign_it() -> None:
    """A request uses the middlewares of its session, unless it has its own, which replace them."""
    seen = list[str]()

    async def sign(
        request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
    ) -> aiohttp.ClientResponse:
        seen.append(str(request.url))
        request.headers["Authorization"] = f'X-Matrix destination="{request.url.raw_authority}"'
        response = await handler(request)
        if response.status == 401:  # repeats the same request, as digest authentication does
            response.release()
            return await handler(request)
        return response

    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        server = federation.server("a.example")
        server.reply("/x", Reply(status=401), Reply(status=200))
        async with federation_session(resolver, middlewares=[sign]) as session:
            async with session.get(federation_url("A.Example", "/x")) as response:
                assert response.status == 200
            async with session.get(federation_url("A.Example", VERSION), middlewares=()) as response:
                assert response.status == 200
    headers = [dict(request.headers).get("Authorization") for request in server.requests]
    assert headers == [*['X-Matrix destination="A.Example"'] * 2, None]
    assert seen == ["matrix-federation://A.Example/x"]


async def test_trace_configs_see_the_federation_url() -> None:
    events = list[tuple[str, str]]()
    trace = aiohttp.TraceConfig()
    for name in (
        "request_start",
        "connection_create_start",
        "connection_create_end",
        "connection_reuseconn",
        "request_headers_sent",
        "request_end",
    ):

        async def note(_: object, __: object, parameters: object, name: str = name) -> None:
            events.append((name, str(getattr(parameters, "url", ""))))

        getattr(trace, f"on_{name}").append(note)
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        async with federation_session(resolver, trace_configs=[trace]) as session:
            for _ in range(2):
                async with session.get(URL) as response:
                    await response.read()
    assert events == [
        ("request_start", URL),
        ("connection_create_start", ""),
        ("connection_create_end", ""),
        ("request_headers_sent", URL),
        ("request_end", URL),
        ("request_start", URL),
        ("connection_reuseconn", ""),
        ("request_headers_sent", URL),
        ("request_end", URL),
    ]


async def test_no_cookies_are_kept_unless_the_caller_says_so() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").reply("/x", Reply(headers={"Set-Cookie": "spy=1"}))
        for made in (federation_session(resolver), federation_session(resolver, cookie_jar=aiohttp.CookieJar())):
            async with made as session:
                for _ in range(2):
                    async with session.get(federation_url("a.example", "/x")) as response:
                        await response.read()
        sent = [dict(request.headers).get("Cookie") for request in federation.seen.requests]
    assert sent == [None, None, None, "spy=1"]


async def test_a_proxy_is_refused_rather_than_passed_by() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        async with federation_session(resolver, proxy="http://127.0.0.1:1") as session:
            with pytest.raises(aiohttp.ClientConnectionError, match="cannot go through a proxy"):
                await session.get(URL)
        assert federation.seen.requests == []


async def test_closing_the_session_leaves_the_resolver_open() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        for _ in range(2):
            async with federation_session(resolver) as session, session.get(URL) as response:
                assert response.status == 200


async def test_a_connector_with_options_of_its_own() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        connector = FederationConnector(resolver, force_close=True)
        async with federation_session(resolver, connector=connector) as session:
            for _ in range(2):
                async with session.get(URL) as response:
                    await response.read()
        assert [seen.port for seen in federation.seen.handshakes].count(8448) == 2


async def test_another_kind_of_connector_is_refused() -> None:
    async with ServerNameResolver() as resolver, aiohttp.TCPConnector() as connector:
        with pytest.raises(TypeError, match="must be a FederationConnector"):
            federation_session(resolver, connector=connector)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
