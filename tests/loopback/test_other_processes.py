"""Other processes of a test use its loopback federation: subprocesses, and workers of multiprocessing."""

import asyncio
import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from matrix_resolve import ServerNameResolver, open_connection
from matrix_resolve.testing import LoopbackFederation, RemoteFederation, Reply, resolver_from_environment
from tests._support.processes import start

VARIABLE = "MATRIX_RESOLVE_LOOPBACK"
CLIENT = """
import asyncio, sys
import aiohttp
from matrix_resolve import ResolveError
from matrix_resolve.clients.aiohttp import federation_session, federation_url
from matrix_resolve.testing import resolver_from_environment

async def request(resolver, name):
    url = federation_url(name, "/_matrix/federation/v1/version")
    try:
        await resolver.resolve(name)
        async with federation_session(resolver) as session, session.get(url) as response:
            return response.status
    except ResolveError as error:
        return error.code
    except aiohttp.ClientConnectionError:
        return "down"

async def main():
    async with resolver_from_environment() as resolver:
        for line in sys.stdin:
            print(await request(resolver, line.strip()), flush=True)

asyncio.run(main())
"""


class Client:
    """A program that makes a request to each name that it reads."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def request(self, name: str) -> str:
        """Return the status of the response, or the code of the error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@contextmanager
def client(environment: Mapping[str, str]) -> Generator[Client]:
    with subprocess.Popen(  # noqa: S603 - no input from outside
        [sys.executable, "-X", "dev", "-W", "error", "-c", CLIENT],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Client(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
    assert process.returncode == 0


def test_a_subprocess_makes_requests_to_the_federation() -> None:
    with LoopbackFederation() as federation:
        server = federation.server("matrix.example.com", port=443)
        federation.well_known("example.com", "matrix.example.com:443")
        with client(federation.environment()) as program:
            assert program.request("example.com") == "200"
            assert program.request("absent.example") == "no-address"
        (request,) = server.requests
        assert (request.host, request.tls_name) == ("matrix.example.com:443", "matrix.example.com")
        assert "https://example.com/.well-known/matrix/server" in federation.seen.urls
        assert "SRV _matrix-fed._tcp.absent.example" in federation.seen.questions


def test_what_changes_later_is_seen() -> None:
    with LoopbackFederation() as federation, client(federation.environment()) as program:
        server = federation.server("late.example")
        assert program.request("late.example") == "200"
        server.stop()
        assert program.request("late.example") == "down"
        server.start()
        assert program.request("late.example") == "200"


def test_a_reply_may_stop_its_server() -> None:
    """Functions that make replies run in the thread of the federation."""
    with LoopbackFederation() as federation, client(federation.environment()) as program:
        server = federation.server("last.example")

        def stop(_: object) -> Reply:
            server.stop()
            return Reply()

        server.reply("/_matrix/federation/v1/version", stop)
        program.request("last.example")
        assert program.request("last.example") == "down"


def _connect_in_worker(federation: RemoteFederation, name: str) -> str:
    async def run() -> str:
        async with federation.resolver(user_agent="worker") as resolver:
            connection = await open_connection(resolver, name)
            connection.writer.close()
            await connection.writer.wait_closed()
            return (await resolver.resolve(name)).step

    return asyncio.run(run())


def test_a_worker_that_was_spawned() -> None:
    with LoopbackFederation() as federation:
        federation.server("node.example.net", port=8443, names=["matrix.example.com"])
        federation.srv("matrix.example.com", "node.example.net", 8443)
        federation.well_known("example.com", "matrix.example.com")
        assert start(_connect_in_worker, federation.remote(), "example.com").result() == "3.3"
        assert federation.seen.handshakes[-1].tls_name == "matrix.example.com"
        assert federation.seen.requests[-1].header("User-Agent") == "worker"


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy])
def test_the_federation_itself_stays_in_its_process(duplicate: object) -> None:
    assert callable(duplicate)
    with LoopbackFederation() as federation, pytest.raises(TypeError, match=r"remote\(\)"):
        duplicate(federation)


def test_both_sides_lead_to_the_same_places() -> None:
    with LoopbackFederation() as federation:
        remote = pickle.loads(pickle.dumps(federation.remote()))  # noqa: S301 - our own bytes
        one, two, three = (federation.server(f"{mode}.example") for mode in ("hang", "drop", "running"))
        one.stop("hang")
        two.stop("drop")
        for server in (one, two, three):
            for ip in server.addresses:
                assert remote.connect_to(ip, 8448) == federation.connect_to(ip, 8448)
                assert remote.connect_to(ip, 443) == federation.connect_to(ip, 443)
        assert remote.connect_to("2001:DB8:0::1", 8448) == federation.connect_to("2001:db8::1", 8448)
        assert remote.nameserver == federation.nameserver
        assert remote.ssl_context.get_ca_certs() == federation.ssl_context.get_ca_certs()


def test_the_table_is_removed_at_the_end() -> None:
    with LoopbackFederation() as federation:
        first = Path(federation.environment()[VARIABLE])
        assert Path(federation.remote().path) == first
        assert first.is_file()
    assert not first.parent.exists()
    with federation:
        second = Path(federation.remote().path)
        assert second.is_file()
        assert second != first
    assert not second.parent.exists()


async def test_the_table_is_removed_after_an_error() -> None:
    path = Path()

    async def fail() -> None:
        nonlocal path
        async with LoopbackFederation() as federation:
            path = Path(federation.remote().path)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert path.is_absolute()
    assert not path.parent.exists()


async def test_after_the_end_servers_are_down() -> None:
    async with LoopbackFederation() as federation:
        server = federation.server("a.example")
        remote = federation.remote()
        resolver = remote.resolver()
        await resolver.resolve("a.example")
    async with resolver:
        with pytest.raises(ConnectionError):
            await open_connection(resolver, "a.example")
    with pytest.raises(ConnectionRefusedError):
        remote.connect_to(server.addresses[0], 8448)
    with pytest.raises(RuntimeError, match="has ended"):
        remote.resolver()


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "text",
        "[]",
        "1",
        "{}",
        '{"nameserver": "127.0.0.1:1", "authority": "", "places": [1], "refusing": []}',
    ],
)
def test_a_wrong_variable_is_named(content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "table"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv(VARIABLE, str(file))
    with pytest.raises(RuntimeError) as caught:
        resolver_from_environment()
    for part in (VARIABLE, str(file), "federation.environment()"):
        assert part in str(caught.value)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(RuntimeError, match=f"{VARIABLE} is not set.*federation.environment"):
        resolver_from_environment()


async def test_only_a_resolver_that_is_made_for_it_uses_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LoopbackFederation() as federation:
        for name, value in federation.environment().items():
            monkeypatch.setenv(name, value)
        async with ServerNameResolver() as ordinary, resolver_from_environment() as resolver:
            assert ordinary.connect_to is None
            assert resolver.connect_to is not None
            ip = federation.server("a.example").addresses[0]
            assert resolver.connect_to(ip, 8448) == federation.connect_to(ip, 8448)
