"""The aiohttp backend and a bare aiohttp session receive the same raw responses, and must have the same outcome.

The backend uses pinned addresses, its own Host header and limited sockets; the session uses none of these. Each
response is sent in one TLS record and byte by byte, with a close_notify and without one. A request that only a timeout
would end counts as failed: a bare session waits for ever for the rest of a body if aiohttp's C parser has rejected a
chunk after the header (3.14.5).
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import attrs
import pytest
from aiohttp.abc import AbstractResolver
from aiohttp.http import HttpProcessingError

from matrix_resolve import HttpBackend, HttpResponse
from matrix_resolve.testing.contracts.expectations import end
from tests._support.aiohttp_backend import trusting
from tests._support.certificates import client_context, server_context
from tests.contracts.session_http import Pinned, read

from .raw_lines import Rows
from .raw_responses import GROUPS, MAX_BYTES
from .raw_server import Manner, RawServer, raw_server

AT_ONCE = 20
TIMEOUT = 20.0  # seconds; every server closes the connection, so nothing takes that long
ROUNDS = 100  # iterations of the event loop within which a client notices that the connection is closed
PINNED = ("127.0.0.1",)
MANNERS = [Manner("close_notify", False), Manner("cut", False), Manner("cut", True)]
SPLIT_AND_CLOSED = Manner("close_notify", True)
CLOSING_MATTERS = {"chunk-ends", "cuts", "ends", "interim", "no-body", "rubbish"}
FAILED = "failed"
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


async def outcome(get: Get, server: RawServer, path: str) -> Outcome:
    """Make a request, and return its outcome."""
    over = asyncio.create_task(server.over[path].wait())
    task = asyncio.ensure_future(get(f"https://a.example:{server.port}{path}"))
    async with asyncio.timeout(TIMEOUT):
        await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
    for _ in range(ROUNDS):
        if not task.done():
            await asyncio.sleep(0)
    await end(over)
    if not task.done():
        await end(task)
        return FAILED  # only its timeout would end it, because the connection is closed
    return settled(task)


def settled(task: "asyncio.Future[HttpResponse]") -> Outcome:
    try:
        response = task.result()
    except (OSError, aiohttp.ClientError, HttpProcessingError):
        return FAILED
    # aiohttp's parser changes the letter case of some names, which makes no difference
    return attrs.evolve(response, headers=tuple((name.lower(), value) for name, value in response.headers))


async def outcomes(get: Get, server: RawServer, paths: Sequence[str]) -> list[Outcome]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(path: str) -> Outcome:
        async with slots:
            return await outcome(get, server, path)

    return await asyncio.gather(*map(one, paths))


async def differences(rows: Rows, manner: Manner) -> dict[str, tuple[Outcome, Outcome]]:
    """Return the outcomes that differ between the backend and a bare session, by the IDs of the rows."""
    paths = {who: [f"/{who}/{number}" for number in range(len(rows))] for who in ("ours", "bare")}
    responses = {path: data for each in paths.values() for path, data in zip(each, rows.values(), strict=True)}
    backend = trusting(client_context())
    async with (
        raw_server(server_context("a.example"), responses, manner) as server,
        bare_session(client_context(), Pinned(PINNED)) as session,
    ):
        try:
            our_outcomes = await outcomes(ours(backend), server, paths["ours"])
        finally:
            await backend.aclose()
        pairs = zip(our_outcomes, await outcomes(bare(session), server, paths["bare"]), strict=True)
        return {name: pair for name, pair in zip(rows, pairs, strict=True) if pair[0] != pair[1]}


def cases() -> list[tuple[str, Manner]]:
    """Return each group in each manner.

    For groups in which the end of the connection hardly matters, split rows have only one manner.
    """
    manners = [(group, manner) for group in GROUPS for manner in MANNERS]
    return manners + [(group, SPLIT_AND_CLOSED) for group in GROUPS if group in CLOSING_MATTERS]


@pytest.mark.parametrize(("group", "manner"), cases(), ids=str)
def test_same_outcome(group: str, manner: Manner) -> None:
    with asyncio.Runner(debug=False) as runner:
        assert runner.run(differences(GROUPS[group], manner)) == {}


def test_there_are_many_rows() -> None:
    assert sum(map(len, GROUPS.values())) >= 200
