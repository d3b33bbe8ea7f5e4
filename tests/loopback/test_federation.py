"""What a loopback federation does: each kind of reply, certificate, death and DNS fault, and nothing left behind."""

import asyncio
import gc
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import dns.message
import pytest
import uvloop

from matrix_resolve import (
    AiohttpBackend,
    HttpResponse,
    LookupFailed,
    NoTargetReached,
    NoTargets,
    ResolverPolicy,
    open_connection,
)
from matrix_resolve.testing import FakeClock, FakeDns, LoopbackFederation, Reply, SeenRequest
from matrix_resolve.testing.loopback.certificates import CertificateKind
from matrix_resolve.testing.loopback.dead_ends import Death
from matrix_resolve.testing.loopback.zone import Failure

IMPATIENT = ResolverPolicy(well_known_timeout=1.0, dns_timeout=1.0, connect_timeout=0.5)
BAD_CERTIFICATES: dict[CertificateKind, str] = {
    "wrong-name": "certificate-name",
    "expired": "certificate-time",
    "self-signed": "certificate-untrusted",
    "unknown-issuer": "certificate-untrusted",
}
DEATHS: list[Death] = ["refuse", "hang", "drop"]


async def get(federation: LoopbackFederation, path: str = "/x", *, host: str = "a.example:8448") -> HttpResponse:
    """Ask the server at *host* over the aiohttp backend."""
    backend = AiohttpBackend(federation.ssl_context, connect_timeout=0.5, connect_to=federation.connect_to)
    server = federation.server(host.partition(":")[0])
    try:
        url = f"https://{host}{path}"
        return await backend.get(url, addresses=server.addresses, headers={}, max_bytes=1000, timeout=1.0)
    finally:
        await backend.aclose()


@pytest.mark.parametrize(
    ("reply", "status", "body"),
    [
        pytest.param(Reply(body=b"body"), 200, b"body", id="body"),
        pytest.param(Reply(status=204), 204, b"", id="204"),
        pytest.param(Reply(status=599, body=b"x"), 599, b"x", id="599"),
        pytest.param(Reply.json({"a": 1}, status=401), 401, b'{"a": 1}', id="json"),
        pytest.param(Reply(body=b"slow", delay=0.05), 200, b"slow", id="delay"),
        pytest.param(Reply(body=b"drop", drip=0.01), 200, b"drop", id="drip"),
        pytest.param(Reply(raw=b"HTTP/1.0 418 Tea\r\n\r\npot"), 418, b"pot", id="raw"),
    ],
)
async def test_reply(reply: Reply, status: int, body: bytes) -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example").reply("/x", reply)
        response = await get(federation)
    assert (response.status, response.body) == (status, body)


async def test_headers_are_sent_in_order_and_repeated() -> None:
    headers = (("X-A", "1"), ("X-B", "2"), ("X-A", "3"))
    async with LoopbackFederation() as federation:
        federation.server("a.example").reply("/x", Reply(headers=headers))
        response = await get(federation)
    assert [pair for pair in response.headers if pair[0].startswith("X-")] == list(headers)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(delay=math.inf), id="never"),
        pytest.param(Reply(body=b"x" * 900, drip=0.1), id="drip"),
        pytest.param(Reply(body=b"half of it", cut_after=4), id="cut-in-the-body"),
        pytest.param(Reply(body=b"body", cut_after=0), id="cut-before-the-body"),
        pytest.param(Reply(raw=b""), id="closed"),
        pytest.param(Reply(raw=b"SSH-2.0-OpenSSH\r\n\r\n"), id="garbage"),
        pytest.param(Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), id="short"),
    ],
)
async def test_a_broken_reply_is_an_error(reply: Reply) -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example").reply("/x", reply)
        with pytest.raises(OSError, match=r".*"):
            await get(federation)
        assert set(federation.seen.urls) == {"https://a.example:8448/x"}  # aiohttp asks again when nothing came


async def test_replies_come_one_after_the_other_and_the_last_one_for_ever() -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example").reply("/x", Reply(status=503), Reply(status=200))
        assert [(await get(federation)).status for _ in range(4)] == [503, 200, 200, 200]


async def test_paths_are_matched_by_the_last_pattern_set() -> None:
    def echo(request: SeenRequest) -> Reply:
        return Reply(body=request.path.encode())

    async with LoopbackFederation() as federation:
        server = federation.server("a.example")
        server.reply("/a/*", Reply(body=b"star"))
        server.reply("/a/b", Reply(body=b"exact"))
        server.reply("/q?x=1", Reply(body=b"query"))
        server.reply("/echo/*", echo)
        bodies = [(await get(federation, path)).body for path in ("/a/c?d", "/a/b?e", "/q?x=1", "/echo/f?g")]
        assert bodies == [b"star", b"exact", b"query", b"/echo/f?g"]
        unknown = [await get(federation, path) for path in ("/q", "/ax", "/a[b")]
    assert [(response.status, b"M_UNRECOGNIZED" in response.body) for response in unknown] == [(404, True)] * 3


@pytest.mark.parametrize("answers", [(), (Reply(),)], ids=["no-reply", "no-path"])
async def test_a_reply_needs_a_path_and_an_answer(answers: tuple[Reply, ...]) -> None:
    async with LoopbackFederation() as federation:
        with pytest.raises(ValueError, match="is no path, or there is no reply"):
            federation.server("a.example").reply("" if answers else "/x", *answers)


@pytest.mark.parametrize("kind", BAD_CERTIFICATES)
async def test_a_bad_certificate_is_refused(kind: CertificateKind) -> None:
    """The well-known is not believed, and no connection is made; once the certificate is right, both are."""
    async with LoopbackFederation() as federation:
        federation.well_known("a.example", "evil.example").present(["a.example"], kind)
        target = federation.server("a.example", certificate=kind)
        async with federation.resolver() as resolver:
            assert (await resolver.resolve("a.example")).step == "6"
            with pytest.raises(NoTargetReached, match=r"no target could be connected to") as caught:
                await open_connection(resolver, "a.example")
            assert {failure.code for failure in caught.value.failures} == {BAD_CERTIFICATES[kind]}
            assert isinstance(caught.value.__cause__, ExceptionGroup)
            assert federation.seen.requests == []
            target.present(["a.example"])
            (await open_connection(resolver, "a.example")).writer.close()


@pytest.mark.parametrize("host", ["198.51.100.99", "2001:db8::99", "[2001:db8::99]"])
async def test_a_certificate_for_an_address(host: str) -> None:
    async with LoopbackFederation() as federation:
        server = federation.server(host)
        name = f"[{server.host}]" if ":" in server.host else server.host
        async with federation.resolver() as resolver:
            (await open_connection(resolver, name)).writer.close()
        assert [seen.tls_name for seen in federation.seen.handshakes] == [None]
        assert federation.seen.questions == []


@pytest.mark.parametrize("how", DEATHS)
async def test_a_dead_server_comes_back(how: Death) -> None:
    async with LoopbackFederation() as federation:
        server = federation.server("a.example")
        federation.server("a.example", port=443)
        async with federation.resolver(policy=IMPATIENT) as resolver:
            server.stop(how)
            with pytest.raises(ConnectionError, match="no target could be connected to"):
                await open_connection(resolver, "a.example", connect_timeout=0.3)
            assert [seen.port for seen in federation.seen.handshakes] == [443]
            server.start()
            (await open_connection(resolver, "a.example")).writer.close()


async def test_stopping_cuts_connections() -> None:
    async with LoopbackFederation() as federation:
        server = federation.server("a.example")
        async with federation.resolver() as resolver:
            connection = await open_connection(resolver, "a.example")
            server.stop()
            assert await connection.reader.read() == b""
            connection.writer.close()


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", "NOTIMP", "silence"])
async def test_a_failing_name_server(how: Failure) -> None:
    async with LoopbackFederation() as federation:
        federation.zone.fail("a.example", "A", how)
        federation.zone.fail("a.example", "AAAA", how)
        async with federation.resolver(policy=IMPATIENT) as resolver:
            with pytest.raises(LookupFailed):
                await resolver.resolve("a.example")


async def test_a_fault_passes_and_truncation_leads_to_tcp() -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example", addresses=["198.51.100.7"])
        federation.zone.fail("a.example", "A", "truncated")
        federation.zone.fail("a.example", "AAAA", "SERVFAIL")
        federation.zone.delay("a.example", "A", 0.05)
        clock = FakeClock()
        async with federation.resolver(clock=clock) as resolver:
            first = await resolver.resolve("a.example")
            assert (first.targets[0].ip, first.degraded) == ("198.51.100.7", True)
            clock.advance(3600)
            federation.zone.fail("a.example", "AAAA", "SERVFAIL", times=0)
            assert not (await resolver.resolve("a.example")).degraded
        assert "A a.example" in federation.zone.asked_over_tcp


async def test_a_raw_dns_reply_and_lifetimes() -> None:
    def evil(query: dns.message.Message) -> bytes:
        return dns.message.make_response(query).to_wire()[:5]

    async with LoopbackFederation() as federation:
        federation.server("a.example")
        federation.zone.reply("a.example", "AAAA", evil)
        federation.zone.a("a.example", "198.51.100.1", ttl=77)
        clock = FakeClock()
        async with federation.resolver(clock=clock, policy=IMPATIENT) as resolver:
            resolution = await resolver.resolve("a.example")
    assert [target.ip for target in resolution.targets] == ["198.51.100.1"]
    assert resolution.expires_at <= clock() + 77


async def test_wrong_records_are_refused_when_they_are_set() -> None:
    async with LoopbackFederation() as federation:
        with pytest.raises(ValueError, match="'not-an-address' is no data of A records"):
            federation.zone.a("a.example", "not-an-address")
        federation.zone.a("empty.example")
        assert federation.zone.texts("empty.example", "A") == []


async def test_hosts_that_share_an_address_are_told_apart_by_name() -> None:
    async with LoopbackFederation() as federation:
        for host in ("a.example", "b.example"):
            federation.server(host, addresses=["198.51.100.5"]).reply("/x", Reply(body=host.encode()))
        async with federation.resolver() as resolver:
            for host in ("a.example", "b.example"):
                assert (await get(federation, host=f"{host}:8448")).body == host.encode()
                (await open_connection(resolver, host)).writer.close()


async def test_a_wildcard_stands_for_one_label() -> None:
    async with LoopbackFederation() as federation:
        federation.server("node.example", names=["*.example.com"]).reply("/x", Reply())
        federation.srv("a.example.com", "node.example", 8448)
        async with federation.resolver() as resolver:
            (await open_connection(resolver, "a.example.com")).writer.close()


async def test_several_at_once_know_nothing_of_each_other() -> None:
    async with LoopbackFederation() as one, LoopbackFederation() as two:
        one.well_known("a.example", "198.51.100.1:1")
        two.well_known("a.example", "198.51.100.2:2")
        resolvers = one.resolver(), two.resolver()
        both = await asyncio.gather(*(resolver.resolve("a.example") for resolver in resolvers))
    assert [resolution.delegated for resolution in both] == ["198.51.100.1:1", "198.51.100.2:2"]


async def test_what_was_not_set_up_does_not_exist() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        with pytest.raises(NoTargets):
            await resolver.resolve("nowhere.example")
        with pytest.raises(ConnectionError):
            await open_connection(resolver, "198.51.100.77")


async def test_seen_can_be_cleared_and_options_are_passed_on() -> None:
    records: list[object] = []
    async with LoopbackFederation() as federation:
        federation.server("a.example")
        async with federation.resolver(on_event=records.append, user_agent="bot") as resolver:
            await resolver.resolve("a.example")
        assert records
        assert federation.seen.questions
        federation.seen.clear()
        assert (federation.seen.questions, federation.seen.requests, federation.seen.handshakes) == ([], [], [])


_USES: dict[str, Callable[[LoopbackFederation], object]] = {
    "server": lambda federation: federation.server("a.example"),
    "resolver": lambda federation: federation.resolver(),
    "nameserver": lambda federation: federation.nameserver,
}


@pytest.mark.parametrize("use", _USES.values(), ids=_USES)
def test_outside_of_its_block_it_says_so(use: Callable[[LoopbackFederation], object]) -> None:
    with pytest.raises(RuntimeError, match="use it in a `with` or `async with` block"):
        use(LoopbackFederation())


def test_it_cannot_be_entered_twice() -> None:
    federation = LoopbackFederation()
    with federation, pytest.raises(RuntimeError, match="running already"):
        federation.__enter__()


def test_addresses_run_out_with_a_clear_error() -> None:
    with LoopbackFederation() as federation:
        for number in range(762):
            federation.server(f"n{number}.example")
        with pytest.raises(ValueError, match="pass addresses="):
            federation.server("one-more.example")


async def _use(federation: LoopbackFederation) -> None:
    federation.well_known("a.example", "b.example")
    federation.server("b.example").reply("/x", Reply(delay=math.inf))
    resolver = federation.resolver()  # and forget to close it
    connection = await open_connection(resolver, "a.example")
    connection.writer.write(b"GET /x HTTP/1.1\r\nHost: b.example\r\n\r\n")
    while not federation.seen.requests[1:]:
        await asyncio.sleep(0.01)
    connection.writer.close()
    await connection.writer.wait_closed()


def _left() -> int:
    """Count descriptors and threads."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir())) + threading.active_count()


def _in_async_block() -> None:
    async def run() -> None:
        async with LoopbackFederation() as federation:
            await _use(federation)

    asyncio.run(run())


def _in_plain_block() -> None:
    with LoopbackFederation() as federation:
        asyncio.run(_use(federation))


def _under_uvloop() -> None:
    with LoopbackFederation() as federation, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_use(federation))


def _after_an_error() -> None:
    async def run() -> None:
        async with LoopbackFederation() as federation:
            await _use(federation)
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(run())


def _after_cancellation() -> None:
    async def run() -> None:
        async with LoopbackFederation() as federation:
            await _use(federation)
            await asyncio.sleep(100)

    async def main() -> None:
        task = asyncio.create_task(run())
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def _on_two_loops() -> None:
    with LoopbackFederation() as federation:
        resolver = federation.resolver()
        federation.server("a.example")
        for _ in range(2):
            assert asyncio.run(resolver.resolve("a.example")).step == "6"


@pytest.mark.parametrize(
    "use", [_in_async_block, _in_plain_block, _under_uvloop, _after_an_error, _after_cancellation, _on_two_loops]
)
def test_nothing_is_left_behind(use: Callable[[], None]) -> None:
    use()  # what libraries make once stays
    before = _left()
    for _ in range(5):
        use()
    while _left() > before:  # c-ares closes a channel that nobody has closed in a thread of its own
        time.sleep(0.05)


STRANGER = """
import asyncio, pytest
from matrix_resolve import open_connection

async def reach(resolver, name):
    try:
        connection = await open_connection(resolver, name)
    except Exception:
        return False
    connection.writer.close()
    await connection.writer.wait_closed()
    return True

def test_plain(matrix_federation):
    matrix_federation.server("alive.example")
    matrix_federation.server("dead.example").stop()
    async def ask():
        async with matrix_federation.resolver() as resolver:
            return [await reach(resolver, name) for name in ("dead.example", "alive.example")]
    assert asyncio.run(ask()) == [False, True]

def test_forgets_to_close(matrix_federation):
    matrix_federation.server("alive.example")
    assert asyncio.run(reach(matrix_federation.resolver(), "alive.example"))

@pytest.mark.asyncio
async def test_pytest_asyncio(matrix_federation):
    matrix_federation.server("alive.example")
    assert await reach(matrix_federation.resolver(), "alive.example")

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_anyio(matrix_federation):
    matrix_federation.server("alive.example")
    assert await reach(matrix_federation.resolver(), "alive.example")
"""


def test_the_fixture_in_a_strangers_project(tmp_path: Path) -> None:
    (tmp_path / "test_stranger.py").write_text(STRANGER)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "pytest", "-W", "error", "-q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_a_resolver_with_a_dns_backend_of_its_own() -> None:
    """No name server is added to it, so nothing is in conflict."""
    with LoopbackFederation() as federation:
        own = federation.resolver(dns=FakeDns(), overrides={"a.example": "198.51.100.1:1"})
        assert asyncio.run(own.resolve("a.example")).step == "3.1"
