"""The connections of the aiohttp backend.

``B2-n`` are numbered pitfalls of aiohttp, measured before the backend was written.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from matrix_resolve.backends.aiohttp import AiohttpBackend
from tests._support.certificates import authority
from tests._support.listeners import Behaviour
from tests._support.tls_server import TlsServer, hang, respond, send, tls_server

from .helpers_aiohttp import ADDRESSES, OK, URL, ask, ask_once, backend_to, brief

NOBODY = ("127.0.0.1", 1)


async def test_only_pinned_addresses_are_contacted() -> None:
    """B2-3, B2-5: neither the address in the URL nor a DNS answer is used."""
    asked: list[tuple[str, int]] = []
    async with tls_server(respond(body=b"ok"), "192.0.2.7", "nobody.invalid", "localhost") as server:

        def connect_to(ip: str, port: int) -> tuple[str, int]:
            asked.append((ip, port))
            return server.connect_to(ip, port)

        for url in ("https://192.0.2.7/", "https://nobody.invalid:8448/", "https://localhost/"):
            assert brief(await ask_once(connect_to, url)) == OK
    assert asked == [("192.0.2.1", 443), ("192.0.2.1", 8448), ("192.0.2.1", 443)]


async def test_without_a_detour_the_pinned_address_and_the_port_of_the_url_count() -> None:
    async with tls_server(respond(body=b"ok"), "nobody.invalid") as server:
        backend = AiohttpBackend(ssl_context=_trusting())
        response = await ask(backend, f"https://nobody.invalid:{server.port}/", addresses=["127.0.0.1"])
        await backend.aclose()
    assert brief(response) == OK


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority().configure_trust(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
    return context


def _has_v6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@asynccontextmanager
async def silent_port() -> AsyncGenerator[tuple[str, int]]:
    """Listen on a port, accept connections, and send nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()


@asynccontextmanager
async def plain_port(*, reply: bytes) -> AsyncGenerator[tuple[str, int]]:
    """Listen on a port, and send a reply that is not TLS."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(reply)
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()


BAD_FIRST = ["refused", "silent", "not-tls", "wrong-name", "expired", "self-signed"]


@asynccontextmanager
async def bad_address(kind: str) -> AsyncGenerator[tuple[str, int]]:
    async with AsyncExitStack() as stack:
        if kind == "refused":
            yield NOBODY
        elif kind == "silent":
            yield await stack.enter_async_context(silent_port())
        elif kind == "not-tls":
            yield await stack.enter_async_context(plain_port(reply=b"HTTP/1.1 400 Bad Request\r\n\r\n"))
        else:
            name, kind = ("example.com", "right") if kind == "wrong-name" else ("example.org", kind)
            bad = await stack.enter_async_context(tls_server(respond(body=b"bad"), name, kind=kind))
            yield "127.0.0.1", bad.port


@pytest.mark.parametrize("kind", BAD_FIRST)
async def test_the_second_address_gets_its_turn(kind: str) -> None:
    """B2-16."""
    async with tls_server(respond(body=b"ok"), "example.org") as good, bad_address(kind) as bad:
        to = {"192.0.2.1": bad, "192.0.2.2": ("127.0.0.1", good.port)}
        backend = backend_to(lambda ip, _: to[ip], connect_timeout=0.5)
        assert brief(await ask(backend, addresses=["192.0.2.1", "192.0.2.2"])) == OK
        assert brief(await ask(backend, addresses=["192.0.2.2", "192.0.2.1"])) == OK
        await backend.aclose()
    assert good.seen.connections == 2


@pytest.mark.skipif(not _has_v6(), reason="needs ::1")
@pytest.mark.parametrize("kind", BAD_FIRST)
async def test_the_other_family_gets_its_turn(kind: str) -> None:
    """B2-16: aiohttp alone would not try the other family if the TLS handshake fails after the race."""
    async with tls_server(respond(body=b"ok"), "example.org", address="::1") as good, bad_address(kind) as bad:
        backend = backend_to(lambda ip, _: ("::1", good.port) if ":" in ip else bad, connect_timeout=0.5)
        for addresses in (["192.0.2.1", "2001:db8::1"], ["2001:db8::1", "192.0.2.1"]):
            assert brief(await ask(backend, addresses=addresses)) == OK
        await backend.aclose()
    assert good.seen.connections == 2


@pytest.mark.parametrize("kind", BAD_FIRST)
async def test_no_good_address_raises(kind: str) -> None:
    async with bad_address(kind) as bad:
        backend = backend_to(lambda _ip, _port: bad, connect_timeout=0.2)
        with pytest.raises(OSError, match=r".") as caught:
            await ask(backend, addresses=["192.0.2.1", "192.0.2.2"])
        await backend.aclose()
    assert isinstance(caught.value, TimeoutError) == (kind == "silent")
    assert isinstance(caught.value, ssl.SSLError) == (kind in {"not-tls", "wrong-name", "expired", "self-signed"})
    assert "pinned" not in str(caught.value)


@pytest.mark.parametrize("places", [["127.0.0.1"] * 4, ["::1", "127.0.0.1"] * 2], ids=["one family", "both families"])
async def test_two_handshakes_may_fail_and_no_more(places: list[str]) -> None:
    if "::1" in places and not _has_v6():
        pytest.skip("needs ::1")
    async with AsyncExitStack() as stack:
        servers: list[TlsServer] = [
            await stack.enter_async_context(tls_server(respond(), "example.com", address=place)) for place in places
        ]
        to = {f"192.0.2.{n}": (place, servers[n].port) for n, place in enumerate(places)}
        backend = backend_to(lambda ip, _: to[ip])
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(backend, addresses=list(to))
        await backend.aclose()
    assert sum(len(server.seen.tls_names) for server in servers) == 2


async def test_a_refused_connection_is_no_failed_handshake() -> None:
    async with (
        tls_server(respond(), "example.com") as wrong,
        tls_server(respond(body=b"ok"), "example.org") as good,
    ):
        to = {"192.0.2.1": NOBODY, "192.0.2.2": ("127.0.0.1", wrong.port), "192.0.2.3": ("127.0.0.1", good.port)}
        backend = backend_to(lambda ip, _: to[ip])
        assert brief(await ask(backend, addresses=list(to))) == OK
        await backend.aclose()


@pytest.mark.parametrize("url", ["https://a..example/", "https://.example/", f"https://{'x' * 64}.example/"])
async def test_a_host_that_cannot_be_a_tls_name_is_refused_before_there_is_a_connection(url: str) -> None:
    async with tls_server(respond(), "example.org") as server:
        backend = backend_to(server.connect_to)
        with pytest.raises(ValueError, match="label"):
            await ask(backend, url)
        await backend.aclose()
    assert server.seen.connections == 0


async def test_no_other_address_is_asked_once_there_is_an_answer() -> None:
    """Exactly one request is sent, because even an unreadable response is a response."""
    async with (
        tls_server(send(b"SSH-2.0-x\r\n"), "example.org") as first,
        tls_server(respond(), "example.org") as second,
    ):
        ports = {"192.0.2.1": first.port, "192.0.2.2": second.port}
        backend = backend_to(lambda ip, _: ("127.0.0.1", ports[ip]))
        with pytest.raises(ConnectionError):
            await ask(backend, addresses=["192.0.2.1", "192.0.2.2"])
        await backend.aclose()
    assert (len(first.seen.requests), second.seen.connections) == (1, 0)


def keep_alive() -> Behaviour:
    """Return a behaviour that sends a response and keeps the connection open."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
        await hang(reader, writer)

    return behave


async def test_two_tls_names_at_one_address_never_share_a_connection() -> None:
    """B2-6, B2-15."""
    names = ["example.org", "example.com", "example.org", "example.com"]
    async with tls_server(keep_alive(), "example.org", "example.com") as server:
        backend = backend_to(server.connect_to)
        for name in names:
            assert brief(await ask(backend, f"https://{name}/")) == OK
        await backend.aclose()
    assert (server.seen.connections, server.seen.tls_names) == (4, names)
    assert [headers["host"] for _, headers in server.seen.requests] == names


async def test_each_of_many_requests_at_once_keeps_its_own_addresses() -> None:
    """B2-9: no request waits for a slot in a connection pool."""
    async with AsyncExitStack() as stack:
        servers: list[TlsServer] = [
            await stack.enter_async_context(tls_server(respond(body=body), "example.org"))
            for body in (b"0", b"1", b"2")
        ]
        backend = backend_to(lambda ip, _: ("127.0.0.1", servers[int(ip[-1])].port))
        responses = await asyncio.gather(*(ask(backend, addresses=[f"192.0.2.{n % 3}"]) for n in range(120)))
        await backend.aclose()
    assert [int(response.body) for response in responses] == [n % 3 for n in range(120)]


async def test_more_waiting_requests_than_the_pool_of_aiohttp_has_places() -> None:
    """B2-9."""
    full = asyncio.Event()

    async def fill(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(silent.seen.requests) == 101:
            full.set()
        await hang(reader, writer)

    async with tls_server(fill, "example.org") as silent, tls_server(respond(body=b"ok"), "example.org") as good:
        ports = {"192.0.2.1": silent.port, "192.0.2.2": good.port}
        backend = backend_to(lambda ip, _: ("127.0.0.1", ports[ip]))
        waiting = [asyncio.create_task(ask(backend, timeout=60)) for _ in range(101)]
        await full.wait()
        assert brief(await ask(backend, addresses=["192.0.2.2"])) == OK
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        await backend.aclose()


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "http_proxy"])
async def test_no_proxy_from_the_environment(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """B2-18."""
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    async with tls_server(respond(body=b"ok"), "example.org") as server:
        assert brief(await ask_once(server.connect_to)) == OK


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        pytest.param("http://example.org/", ADDRESSES, id="http"),
        pytest.param("ftp://example.org/", ADDRESSES, id="ftp"),
        pytest.param("https://user:pw@example.org/", ADDRESSES, id="user-part"),
        pytest.param("https://example.org:0/", ADDRESSES, id="port-0"),
        pytest.param("//example.org/", ADDRESSES, id="no-scheme"),
        pytest.param("https:///path", ADDRESSES, id="no-host"),
        pytest.param(URL, (), id="no-address"),
    ],
)
async def test_what_cannot_be_asked_is_a_value_error(url: str, addresses: tuple[str, ...]) -> None:
    async with tls_server(respond(), "example.org") as server:
        backend = backend_to(server.connect_to)
        with pytest.raises(ValueError, match=r"not an https URL|addresses is empty"):
            await ask(backend, url, addresses=addresses)
        await backend.aclose()
    assert server.seen.tls_names == []


async def test_a_session_of_the_callers_that_sends_more_is_refused() -> None:
    """The session is checked when the backend is created and at each request.

    A bot may log in later, and its session then has a token.
    """
    async with aiohttp.ClientSession() as keeps_cookies:
        with pytest.raises(ValueError, match="DummyCookieJar"):
            AiohttpBackend(keeps_cookies)
    async with (
        tls_server(respond(body=b"ok"), "example.org") as server,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        backend = AiohttpBackend(session, ssl_context=_trusting(), connect_to=server.connect_to)
        assert brief(await ask(backend)) == OK
        session.headers["Authorization"] = "Bearer secret"
        with pytest.raises(ValueError, match="no headers"):
            await ask(backend)
        await backend.aclose()
        assert not session.closed
    assert [headers.get("authorization") for _, headers in server.seen.requests] == [None]


async def test_a_connection_that_a_session_of_the_callers_kept_too_long_is_replaced() -> None:
    """The session's pool may keep the connection of a short response before the backend can close it.

    The server closes that connection when the next request arrives.
    """

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await reader.readuntil(b"\r\n\r\n")

    async with (
        tls_server(answer_once, "example.org") as server,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        backend = AiohttpBackend(session, ssl_context=_trusting(), connect_to=server.connect_to)
        assert [brief(await ask(backend)) for _ in range(3)] == [OK] * 3
        await backend.aclose()


async def test_connections_are_counted_but_not_those_that_found_no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def connect_unless_unrouted(sock: socket.socket, address: tuple[str, int]) -> None:
        if address[1] == 2:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", connect_unless_unrouted, raising=False)
    async with tls_server(respond(body=b"ok"), "example.org") as good:
        to = {"192.0.2.1": NOBODY, "192.0.2.2": ("127.0.0.1", 2), "192.0.2.3": ("127.0.0.1", good.port)}
        backend = backend_to(lambda ip, _: to[ip])
        response = await ask(backend, addresses=list(to))
        await backend.aclose()
    assert response.connections == 2
