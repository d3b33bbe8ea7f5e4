"""JSON is read up to a size and for a time, whatever a server sends."""

import asyncio
import gzip
import json
import pickle
import tracemalloc
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import pytest

from matrix_resolve import AddressPolicy, ServerNameResolver
from matrix_resolve.clients import aiohttp as for_aiohttp
from matrix_resolve.clients import httpx as for_httpx
from matrix_resolve.clients.aiohttp import federation_session, federation_url
from matrix_resolve.clients.httpx import FederationTransport, UnusableResponse, federation_request
from tests._support.certificates import client_context
from tests._support.listeners import Behaviour
from tests._support.tls_server import respond, send, tls_server

NAME = "203.0.113.1:8448"
Read = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def _resolver(behaviour: Behaviour) -> AsyncGenerator[ServerNameResolver]:
    policy, tls = AddressPolicy(allow=["203.0.113.0/24"]), client_context()
    async with (
        tls_server(behaviour, "203.0.113.1") as server,
        ServerNameResolver(ssl_context=tls, connect_to=server.connect_to, address_policy=policy) as resolver,
    ):
        yield resolver


@asynccontextmanager
async def _by_aiohttp(behaviour: Behaviour) -> AsyncGenerator[Read]:
    async with _resolver(behaviour) as resolver, federation_session(resolver) as session:

        async def read(**limits: Any) -> Any:
            async with session.get(federation_url(NAME, "/a", query={"token": "secret"})) as response:
                return await for_aiohttp.read_json(response, **limits)

        yield read


@asynccontextmanager
async def _by_httpx(behaviour: Behaviour) -> AsyncGenerator[Read]:
    async with (
        _resolver(behaviour) as resolver,
        httpx.AsyncClient(transport=FederationTransport(resolver), timeout=60) as client,
    ):

        async def read(**limits: Any) -> Any:
            request = federation_request(NAME, "/a", query={"token": "secret"})
            async with client.stream("GET", **request) as response:
                return await for_httpx.read_json(response, **limits)

        yield read


CLIENTS = pytest.mark.parametrize("client", [_by_aiohttp, _by_httpx])
BROKEN = (aiohttp.ClientPayloadError, httpx.DecodingError, httpx.RemoteProtocolError)


def _raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


READABLE: dict[str, tuple[Behaviour, object]] = {
    "an object": (respond("200 OK", b'{"a": [1, null, "\xc3\xbc"]}'), {"a": [1, None, "ü"]}),
    "another value": (respond("200 OK", b" [200, {}] "), [200, {}]),
    "an error": (respond("404 Not Found", b'{"errcode": "M_UNRECOGNIZED"}'), {"errcode": "M_UNRECOGNIZED"}),
    "another type": (respond("200 OK", b"{}", "Content-Type: text/html; charset=iso-8859-1"), {}),
    "a charset that is not used": (respond("200 OK", b'"\xc3\xbc"', "Content-Type: text/plain; charset=utf-16"), "ü"),
    "gzip": (respond("200 OK", gzip.compress(b'{"a": 1}'), "Content-Encoding: gzip"), {"a": 1}),
    "zlib": (respond("200 OK", zlib.compress(b'{"a": 1}'), "Content-Encoding: deflate"), {"a": 1}),
    "raw deflate": (respond("200 OK", _raw_deflate(b'{"a": 1}'), "Content-Encoding: deflate"), {"a": 1}),
    "identity": (respond("200 OK", b"1", "Content-Encoding: identity"), 1),
}


@CLIENTS
@pytest.mark.parametrize("case", READABLE)
async def test_json_is_read(client: Any, case: str) -> None:
    behaviour, expected = READABLE[case]
    async with client(behaviour) as read:
        assert await read() == expected


NOT_JSON: dict[str, bytes] = {
    "empty": b"",
    "a page": b"<html>\x1b[31m</html>",
    "cut off": b'{"a": ',
    "two values": b"{} {}",
    "another charset": b'"\xfc"',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "nested too deeply": b"[" * 200_000,
    "objects that are nested too deeply": b'{"a":' * 100_000,
    "a number that is too long to convert": b"1" * 5_000,
    "NaN": b'{"a": NaN}',
    "an infinite number": b"[Infinity]",
    "a negative infinite number": b"-Infinity",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "white space only": b" \n",
}


@CLIENTS
@pytest.mark.parametrize("case", NOT_JSON)
async def test_what_is_not_json_is_refused(client: Any, case: str) -> None:
    async with client(respond("502 Bad Gateway", NOT_JSON[case])) as read:
        with pytest.raises(UnusableResponse) as caught:
            await read()
    error = caught.value
    assert (error.code, error.server_name, error.status) == ("response-not-json", NAME, 502)
    assert error.url == f"matrix-federation://{NAME}/a"
    assert str(error).isprintable()
    assert error.url in str(error)
    assert len(str(error)) < 500
    assert not any(
        word in str(error) for word in ("sys.", "utf-8-sig", "Expecting", "codec", "char ")
    )  # Python's words


@CLIENTS
@pytest.mark.parametrize(
    ("status", "temporary"),
    [("200 OK", False), ("404 Not Found", False), ("429 Too Many Requests", True), ("500 No", True), ("502 No", True)],
)
async def test_an_error_page_of_a_proxy_is_temporary(client: Any, status: str, temporary: bool) -> None:  # noqa: FBT001 - a column of the table
    """While a homeserver restarts, its proxy answers 502 with HTML."""
    async with client(respond(status, b"<html>")) as read:
        with pytest.raises(UnusableResponse) as caught:
            await read()
    assert (caught.value.is_temporary, caught.value.retry_at) == (temporary, None)


@CLIENTS
async def test_the_limit_is_the_last_size_that_is_read(client: Any) -> None:
    body = json.dumps("a" * 998).encode()
    assert len(body) == 1_000
    async with client(respond("200 OK", body)) as read:
        assert await read(max_bytes=1_000) == "a" * 998
        with pytest.raises(UnusableResponse) as caught:
            await read(max_bytes=999)
    assert caught.value.code == "response-too-long"
    assert "999" in str(caught.value)


@CLIENTS
async def test_a_body_without_an_end_is_read_no_further_than_the_limit(client: Any) -> None:
    closed = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"1000\r\n" + b" " * 4_096 + b"\r\n")
                await writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            closed.set()

    async with client(endless) as read:
        with pytest.raises(UnusableResponse) as caught:
            await read(max_bytes=100_000)
        assert caught.value.code == "response-too-long"
        await closed.wait()


@CLIENTS
@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_the_limit_is_for_the_decompressed_body(client: Any, compress: Callable[[bytes], bytes]) -> None:
    bomb = compress(json.dumps(" " * 30_000_000).encode())  # aiohttp 3.13 itself refuses more than 32 MiB in one part
    assert len(bomb) < 100_000
    encoding = "gzip" if compress is gzip.compress else "deflate"
    async with client(respond("200 OK", bomb, f"Content-Encoding: {encoding}")) as read:
        tracemalloc.start()
        try:
            with pytest.raises(UnusableResponse) as caught:
                await read(max_bytes=100_000)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert caught.value.code == "response-too-long"
    assert client is not _by_httpx or peak < 10_000_000  # how much aiohttp decompresses at once depends on its version


@CLIENTS
async def test_a_large_compressed_body_is_read_completely(client: Any) -> None:
    numbers = list(range(200_000))
    body = gzip.compress(json.dumps(numbers).encode())
    async with client(respond("200 OK", body, "Content-Encoding: gzip")) as read:
        assert await read(max_bytes=2_000_000) == numbers


DAMAGED = {
    "damaged gzip": respond("200 OK", b"\x1f\x8b" + b"\xff" * 20, "Content-Encoding: gzip"),
    "damaged deflate": respond("200 OK", b"\x78\x9c" + b"\xff" * 20, "Content-Encoding: deflate"),
    "shorter than its length": respond("200 OK", b"{}", length=3),
    "without the last chunk": send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
}
DAMAGED_FOR_HTTPX = {
    "incomplete gzip": respond("200 OK", gzip.compress(b"{}")[:-9], "Content-Encoding: gzip"),
    "incomplete deflate": respond("200 OK", zlib.compress(b"{}")[:-5], "Content-Encoding: deflate"),
    "data after gzip": respond("200 OK", gzip.compress(b"{}") + b"x", "Content-Encoding: gzip"),
}
"""What aiohttp's decompression accepts, or refuses depending on its version."""


@CLIENTS
@pytest.mark.parametrize("case", DAMAGED)
async def test_a_damaged_body_is_an_error_of_the_client(client: Any, case: str) -> None:
    async with client(DAMAGED[case]) as read:
        with pytest.raises(BROKEN):
            await read()


@pytest.mark.parametrize("case", DAMAGED_FOR_HTTPX)
async def test_with_httpx_a_compressed_body_is_complete(case: str) -> None:
    async with _by_httpx(DAMAGED_FOR_HTTPX[case]) as read:
        with pytest.raises(httpx.DecodingError):
            await read()


@CLIENTS
async def test_a_body_that_drips_ends_after_the_timeout(client: Any) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1\r\n \r\n")
            await asyncio.sleep(0.01)

    async with client(drip) as read:
        with pytest.raises((TimeoutError, httpx.ReadTimeout), match=rf"{NAME}/a: .* 0\.1 s"):
            await read(timeout=0.1)


async def test_httpx_offers_no_encoding_that_it_cannot_limit() -> None:
    async with _by_httpx(respond("200 OK", b"{}", "Content-Encoding: br")) as read:
        with pytest.raises(UnusableResponse) as caught:
            await read()
        assert caught.value.code == "response-encoding"


CAUSES = {
    "empty": (b"", "the body is empty"),
    "a page": (b"<html>", "not valid JSON"),
    "another charset": (b'"\xfc"', "UTF-8"),
    "a number that is too long to convert": (b"1" * 5_000, "too long"),
    "NaN": (b"NaN", "NaN"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "byte order mark"),
    "nested too deeply": (b"[" * 200_000, "nested too deeply"),
}


@CLIENTS
@pytest.mark.parametrize("case", CAUSES)
async def test_the_message_says_why(client: Any, case: str) -> None:
    body, cause = CAUSES[case]
    async with client(respond("200 OK", body)) as read:
        with pytest.raises(UnusableResponse) as caught:
            await read()
    assert cause in str(caught.value)


@CLIENTS
@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        ({"max_bytes": 0}, ValueError),
        ({"max_bytes": -1}, ValueError),
        ({"max_bytes": None}, TypeError),
        ({"max_bytes": 1e6}, TypeError),
        ({"max_bytes": True}, TypeError),
        ({"timeout": 0}, ValueError),
        ({"timeout": -1}, ValueError),
        ({"timeout": float("nan")}, ValueError),
        ({"timeout": "60"}, TypeError),
        ({"timeout": aiohttp.ClientTimeout(total=3)}, TypeError),
    ],
)
async def test_a_wrong_limit_is_refused(client: Any, limits: dict[str, Any], kind: type[Exception]) -> None:
    async with client(respond("200 OK", b"{}")) as read:
        with pytest.raises(kind) as caught:
            await read(**limits)
    assert str(caught.value).startswith(next(iter(limits)))
    assert not isinstance(caught.value, UnusableResponse)


@CLIENTS
async def test_there_may_be_no_timeout(client: Any) -> None:
    async with client(respond("200 OK", b"{}")) as read:
        assert await read(timeout=None, max_bytes=2) == {}


async def test_with_aiohttp_a_response_that_was_already_read_is_refused() -> None:
    async with _resolver(respond("200 OK", b"{}")) as resolver, federation_session(resolver) as session:
        async with session.get(federation_url(NAME, "/a")) as response:
            await response.read()
            with pytest.raises(RuntimeError, match="already read"):
                await for_aiohttp.read_json(response)
        async with session.get(federation_url(NAME, "/a")) as response:
            assert await for_aiohttp.read_json(response) == {}
            with pytest.raises(RuntimeError, match="already read"):
                await for_aiohttp.read_json(response)


async def test_with_aiohttp_an_empty_body_is_not_one_that_was_read() -> None:
    async with _by_aiohttp(respond("200 OK", b"")) as read:
        with pytest.raises(UnusableResponse, match="empty"):
            await read()


async def test_a_response_that_was_read_without_a_limit_is_refused() -> None:
    async with (
        _resolver(respond("200 OK", b"{}")) as resolver,
        httpx.AsyncClient(transport=FederationTransport(resolver)) as client,
    ):
        response = await client.get(**federation_request(NAME, "/a"))
        with pytest.raises(RuntimeError, match=r"client\.stream\(\)"):
            await for_httpx.read_json(response)


async def test_responses_from_other_urls_are_read_as_well() -> None:
    async with tls_server(respond("200 OK", b"x"), "localhost") as server, ServerNameResolver() as resolver:
        url, authority = f"https://localhost:{server.port}/x?y=z", f"localhost:{server.port}"
        async with federation_session(resolver) as session, session.get(url, ssl=client_context()) as response:
            with pytest.raises(UnusableResponse) as caught:
                await for_aiohttp.read_json(response)
        assert (caught.value.server_name, caught.value.url) == (authority, f"https://{authority}/x")
        async with httpx.AsyncClient(verify=client_context()) as client, client.stream("GET", url) as response:
            with pytest.raises(UnusableResponse) as caught:
                await for_httpx.read_json(response)
        assert (caught.value.server_name, caught.value.url) == (authority, f"https://{authority}/x")


async def test_the_error_can_be_pickled() -> None:
    async with _by_aiohttp(respond("200 OK", b"x")) as read:
        with pytest.raises(UnusableResponse) as caught:
            await read()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert (type(again), str(again), vars(again)) == (UnusableResponse, str(caught.value), vars(caught.value))


@pytest.mark.parametrize("end", ["#token", "?a=b#token", "#token?x", "?token#x@y"])
async def test_an_error_has_no_password_and_no_token_of_the_url(end: str) -> None:
    handler = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"x")))
    url = f"https://user:password@host.example/a{end}"
    async with httpx.AsyncClient(transport=handler) as client, client.stream("GET", url) as response:
        with pytest.raises(UnusableResponse) as caught:
            await for_httpx.read_json(response)
    assert (caught.value.url, caught.value.server_name) == ("https://host.example/a", "host.example")
    assert "password" not in str(caught.value)
    assert "token" not in str(caught.value)
