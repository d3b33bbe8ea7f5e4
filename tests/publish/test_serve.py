"""``matrix-resolve serve`` as a separate process: requests, bad clients, signals and logs."""

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack

import aiohttp
import pytest
from packaging.version import Version

from matrix_resolve.publish import WELL_KNOWN_PATH
from tests._support.certificates import client_context
from tests._support.pem_files import PemFiles, issue
from tests._support.plain_http import ask, connected, exchange, request
from tests._support.serve_command import ENDED_WELL, HERE, Serving, place_of, serving_command, start

BODY = b'{"m.server": "matrix.example.org:443"}'
SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> PemFiles:
    return issue(tmp_path_factory.mktemp("pem"), "own")


async def test_http() -> None:
    async with serving_command("--max-age=60") as serving:
        assert serving.urls[0].startswith("http://127.0.0.1:")
        assert serving.urls[0].endswith(WELL_KNOWN_PATH)
        answer = await ask(serving.place, "GET", WELL_KNOWN_PATH)
        assert (answer.status, answer.body) == (200, BODY)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert await serving.line() == f"127.0.0.1 GET {WELL_KNOWN_PATH} 200"
        assert await serving.end() == ENDED_WELL


@pytest.mark.parametrize("is_one_file", [True, False])
async def test_https(pem: PemFiles, is_one_file: bool) -> None:  # noqa: FBT001 - a column
    options = [f"--cert={pem.both}"] if is_one_file else [f"--cert={pem.certificate}", f"--key={pem.key}"]
    async with serving_command(*options) as serving:
        assert serving.urls[0].startswith("https://127.0.0.1:")
        answer = await ask(serving.place, "HEAD", WELL_KNOWN_PATH, client_context())
        assert (answer.status, answer.headers["content-length"], answer.body) == (200, str(len(BODY)), b"")
        assert await serving.line() == f"127.0.0.1 HEAD {WELL_KNOWN_PATH} 200"
        assert await serving.end() == ENDED_WELL


async def test_it_serves_nothing_else() -> None:
    async with serving_command() as serving:
        for method, path, status in [("GET", "/", 404), ("POST", WELL_KNOWN_PATH, 405)]:
            assert (await ask(serving.place, method, path)).status == status
            assert await serving.line() == f"127.0.0.1 {method} {path} {status}"


async def test_several_addresses_of_both_families() -> None:
    async with serving_command(listen=(HERE, "[::1]:0", HERE)) as serving:
        places = [place_of(url) for url in serving.urls]
        assert [ip for ip, _ in places] == ["127.0.0.1", "::1", "127.0.0.1"]
        for place in places:
            assert (await ask(place, "GET", WELL_KNOWN_PATH)).body == BODY
            assert await serving.line() == f"{place[0]} GET {WELL_KNOWN_PATH} 200"
        assert await serving.end() == ENDED_WELL


async def test_all_addresses() -> None:
    async with serving_command(listen=(":0",)) as serving:
        ip, port = serving.place
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}[ip]
        assert (await ask((here, port), "GET", WELL_KNOWN_PATH)).body == BODY


async def test_a_delegation_that_is_often_not_meant_is_remarked_on() -> None:
    async with serving_command("--delegate-to=matrix.example.org") as serving:
        assert (await serving.line()).startswith("note: matrix.example.org has no port: ")


_CRASHES_OLDER = request("GET", "http://[/\x1b", "Connection: close")
"""A request that makes aiohttp's Python parser close the connection without a response, before aiohttp 3.14.4."""
HOSTILE = [
    request("GET", "/%1b[2J?a=%0d%0a%1b]0;x%07", "Connection: close"),
    request("GET", "/\u202e\u009b2J\u2028".encode(), "Connection: close"),
    request("GET", b"/\xff\xc3", "Connection: close"),
    request("GET", b"/\x1b[2J", "Connection: close"),
    request("GET", "/", "Connection: close", "X: \x1b[2J"),
    *([_CRASHES_OLDER] if Version(aiohttp.__version__) >= Version("3.14.4") else []),
    request("\x1b[2J", "/", "Connection: close"),
    request("GET", "/a" * 3000, "Connection: close"),
    request("GET", "/a" * 5000, "Connection: close"),
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
]


@pytest.mark.parametrize("without_c", ["", "1"], ids=["C", "Python"])
async def test_what_clients_send_is_one_escaped_line_each(without_c: str) -> None:
    """Nothing is printed on stderr, with aiohttp's C parser and with its Python parser, which accepts more."""
    async with serving_command(AIOHTTP_NO_EXTENSIONS=without_c) as serving:
        for data in HOSTILE:
            status = (await exchange(serving.place, data)).status
            line = await serving.line()
            assert line.isprintable()
            assert line.startswith("127.0.0.1 ")
            assert line.endswith((f" {status}", "…"))
            assert len(line) <= 2001
        assert await serving.end() == ENDED_WELL


async def test_a_line_has_the_path_as_it_was_sent() -> None:
    path = "//[/%1B[2J/./../%2e?b=%0a&&a"
    async with serving_command() as serving:
        await ask(serving.place, "GET", path)
        assert await serving.line() == f"127.0.0.1 GET {path} 404"


async def occupy(stack: AsyncExitStack, serving: Serving) -> asyncio.StreamReader:
    """Leave three connections open: one after a request, one in the middle of a request, one before the TLS handshake."""
    tls = client_context() if serving.urls[0].startswith("https") else None
    idle, to_idle = await stack.enter_async_context(connected(serving.place, tls))
    to_idle.write(request("GET", WELL_KNOWN_PATH))
    await idle.readuntil(BODY)
    await serving.line()
    _, to_slow = await stack.enter_async_context(connected(serving.place, tls))
    to_slow.write(b"GET / HT")
    await stack.enter_async_context(connected(serving.place))
    return idle


@pytest.mark.parametrize("by", SIGNALS)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_it_ends_well_whoever_is_connected(pem: PemFiles, scheme: str, by: signal.Signals) -> None:
    """The server does not wait for clients to close TLS, and leaves no connection open when it ends."""
    options = [f"--cert={pem.both}"] if scheme == "https" else []
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(serving_command(*options))
        idle = await occupy(stack, serving)
        assert await serving.end(by) == ENDED_WELL
        assert await idle.read() == b""


async def test_a_port_in_use_ends_it_with_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = await start(f"--listen={HERE}", f"--listen=127.0.0.1:{port}")
        printed, complaints = await process.communicate()
    assert (process.returncode, printed) == (2, b"")
    expected = f"matrix-resolve: cannot serve: port {port} of 127.0.0.1 is in use by another program\n"
    assert complaints.decode() == expected


async def test_a_port_in_use_on_one_of_all_addresses_is_named_with_its_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = await start(f"--listen=:{port}")
        _, complaints = await process.communicate()
    assert complaints.decode() == f"matrix-resolve: cannot serve: port {port} of 0.0.0.0 is in use by another program\n"


async def test_an_address_of_another_machine_ends_it_with_2() -> None:
    process = await start("--listen=192.0.2.1:0")
    _, complaints = await process.communicate()
    expected = "matrix-resolve: cannot serve: 192.0.2.1 is not an address of this machine\n"
    assert (process.returncode, complaints.decode()) == (2, expected)


async def test_it_goes_on_when_nobody_reads_what_it_prints() -> None:
    """The delegation must stay available when the program that reads the log is restarted."""
    ours, its = os.pipe()
    process = await start(f"--listen={HERE}", stdout=its)
    os.close(its)
    with os.fdopen(ours) as printed:
        place = place_of(await asyncio.to_thread(printed.readline))
    for _ in range(3):
        assert (await ask(place, "GET", WELL_KNOWN_PATH)).body == BODY
    process.terminate()
    _, complaints = await process.communicate()
    assert process.returncode == 0
    assert complaints.startswith(b"matrix-resolve: the log cannot be written any more (")
    assert complaints.count(b"\n") == 1
