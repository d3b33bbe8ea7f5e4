"""The contract of an HTTP backend, on aiohttp with a real HTTPS server and on the fake."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from matrix_resolve.backends import HttpBackend, HttpResponse
from matrix_resolve.testing import FakeHttp
from tests.support.tls_server import Behaviour, hang, respond, tls_server

from .asking import ADDRESSES, URL, backend_to

Answer = HttpResponse | Exception
Serve = Callable[[Answer], AbstractAsyncContextManager[HttpBackend]]


@asynccontextmanager
async def real(answer: Answer) -> AsyncGenerator[HttpBackend]:
    kind = "self-signed" if isinstance(answer, ssl.SSLError) else "right"
    async with tls_server(_behaviour(answer), "example.org", kind=kind) as server:
        backend = backend_to(server.connect_to)
        try:
            yield backend
        finally:
            await backend.aclose()


def _behaviour(answer: Answer) -> Behaviour:
    if isinstance(answer, TimeoutError):
        return hang
    if isinstance(answer, Exception):
        return respond(body=b"half", length=100)
    return respond(f"{answer.status} Reason", answer.body, *(f"{name}: {value}" for name, value in answer.headers))


@asynccontextmanager
async def fake(answer: Answer) -> AsyncGenerator[HttpBackend]:
    http = FakeHttp()
    if isinstance(answer, TimeoutError):
        http.gate = asyncio.Event()
    http.serve(URL, answer)
    yield http


@pytest.fixture(params=[real, fake], ids=["aiohttp", "fake"])
def serve(request: pytest.FixtureRequest) -> Serve:
    chosen: Serve = request.param
    return chosen


async def ask(backend: HttpBackend, *, max_bytes: int = 1000, seconds: float = 10.0) -> HttpResponse:
    return await backend.get(URL, addresses=ADDRESSES, headers={}, max_bytes=max_bytes, timeout=seconds)


@pytest.mark.parametrize("status", [200, 201, 400, 403, 404, 410, 429, 500, 503, 599])
async def test_every_status_is_a_response(serve: Serve, status: int) -> None:
    async with serve(HttpResponse(status, (), b"body")) as backend:
        response = await ask(backend)
    assert (response.status, response.body, response.truncated) == (status, b"body", False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["https://example.com/", "/elsewhere", URL, "http://example.org/"])
async def test_redirects_are_not_followed(serve: Serve, status: int, location: str) -> None:
    async with serve(HttpResponse(status, (("Location", location),), b"moved")) as backend:
        response = await ask(backend)
    assert (response.status, response.values("location"), response.body) == (status, [location], b"moved")


async def test_headers_come_in_order_and_repeated(serve: Serve) -> None:
    headers = (("X-A", "1"), ("Cache-Control", "max-age=60"), ("x-a", "2"), ("Cache-Control", "public"), ("X-A", "1"))
    async with serve(HttpResponse(200, headers)) as backend:
        response = await ask(backend)
    assert tuple(pair for pair in response.headers if pair[0] in {"X-A", "x-a", "Cache-Control"}) == headers
    assert response.values("CACHE-control") == ["max-age=60", "public"]
    assert response.values("x-A") == ["1", "2", "1"]
    assert response.values("x-b") == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", bytes(range(256)), b"\xef\xbb\xbf{}\r\n"], ids=["none", "text", "any", "bom"]
)
async def test_the_body_is_raw(serve: Serve, body: bytes) -> None:
    async with serve(HttpResponse(200, (("Content-Type", "text/plain; charset=utf-16"),), body)) as backend:
        response = await ask(backend)
    assert response.body == body


@pytest.mark.parametrize(
    ("size", "max_bytes", "truncated"),
    [
        pytest.param(9, 10, False, id="one-less"),
        pytest.param(10, 10, False, id="exactly"),
        pytest.param(11, 10, True, id="one-more"),
        pytest.param(51_200, 51_200, False, id="exactly-the-cap"),
        pytest.param(51_201, 51_200, True, id="one-more-than-the-cap"),
        pytest.param(1_000_000, 51_200, True, id="a-megabyte"),
        pytest.param(0, 0, False, id="nothing-of-nothing"),
        pytest.param(1, 0, True, id="nothing-of-something"),
    ],
)
async def test_reading_stops(serve: Serve, *, size: int, max_bytes: int, truncated: bool) -> None:
    body = bytes(number % 251 for number in range(size))
    async with serve(HttpResponse(200, (), body)) as backend:
        response = await ask(backend, max_bytes=max_bytes)
    assert response.body == body[:max_bytes]
    assert response.truncated is truncated


@pytest.mark.parametrize(
    "error", [ConnectionError("cut"), ssl.SSLCertVerificationError("bad")], ids=["connection", "certificate"]
)
async def test_an_error_raises(serve: Serve, error: Exception) -> None:
    async with serve(error) as backend:
        with pytest.raises(OSError, match=r".") as caught:
            await ask(backend)
    assert isinstance(caught.value, ssl.SSLCertVerificationError) == isinstance(error, ssl.SSLError)
    assert not isinstance(caught.value, TimeoutError)


async def test_silence_raises_timeout_error(serve: Serve) -> None:
    async with serve(TimeoutError()) as backend:
        with pytest.raises(TimeoutError):
            await ask(backend, seconds=0.1)


async def test_no_address_is_an_error(serve: Serve) -> None:
    async with serve(HttpResponse(200)) as backend:
        with pytest.raises(ValueError, match="address"):
            await backend.get(URL, addresses=(), headers={}, max_bytes=10, timeout=1)


async def test_many_requests_at_once(serve: Serve) -> None:
    async with serve(HttpResponse(200, (), b"body")) as backend:
        responses = await asyncio.gather(*(ask(backend) for _ in range(20)))
    assert [response.body for response in responses] == [b"body"] * 20


async def test_a_cancelled_request_leaves_the_others_alone(serve: Serve) -> None:
    async with serve(HttpResponse(200, (), b"body")) as backend:
        tasks = [asyncio.create_task(ask(backend)) for _ in range(5)]
        tasks[2].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[2], asyncio.CancelledError)
    assert [each.body for each in done if isinstance(each, HttpResponse)] == [b"body"] * 4


async def test_can_be_used_after_an_error(serve: Serve) -> None:
    async with serve(TimeoutError()) as backend:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await ask(backend, seconds=0.05)
