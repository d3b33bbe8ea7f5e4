"""Our aiohttp backend and a bare aiohttp session get the same raw responses, and must have the same outcome.

Ours goes its own way, with pinned addresses, a Host header of its own and bounded sockets; the session does nothing of the kind. Each response
comes in one TLS record and byte by byte, before a close_notify and without one.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import attrs
import pytest
from aiohttp.abc import AbstractResolver

from matrix_resolve import HttpBackend, HttpResponse
from tests.contract.session_http import Pinned, read
from tests.support.aiohttp_backend import trusting
from tests.support.certificates import client_context, server_context

from .raw_responses import GROUPS, MAX_BYTES, Rows
from .raw_server import Manner, raw_server

AT_ONCE = 20
TIMEOUT = 5.0  # seconds; every server closes, so that nothing takes as long
PINNED = ("127.0.0.1",)
MANNERS = [Manner("close_notify", False), Manner("cut", False), Manner("close_notify", True), Manner("cut", True)]
FAILED = "failed"
HUNG = "hung"
Outcome = HttpResponse | str
Get = Callable[[str], Awaitable[HttpResponse]]


def ours(backend: HttpBackend) -> Get:
    return lambda url: backend.get(
        url, addresses=PINNED, headers={"Accept": "*/*"}, max_bytes=MAX_BYTES, timeout=TIMEOUT
    )


def bare(session: aiohttp.ClientSession) -> Get:
    async def get(url: str) -> HttpResponse:
        async with session.get(url, allow_redirects=False) as response:
            return await read(response, MAX_BYTES)

    return get


def bare_session(context: ssl.SSLContext, resolver: AbstractResolver) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=context, resolver=resolver, force_close=True)
    return aiohttp.ClientSession(connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())


async def outcome(get: Get, url: str) -> Outcome:
    try:
        async with asyncio.timeout(TIMEOUT):
            response = await get(url)
    except TimeoutError:
        return HUNG
    except (OSError, aiohttp.ClientError):
        return FAILED
    # aiohttp's parser writes some names in its own way, and headers are the same however they are written
    return attrs.evolve(response, headers=tuple((name.lower(), value) for name, value in response.headers))


async def outcomes(get: Get, urls: Sequence[str]) -> list[Outcome]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(url: str) -> Outcome:
        async with slots:
            return await outcome(get, url)

    return await asyncio.gather(*map(one, urls))


async def differences(rows: Rows, manner: Manner) -> dict[str, tuple[Outcome, Outcome]]:
    context, backend = client_context(), trusting(client_context())
    responses = {f"/{number}": data for number, data in enumerate(rows.values())}
    async with (
        raw_server(server_context("a.example"), responses, manner) as port,
        bare_session(context, Pinned(PINNED)) as session,
    ):
        urls = [f"https://a.example:{port}{path}" for path in responses]
        try:
            pairs = zip(await outcomes(ours(backend), urls), await outcomes(bare(session), urls), strict=True)
        finally:
            await backend.aclose()
    return {name: pair for name, pair in zip(rows, pairs, strict=True) if pair[0] != pair[1]}


@pytest.mark.parametrize(
    "manner", MANNERS, ids=lambda manner: f"{manner.closing}-{'split' if manner.is_split else 'whole'}"
)
@pytest.mark.parametrize("rows", GROUPS.values(), ids=GROUPS)
def test_same_outcome(rows: Rows, manner: Manner) -> None:
    with asyncio.Runner(debug=False) as runner:
        assert runner.run(differences(rows, manner)) == {}


def test_there_are_many_rows() -> None:
    assert sum(map(len, GROUPS.values())) >= 200
