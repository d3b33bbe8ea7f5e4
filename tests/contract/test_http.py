"""The contract of an HTTP backend, on aiohttp over real TLS and on the fake; and what concerns aiohttp alone."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack

import pytest

from matrix_resolve import AiohttpBackend, HttpBackend, HttpResponse
from matrix_resolve.testing import FakeHttp
from tests.support.certificates import client_context
from tests.support.tls_server import Behaviour, TlsServer, hang, respond, send, tls_server
from tests.waiting import settle

URL, HOST = "https://example.org/w", "example.org"
ADDRESSES = ("192.0.2.1",)
CLOSED = ("127.0.0.1", 1)


async def get(
    backend: HttpBackend, url: str = URL, *, addresses: Sequence[str] = ADDRESSES, limit: float = 5.0
) -> HttpResponse:
    return await backend.get(
        url, addresses=addresses, headers={"Accept": "application/json"}, max_bytes=100, timeout=limit
    )


class Bench:
    """One of the two backends, and a way to let it get an answer."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.stack = AsyncExitStack()

    async def answering(self, *, real: Behaviour, fake: HttpResponse | Exception) -> HttpBackend:
        if self.kind == "fake":
            http = FakeHttp()
            http.serve(URL, fake)
            return http
        server = await self.stack.enter_async_context(tls_server(real, HOST))
        return await real_backend(self.stack, server)


async def real_backend(stack: AsyncExitStack, server: TlsServer) -> AiohttpBackend:
    backend = AiohttpBackend(client_context(), connect_to=server.connect_to)
    stack.push_async_callback(backend.aclose)
    return backend


@pytest.fixture(params=["aiohttp", "fake"])
async def bench(request: pytest.FixtureRequest) -> AsyncGenerator[Bench]:
    bench = Bench(request.param)
    async with bench.stack:
        yield bench


@pytest.mark.parametrize(
    ("status", "body"),
    [("200 OK", b"{}"), ("404 Not Found", b"no"), ("503 Busy", b""), ("200 OK", b"x" * 100), ("200 OK", b"\xff\x00")],
)
async def test_a_response_is_given_whatever_it_says(bench: Bench, status: str, body: bytes) -> None:
    number = int(status[:3])
    backend = await bench.answering(real=respond(status, body), fake=HttpResponse(number, (), body))
    response = await get(backend)
    assert (response.status, response.body, response.truncated) == (number, body, False)


async def test_reading_stops_at_the_limit(bench: Bench) -> None:
    backend = await bench.answering(real=respond(body=b"x" * 101), fake=HttpResponse(200, (), b"x" * 101))
    response = await get(backend)
    assert (len(response.body), response.truncated) == (100, True)


async def test_repeated_headers_are_kept_in_order(bench: Bench) -> None:
    headers = (("Cache-Control", "max-age=5"), ("cache-control", "public"))
    lines = [f"{name}: {value}" for name, value in headers]
    backend = await bench.answering(real=respond("200 OK", b"", *lines), fake=HttpResponse(200, headers))
    assert (await get(backend)).values("CACHE-control") == ["max-age=5", "public"]


async def test_a_redirect_is_a_response(bench: Bench) -> None:
    location = "https://www.example.org/x"
    backend = await bench.answering(
        real=respond("302 Found", b"", f"Location: {location}"), fake=HttpResponse(302, (("Location", location),))
    )
    response = await get(backend)
    assert (response.status, response.values("location")) == (302, [location])


async def test_no_answer_is_a_timeout(bench: Bench) -> None:
    backend = await bench.answering(real=hang, fake=TimeoutError())
    with pytest.raises(TimeoutError):
        await get(backend, limit=0.1)


async def test_a_body_that_is_cut_short_is_an_error(bench: Bench) -> None:
    backend = await bench.answering(real=respond(body=b"half", length=100), fake=ConnectionError("cut short"))
    with pytest.raises(OSError, match="payload|cut short|not complete"):
        await get(backend)


async def test_no_address_is_an_error(bench: Bench) -> None:
    backend = await bench.answering(real=respond(), fake=HttpResponse(200))
    with pytest.raises(ValueError, match="address"):
        await get(backend, addresses=())


# From here on, aiohttp alone.


@pytest.mark.parametrize(
    ("url", "certified", "sni", "host"),
    [
        ("https://example.org/w", "example.org", "example.org", "example.org"),
        ("https://example.org:8443/w?a=b", "example.org", "example.org", "example.org:8443"),
        ("https://203.0.113.3/w", "203.0.113.3", None, "203.0.113.3"),
        ("https://[2001:db8::3]:99/w", "2001:db8::3", None, "[2001:db8::3]:99"),
    ],
)
async def test_host_and_tls_name_come_from_the_url(url: str, certified: str, sni: str | None, host: str) -> None:
    """For an IP literal there is no SNI, and the iPAddress entries count (B2-6)."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(tls_server(respond(), certified))
        await get(await real_backend(stack, server), url)
    line, headers = server.seen.requests[0]
    assert (headers["host"], server.seen.tls_names) == (host, [sni])
    assert line == f"GET {url.split('/', 3)[3].join(['/', ''])} HTTP/1.1"
    assert headers["accept"] == "application/json"
    assert not {"cookie", "authorization", "proxy-authorization"} & set(headers)


@pytest.mark.parametrize(
    ("names", "kind", "words"),
    [
        (["other.example"], "right", "Hostname mismatch"),
        (["192.0.2.1"], "right", "Hostname mismatch"),
        ([HOST], "expired", "expired"),
        ([HOST], "self-signed", "unable to get local issuer"),
    ],
)
async def test_certificates_that_do_not_prove_the_name(names: list[str], kind: str, words: str) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(tls_server(respond(), *names, kind=kind))
        backend = await real_backend(stack, server)
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            await get(backend)
    assert words in caught.value.verify_message
    assert server.seen.requests == []


async def test_only_pinned_addresses_are_dialled_and_the_next_one_when_one_is_dead() -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(tls_server(respond(), HOST))
        dialled: list[str] = []

        def connect_to(ip: str, port: int) -> tuple[str, int]:
            dialled.append(ip)
            return CLOSED if ip == "192.0.2.1" else server.connect_to(ip, port)

        backend = AiohttpBackend(client_context(), connect_to=connect_to)
        stack.push_async_callback(backend.aclose)
        assert (await get(backend, addresses=("192.0.2.1", "192.0.2.2"))).status == 200
    assert dialled == ["192.0.2.1", "192.0.2.2"]


async def test_another_address_has_its_turn_when_the_first_fails_in_tls() -> None:
    async with AsyncExitStack() as stack:
        wrong = await stack.enter_async_context(tls_server(respond(), "other.example"))
        right = await stack.enter_async_context(tls_server(respond(body=b"right"), HOST))
        ports = {"192.0.2.1": wrong.port, "192.0.2.2": right.port}
        backend = AiohttpBackend(client_context(), connect_to=lambda ip, _: ("127.0.0.1", ports[ip]))
        stack.push_async_callback(backend.aclose)
        assert (await get(backend, addresses=("192.0.2.1", "192.0.2.2"))).body == b"right"
    assert wrong.seen.requests == []


async def test_a_connection_is_never_used_again() -> None:
    """Two names on one address: each is checked for itself."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            tls_server(send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), HOST)
        )
        backend = await real_backend(stack, server)
        await asyncio.gather(*(get(backend) for _ in range(5)))
        with pytest.raises(ssl.SSLCertVerificationError):
            await get(backend, "https://www.example.org/w")
    assert len(server.seen.requests) == server.seen.connections == 5


async def test_a_compressed_body_comes_as_it_is() -> None:
    packed = gzip.compress(b"{}")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(tls_server(respond("200 OK", packed, "Content-Encoding: gzip"), HOST))
        assert (await get(await real_backend(stack, server))).body == packed


async def test_cookies_and_proxies_from_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(tls_server(respond("200 OK", b"", "Set-Cookie: a=b"), HOST))
        backend = await real_backend(stack, server)
        for _ in range(2):
            await get(backend)
    assert ["cookie" in headers for _, headers in server.seen.requests] == [False, False]


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever: no wait for a single byte is ever long."""
    del reader
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.03)


@pytest.mark.parametrize(
    "behaviour",
    [
        drip,
        hang,
        send(b"SSH-2.0-OpenSSH\r\n"),
        send(b""),
        send(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000 + b"\r\n"),
        send(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"),
        send(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"),
        send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
    ids=["drip", "hang", "not-http", "nothing", "many-headers", "long-header", "negative-length", "bad-chunk"],
)
async def test_bad_answers_are_errors_that_do_not_name_the_pin(behaviour: Behaviour) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(tls_server(behaviour, HOST))
        backend = await real_backend(stack, server)
        with pytest.raises(OSError, match=r"(?s)^(?!.*pinned).*$"):
            await get(backend, limit=0.5)


async def test_chunks_and_1xx_responses_are_read() -> None:
    data = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(tls_server(send(data), HOST))
        assert (await get(await real_backend(stack, server))).body == b"{}"


async def test_cancellation_closes_the_connection() -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def wait_for_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await hang(reader, writer)
        gone.set()

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(tls_server(wait_for_the_end, HOST))
        backend = await real_backend(stack, server)
        request = asyncio.create_task(get(backend))
        await arrived.wait()
        request.cancel()
        await gone.wait()
        await settle()
        assert request.cancelled()


async def test_after_closing_it_says_so() -> None:
    backend = AiohttpBackend(client_context())
    await backend.aclose()
    await backend.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await get(backend)


async def test_plain_http_is_refused() -> None:
    with pytest.raises(ValueError, match="not an https URL"):
        await get(AiohttpBackend(client_context()), "http://example.org/w")


def test_two_event_loops_in_turn() -> None:
    backend = AiohttpBackend(client_context(), connect_to=lambda _ip, _port: CLOSED)

    async def refused() -> None:
        with pytest.raises(ConnectionRefusedError):
            await get(backend)

    asyncio.run(refused())
    asyncio.run(refused())
    asyncio.run(backend.aclose())
