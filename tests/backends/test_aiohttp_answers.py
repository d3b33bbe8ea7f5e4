"""Responses to the aiohttp backend, and how the backend ends.

``B2-n`` are numbered pitfalls of aiohttp, measured before the backend was written.
"""

import asyncio
import gc
import gzip
import socket
import zlib
from collections.abc import Callable, Coroutine, Mapping

import pytest
import uvloop

from matrix_resolve.backends import HttpResponse
from matrix_resolve.backends.aiohttp import AiohttpBackend
from tests._support.descriptors import open_descriptors
from tests._support.listeners import Behaviour
from tests._support.tls_server import hang, respond, send, tls_server
from tests._support.waiting import until

from .helpers_aiohttp import URL, ask, ask_once, backend_to

OK = b"HTTP/1.1 200 OK\r\n"


async def answered(data: bytes) -> HttpResponse:
    async with tls_server(send(data), "example.org") as server:
        return await ask_once(server.connect_to)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(b"{}")), ("deflate", zlib.compress(b"{}")), ("br", b"\x0b\x00\x80{}"), ("gzip", b"{}")],
    ids=["gzip", "deflate", "brotli", "gzip-in-name-only"],
)
async def test_a_coded_body_comes_undecoded(encoding: str, body: bytes) -> None:
    """B2-11, B2-12."""
    response = await answered(respond_bytes(body, f"Content-Encoding: {encoding}"))
    assert (response.body, response.values("content-encoding")) == (body, [encoding])


def respond_bytes(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


async def test_a_bomb_is_cut_at_its_raw_bytes() -> None:
    """B2-11."""
    bomb = gzip.compress(bytes(10_000_000))
    response = await answered(respond_bytes(bomb, "Content-Encoding: gzip"))
    assert (response.body, response.truncated) == (bomb[:1000], True)


async def test_no_cookies_are_sent_back() -> None:
    """B2-18."""
    async with tls_server(respond("200 OK", b"", "Set-Cookie: a=b; Path=/"), "example.org", "localhost") as server:
        backend = backend_to(server.connect_to)
        for url in (URL, URL, "https://localhost/", "https://localhost/"):
            assert (await ask(backend, url)).values("set-cookie") == ["a=b; Path=/"]
        await backend.aclose()
    assert [headers.get("cookie") for _, headers in server.seen.requests] == [None] * 4


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "matrix", "Accept": "application/json", "Accept-Encoding": "identity"},
        {"user-agent": "matrix", "accept": "application/json", "accept-encoding": "identity"},
    ],
    ids=["upper", "lower"],
)
async def test_headers_are_sent_as_they_are(headers: Mapping[str, str]) -> None:
    async with tls_server(respond(), "example.org") as server:
        await ask_once(server.connect_to, headers=headers)
    ((_, seen),) = server.seen.requests
    seen.pop("connection", None)
    assert seen == {"host": "example.org", **{name.lower(): value for name, value in headers.items()}}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", id="chunked"),
        pytest.param(
            OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nX-Trailer: x\r\n\r\n", id="chunked-with-trailer"
        ),
        pytest.param(OK + b"Connection: close\r\n\r\nabcde", id="until-the-connection-ends"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nabcde", id="http-1.0"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nabcde", id="no-reason"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + respond_bytes(b"abcde"), id="100-first"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + respond_bytes(b"abcde"), id="103-first"),
        pytest.param(respond_bytes(b"abcde", *(f"X-{n}: x" for n in range(100))), id="a-hundred-headers"),
        pytest.param(respond_bytes(b"abcde", "X: " + "x" * 8000), id="a-header-of-8000"),
        pytest.param(respond_bytes(b"abcde", "X: caf\u00e9"), id="a-header-beyond-ascii"),
    ],
)
async def test_answers_that_are_read(data: bytes) -> None:
    response = await answered(data)
    assert (response.status, response.body, response.truncated) == (200, b"abcde", False)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(OK + b"Content-Length: 100\r\n\r\nhalf", id="length"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n64\r\nhalf", id="chunk"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", id="no-last-chunk"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhalf\r\n", id="no-chunk-size"),
        pytest.param(OK + b"Content-Le", id="headers"),
    ],
)
async def test_an_answer_cut_short_raises(data: bytes) -> None:
    with pytest.raises(ConnectionError) as caught:
        await answered(data)
    assert "pinned" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="ssh"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>hello</html>", id="html"),
        pytest.param(b"HTTP/1.1 abc OK\r\n\r\n", id="status-no-number"),
        pytest.param(b"HTTP/1.1 99 OK\r\n\r\n", id="status-of-two-digits"),
        pytest.param(b"\x00" * 100, id="zeros"),
        pytest.param(OK + b"Content-Length: -5\r\n\r\n", id="B2-12-negative-length"),
        pytest.param(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", id="two-lengths"),
        pytest.param(OK + b"no colon\r\n\r\n", id="no-colon"),
        pytest.param(respond_bytes(b"", *(f"X-{n}: x" for n in range(200))), id="B2-12-many-headers"),
        pytest.param(respond_bytes(b"", "X: " + "x" * 100_000), id="B2-12-long-header"),
        pytest.param(b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n", id="B2-12-long-reason"),
    ],
)
async def test_what_is_not_http_raises(data: bytes) -> None:
    """B2-12: it does not become a response with status 400."""
    with pytest.raises(ConnectionError) as caught:
        await answered(data)
    assert "pinned" not in str(caught.value)
    assert str(caught.value)


def drip(head: bytes, drop: bytes) -> Behaviour:
    """Return a behaviour that sends *head* and then *drop* again and again."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.01)

    return behave


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hang, id="silence"),
        pytest.param(drip(OK + b"Content-Length: 100000\r\n\r\n", b"x"), id="body"),
        pytest.param(drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), id="chunks"),
        pytest.param(drip(OK, b"X: x\r\n"), id="headers"),
        pytest.param(drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), id="103"),
    ],
)
async def test_a_drip_is_ended_by_the_timeout(behaviour: Behaviour) -> None:
    """B2-10."""
    async with tls_server(behaviour, "example.org") as server:
        backend = backend_to(server.connect_to)
        with pytest.raises(TimeoutError):
            await ask(backend, max_bytes=100_000, timeout=0.3)
        await backend.aclose()


async def test_a_silent_handshake_is_ended_by_the_timeout() -> None:
    """B2-10."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        backend = backend_to(lambda _ip, _port: ("127.0.0.1", listening.getsockname()[1]), connect_timeout=60)
        with pytest.raises(TimeoutError):
            await ask(backend, timeout=0.2)
        await backend.aclose()


def until_the_client_goes(behaviour: Behaviour, asked: asyncio.Event, gone: asyncio.Event) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        try:
            await behaviour(reader, writer)
            await reader.read()
        finally:
            gone.set()

    return behave


@pytest.mark.parametrize("end", ["cancelled", "timeout", "truncated", "read"])
async def test_no_connection_stays_open(end: str) -> None:
    """The server sees the end of the connection while the backend is still open."""
    asked, gone = asyncio.Event(), asyncio.Event()
    body: Behaviour = {
        "truncated": drip(OK + b"Content-Length: 100000000\r\n\r\n", b"x" * 10_000),
        "read": send(OK + b"Content-Length: 2\r\n\r\nok"),
    }.get(end, hang)
    async with tls_server(until_the_client_goes(body, asked, gone), "example.org") as server:
        backend = backend_to(server.connect_to)
        task = asyncio.create_task(ask(backend, timeout=0.2 if end == "timeout" else 60))
        await asked.wait()
        if end == "cancelled":
            task.cancel()
        await asyncio.wait([task])
        async with asyncio.timeout(5):
            await gone.wait()
        await backend.aclose()
    assert task.cancelled() == (end == "cancelled")
    if not task.cancelled():
        assert isinstance(task.exception(), TimeoutError) == (end == "timeout")


async def test_cancelled_at_any_moment() -> None:
    """Cancellation ends a request in any state, and the next request works."""
    async with tls_server(respond(body=b"ok"), "example.org") as server:
        backend = backend_to(server.connect_to)
        for turns in range(60):
            task = asyncio.create_task(ask(backend))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        assert (await ask(backend)).body == b"ok"
        await backend.aclose()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert [task for task in others if "aiohttp" in repr(task.get_coro())] == []


Run = Callable[[Coroutine[object, object, None]], None]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_one_backend_on_two_event_loops_in_turn(run: Run) -> None:
    """B2-18: the backend is created outside any event loop."""
    port = 0
    backend = backend_to(lambda _ip, _port: ("127.0.0.1", port))

    async def request() -> None:
        nonlocal port
        async with tls_server(respond(body=b"ok"), "example.org") as server:
            port = server.port
            assert (await ask(backend)).body == b"ok"

    run(request())
    run(request())
    run(backend.aclose())
    gc.collect()


def test_two_event_loops_in_alternation() -> None:
    """Neither loop closes what the other one uses."""
    port = 0
    backend = backend_to(lambda _ip, _port: ("127.0.0.1", port))

    async def request() -> None:
        nonlocal port
        async with tls_server(respond(body=b"ok"), "example.org") as server:
            port = server.port
            assert (await ask(backend)).body == b"ok"

    with asyncio.Runner() as one, asyncio.Runner() as other:
        for _ in range(3):
            one.run(request())
            other.run(request())
        one.run(backend.aclose())
        other.run(backend.aclose())


async def test_aclose_twice_and_unused() -> None:
    await AiohttpBackend().aclose()
    async with tls_server(respond(), "example.org") as server:
        backend = backend_to(server.connect_to)
        await ask(backend)
        await backend.aclose()
        await backend.aclose()


@pytest.mark.parametrize("used", [True, False])
async def test_a_closed_backend_says_so(*, used: bool) -> None:
    async with tls_server(respond(), "example.org") as server:
        backend = backend_to(server.connect_to)
        if used:
            await ask(backend)
        await backend.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await ask(backend)


async def test_nothing_is_left_after_aclose() -> None:
    async with tls_server(respond(), "example.org") as server:
        await ask_once(server.connect_to)
        before = open_descriptors()
        backend = backend_to(server.connect_to)
        await asyncio.gather(*(ask(backend) for _ in range(20)))
        await backend.aclose()
        await until(lambda: open_descriptors() <= before)
