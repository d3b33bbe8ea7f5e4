"""The contract of an HTTP backend, on the aiohttp backend and the fake; and what these promise in addition."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import pytest
import uvloop

from matrix_resolve import AiohttpBackend, HttpBackend, HttpResponse
from matrix_resolve.testing import FakeHttp, Reply
from matrix_resolve.testing.contracts.calls import Calls
from matrix_resolve.testing.contracts.http import CHECKS
from matrix_resolve.testing.contracts.http_answers import ANSWERS
from matrix_resolve.testing.contracts.http_floods import BOUNDED_FLOODS, FLOODS
from matrix_resolve.testing.contracts.http_testbed import HttpCheck, HttpsCheck, HttpTestbed, ask, open_servers
from matrix_resolve.testing.contracts.report import Check, run_checks
from tests._support.aiohttp_backend import trusting
from tests._support.tls_server import respond, tls_server
from tests.backends.helpers_aiohttp import URL, backend_to

from .adapters import open_fake_http
from .session_http import SessionHttp

LIMIT = 10.0


@asynccontextmanager
async def on_a_session_of_ours(context: ssl.SSLContext) -> AsyncGenerator[AiohttpBackend]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield AiohttpBackend(session, ssl_context=context)


Side = tuple[HttpTestbed, HttpBackend]


@pytest.mark.parametrize("check", [check for check in CHECKS if check not in FLOODS], ids=lambda check: check.name)
async def test_contract(check: Check[HttpTestbed, HttpBackend]) -> None:
    await run_checks("backend", [check], partial(open_servers, trusting), limit=LIMIT)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_contract_on_the_callers_session(check: Check[HttpTestbed, HttpBackend]) -> None:
    await run_checks("backend", [check], partial(open_servers, on_a_session_of_ours), limit=LIMIT)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("make", [trusting, SessionHttp], ids=["default", "session"])
@pytest.mark.parametrize("check", BOUNDED_FLOODS, ids=lambda check: check.name)
def test_floods(
    check: HttpsCheck, make: Callable[[ssl.SSLContext], HttpBackend], run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    run(run_checks("backend", [check], partial(open_servers, make), limit=LIMIT))


@pytest.mark.parametrize("check", ANSWERS, ids=lambda check: check.name)
async def test_contract_on_the_fake(check: HttpCheck) -> None:
    await run_checks("fake", [check], open_fake_http, limit=LIMIT)


@pytest.fixture(params=["aiohttp", "fake"])
async def side(request: pytest.FixtureRequest) -> AsyncGenerator[Side]:
    """A server, and one of this package's backends that sends requests to it."""
    if request.param == "fake":
        async with open_fake_http(Calls(LIMIT)) as fake:
            yield fake
    else:
        async with open_servers(trusting, Calls(LIMIT)) as real:
            yield real


async def test_header_names_come_as_written(side: Side) -> None:
    testbed, backend = side
    headers = (("X-A", "1"), ("Cache-Control", "max-age=60"), ("x-a", "2"), ("Cache-Control", "public"), ("X-A", "1"))
    response = await ask(backend, testbed.reply("/x", Reply(headers=headers)))
    assert tuple(pair for pair in response.headers if pair[0] in {"X-A", "x-a", "Cache-Control"}) == headers
    assert response.values("CACHE-control") == ["max-age=60", "public"]
    assert response.values("x-A") == ["1", "2", "1"]
    assert response.values("x-b") == []


async def test_a_body_cut_short_is_a_connection_error(side: Side) -> None:
    testbed, backend = side
    with pytest.raises(OSError, match=r".") as caught:
        await ask(backend, testbed.reply("/x", Reply(body=bytes(100), cut_after=50)))
    assert not isinstance(caught.value, ssl.SSLError | TimeoutError)


async def test_silence_raises_timeout_error(side: Side) -> None:
    testbed, backend = side
    url = testbed.reply("/x", Reply(delay=float("inf")))
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await ask(backend, url, timeout=0.1)


async def test_no_address_is_an_error(side: Side) -> None:
    testbed, backend = side
    with pytest.raises(ValueError, match="address"):
        await ask(backend, testbed.reply("/x", Reply()), addresses=())


async def test_a_request_that_is_cancelled_before_it_is_made_leaves_the_others_alone(side: Side) -> None:
    testbed, backend = side
    url = testbed.reply("/x", Reply(body=b"body"))
    tasks = [asyncio.create_task(ask(backend, url)) for _ in range(5)]
    tasks[2].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[2], asyncio.CancelledError)
    assert [each.body for each in done if isinstance(each, HttpResponse)] == [b"body"] * 4


async def test_a_bad_certificate_is_a_certificate_error() -> None:
    async with tls_server(respond(), "example.org", kind="self-signed") as server:
        backend = backend_to(server.connect_to)
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(backend, URL)
        await backend.aclose()


async def test_the_fake_waits_at_its_gate_until_the_timeout() -> None:
    fake = FakeHttp()
    fake.gate = asyncio.Event()
    with pytest.raises(TimeoutError):
        await ask(fake, URL, timeout=0.05)
    fake.gate.set()
    assert (await ask(fake, URL)).status == 404


async def test_the_fake_gives_its_answers_in_turn() -> None:
    fake = FakeHttp()
    fake.serve(URL, ssl.SSLCertVerificationError("bad"), HttpResponse(200), HttpResponse(201))
    with pytest.raises(ssl.SSLCertVerificationError, match="bad"):
        await ask(fake, URL)
    assert [(await ask(fake, URL)).status for _ in range(3)] == [200, 201, 201]
