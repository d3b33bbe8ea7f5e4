"""No federation server receives cookies, neither those of another server nor its own."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import httpx

from matrix_resolve.clients.aiohttp import federation_session, federation_url
from matrix_resolve.clients.httpx import FederationTransport, federation_request
from matrix_resolve.testing import LoopbackFederation, Reply

NAMES = ("a.example.org", "b.example.org", "example.org", "a.example.org")
COOKIES = ("evil=1; Domain=example.org; Path=/", "own=2; Path=/")


@asynccontextmanager
async def _federation() -> AsyncGenerator[LoopbackFederation]:
    async with LoopbackFederation() as federation:
        for name in set(NAMES):
            server = federation.server(name)
            for number, cookie in enumerate(COOKIES):
                server.reply(f"/{number}", Reply(headers={"Set-Cookie": cookie, "X-Kept": "yes"}))
        yield federation


def _cookies(federation: LoopbackFederation) -> list[str]:
    return [value for seen in federation.seen.requests for name, value in seen.headers if name.lower() == "cookie"]


async def test_httpx_keeps_and_sends_none() -> None:
    async with (
        _federation() as federation,
        federation.resolver() as resolver,
        httpx.AsyncClient(transport=FederationTransport(resolver)) as client,
    ):
        client.cookies.set("mine", "3", domain="example.org")
        for name in NAMES:
            for number in range(len(COOKIES)):
                response = await client.get(**federation_request(name, f"/{number}"))
                assert (response.headers["X-Kept"], "Set-Cookie" in response.headers) == ("yes", False)
        assert [cookie.name for cookie in client.cookies.jar] == ["mine"]
        assert _cookies(federation) == []


async def test_cookies_of_other_urls_stay_the_business_of_httpx() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=request.headers.get("Cookie", ""), headers={"Set-Cookie": "plain=1; Path=/"})

    async with (
        _federation() as federation,
        federation.resolver() as resolver,
        httpx.AsyncClient(transport=FederationTransport(resolver, fallback=httpx.MockTransport(answer))) as client,
    ):
        assert [(await client.get("https://a.example.org/")).text for _ in range(2)] == ["", "plain=1"]
        await client.get(**federation_request("a.example.org", "/0"))
        assert _cookies(federation) == []


async def test_a_federation_session_keeps_and_sends_none() -> None:
    async with _federation() as federation, federation.resolver() as resolver, federation_session(resolver) as session:
        for name in NAMES:
            for number in range(len(COOKIES)):
                async with session.get(federation_url(name, f"/{number}")) as response:
                    assert response.headers["X-Kept"] == "yes"
        assert isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
        assert _cookies(federation) == []
