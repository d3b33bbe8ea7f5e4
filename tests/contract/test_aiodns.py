"""The life of the aiodns backend. ``B1-n`` are the numbered pitfalls of aiodns, as measured before the design."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import threading
import warnings
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiodns
import pycares
import pytest
import uvloop

from matrix_resolve.backends import DnsAnswer, RecordType
from matrix_resolve.backends import aiodns as module
from matrix_resolve.backends.aiodns import AiodnsBackend, check_nameserver
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.loop_bound import LoopBound
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests.support.zone_lines import LineZone
from tests.waiting import settle

LINES = ["a.example A 192.0.2.1", "b.example A 192.0.2.2", "c.example A 192.0.2.3", "silent.example A TIMEOUT"]
FOUND = DnsAnswer(("192.0.2.1",), 300, "a.example")


@pytest.fixture
def zone() -> LineZone:
    return LineZone(LINES)


@asynccontextmanager
async def backend_before(zone: LineZone, *, timeout: float = 0.2) -> AsyncGenerator[AiodnsBackend]:  # noqa: ASYNC109 - c-ares's
    async with serve_zone(zone) as server:
        backend = AiodnsBackend([server.address], timeout=timeout, retry_after=0.05)
        try:
            yield backend
        finally:
            await backend.aclose()


@pytest.mark.parametrize(
    "name",
    ["ENODATA", "EFORMERR", "ESERVFAIL", "ENOTFOUND", "ENOTIMP", "EREFUSED", "EBADRESP", "ECONNREFUSED", "ETIMEOUT"],
)
def test_status_codes_are_those_of_c_ares(name: str) -> None:
    assert vars(module)[f"_{name}"] == vars(aiodns.error)[f"ARES_{name}"]


def test_record_types_are_those_of_c_ares() -> None:
    types: dict[RecordType, int] = vars(module)["_TYPES"]
    assert types == {"A": pycares.QUERY_TYPE_A, "AAAA": pycares.QUERY_TYPE_AAAA, "SRV": pycares.QUERY_TYPE_SRV}  # pyright: ignore[reportUnknownMemberType] - untyped
    assert vars(module)["_CNAME"] == pycares.QUERY_TYPE_CNAME  # pyright: ignore[reportUnknownMemberType] - untyped
    assert vars(module)["_CLASS_IN"] == pycares.QUERY_CLASS_IN  # pyright: ignore[reportUnknownMemberType] - untyped


@pytest.mark.parametrize(
    "text", ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53", "[fe80::1]:53%lo"]
)
def test_nameserver(text: str) -> None:
    """B1-19."""
    assert check_nameserver(text) == text
    AiodnsBackend([text])


@pytest.mark.parametrize("text", ["localhost", "", "dns.example", " "])
def test_nameserver_that_is_no_address(text: str) -> None:
    """B1-19: c-ares takes an empty one in silence and fails much later for a name."""
    with pytest.raises(ValueError, match="is not an IP address"):
        check_nameserver(text)
    with pytest.raises(ValueError, match="is not an IP address"):
        AiodnsBackend([text])


async def test_no_search_list_is_applied(zone: LineZone, monkeypatch: pytest.MonkeyPatch) -> None:
    """B1-15: the same channel's getaddrinfo would ask for the longer name."""
    monkeypatch.setenv("LOCALDOMAIN", "corp.test")
    zone.add("dead.example.org.corp.test A 192.0.2.66", "single.corp.test A 192.0.2.66")
    async with backend_before(zone) as backend:
        for name in ("dead.example.org", "single"):
            assert (await backend.lookup(name, "A")).records == ()
    assert zone.asked == ["A dead.example.org", "A single"]


@pytest.mark.parametrize("name", ["localhost", "192.0.2.7"])
async def test_a_name_is_asked_for_as_it_is(zone: LineZone, name: str) -> None:
    """B1-16: neither the hosts file nor an address in text is answered on the spot."""
    async with backend_before(zone) as backend:
        assert (await backend.lookup(name, "A")).records == ()
    assert zone.asked == [f"A {name}"]


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "[::1]", "a b.example"])
async def test_a_name_that_cannot_be_asked_for_raises(zone: LineZone, name: str) -> None:
    async with backend_before(zone) as backend:
        with pytest.raises(NameServerError):
            await backend.lookup(name, "A")
    assert zone.asked == []


async def test_the_next_name_server_takes_over(zone: LineZone) -> None:
    """B1-12."""
    with socket.socket(type=socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"127.0.0.1:{closed.getsockname()[1]}"
    async with serve_zone(zone) as server:
        backend = AiodnsBackend([dead, server.address], timeout=0.2, retry_after=0.05)
        assert await backend.lookup("a.example", "A") == FOUND
        await backend.aclose()


async def test_nobody_at_the_port_raises() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"127.0.0.1:{closed.getsockname()[1]}"
    backend = AiodnsBackend([dead], timeout=0.2, retry_after=0.05)
    with pytest.raises((NameServerError, TimeoutError)):
        await backend.lookup("a.example", "A")
    await backend.aclose()


async def test_refresh_asks_the_name_server_each_time(zone: LineZone) -> None:
    """B1-8: c-ares has a cache that cannot be switched off."""
    async with backend_before(zone) as backend:
        for refresh in (False, True, True, False):
            assert await backend.lookup("a.example", "A", refresh=refresh) == FOUND
    assert zone.asked == ["A a.example"] * 3


async def test_refresh_keeps_the_channel_unless_it_was_asked_the_question_before(zone: LineZone) -> None:
    """B1-8: the cache of c-ares shows which channel answers."""
    async with backend_before(zone) as backend:
        for name in ("a.example", "b.example"):
            await backend.lookup(name, "A")
        await backend.lookup("c.example", "A", refresh=True)
        await backend.lookup("a.example", "AAAA", refresh=True)
        zone.asked.clear()
        await backend.lookup("b.example", "A")
        assert zone.asked == []
        await backend.lookup("a.example", "A", refresh=True)
        await backend.lookup("b.example", "A")
        assert zone.asked == ["A a.example", "A b.example"]


async def test_a_new_channel_leaves_a_question_on_the_old_one_alone(zone: LineZone) -> None:
    """B1-8."""
    async with backend_before(zone) as backend:
        await backend.lookup("a.example", "A")
        other = asyncio.create_task(backend.lookup("b.example", "A"))
        again = asyncio.create_task(backend.lookup("a.example", "A", refresh=True))
        await asyncio.sleep(0)
        gc.collect()
        assert await again == FOUND
        assert (await other).records == ("192.0.2.2",)


async def test_a_cancelled_question_is_only_its_own_end(zone: LineZone) -> None:
    """B1-10: c-ares goes on asking, and what comes late disturbs nobody."""
    async with backend_before(zone) as backend:
        task = asyncio.create_task(backend.lookup("silent.example", "A"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await backend.lookup("a.example", "A") == FOUND


async def test_two_hundred_questions_at_once(zone: LineZone) -> None:
    """B1-24."""
    zone.add(*(f"n{number}.example A 192.0.2.{number}" for number in range(200)))
    async with backend_before(zone, timeout=5) as backend:
        answers = await asyncio.gather(*(backend.lookup(f"n{number}.example", "A") for number in range(200)))
    assert [answer.records for answer in answers] == [(f"192.0.2.{number}",) for number in range(200)]


async def test_aclose_tells_those_who_wait(zone: LineZone, capfd: pytest.CaptureFixture[str]) -> None:
    """B1-22: a channel that outlives its loop would complain on standard error."""
    async with backend_before(zone, timeout=30) as backend:
        task = asyncio.create_task(backend.lookup("silent.example", "A"))
        await asyncio.sleep(0)
        await backend.aclose()
        with pytest.raises(NameServerError):
            await task
    gc.collect()
    assert capfd.readouterr().err == ""


async def test_aclose_twice_and_unused(zone: LineZone) -> None:
    await AiodnsBackend(["192.0.2.53"]).aclose()
    async with backend_before(zone) as backend:
        await backend.lookup("a.example", "A")
        await backend.aclose()
        await backend.aclose()


@pytest.mark.parametrize("used", [True, False])
async def test_a_closed_backend_says_so(zone: LineZone, *, used: bool) -> None:
    async with backend_before(zone) as backend:
        if used:
            await backend.lookup("a.example", "A")
        await backend.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await backend.lookup("a.example", "A")


def thread_names() -> Iterator[str]:
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended since it was listed
            yield (task / "comm").read_text().strip()


def foreign_threads() -> int:
    """Those of which Python knows nothing, without uvloop's, which stay for good and have a name of their own."""
    names = list(thread_names())
    return len([name for name in names if not name.startswith("libuv")]) - threading.active_count()


BEFORE_ANY_TEST = foreign_threads()


def threads_of_c_ares() -> int:
    """Each channel has one."""
    return foreign_threads() - BEFORE_ANY_TEST


async def channels_are_gone() -> None:
    """Wait, with an end, for c-ares, which ends its channels in a thread of its own."""
    async with asyncio.timeout(10):
        while threads_of_c_ares():
            gc.collect()
            await asyncio.sleep(0.01)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_nothing_is_left_after_aclose(zone: LineZone) -> None:
    """B1-20: replaced channels included."""
    gc.collect()  # what earlier tests have left to the collector
    await channels_are_gone()
    async with serve_zone(zone) as server:
        before = descriptors()
        for count in range(1, 6):
            backend = AiodnsBackend([server.address], timeout=1, retry_after=0.05)
            await backend.lookup("a.example", "A")
            await backend.lookup("a.example", "A", refresh=True)
            assert threads_of_c_ares() > 0, count
            assert descriptors() > before, count
            await backend.aclose()
        await channels_are_gone()
        assert descriptors() == before


Run = Callable[[Coroutine[object, object, None]], None]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_one_backend_on_two_event_loops_in_turn(zone: LineZone, run: Run) -> None:
    """B1-21."""
    backends: list[AiodnsBackend] = []

    async def lookup() -> None:
        async with serve_zone(zone, port=port, with_tcp=False) as server:
            if not backends:
                backends.append(AiodnsBackend([server.address], timeout=0.5, retry_after=0.05))
            assert await backends[0].lookup("a.example", "A") == FOUND
            assert (await backends[0].lookup("nobody.example", "SRV")).records == ()

    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    run(lookup())
    run(lookup())
    run(backends[0].aclose())


def forked(child: Callable[[], bool]) -> int:
    """Fork; the child's exit code is 0 if *child* says so, 1 if not, and it is killed after ten seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of threads, which is the point here
        pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.alarm(10)
        code = 0 if child() else 1
    finally:
        os._exit(code)


def test_usable_after_fork(zone: LineZone) -> None:
    """B1-23: an inherited channel hangs for ever."""
    with asyncio.Runner() as runner:
        server = serve_zone(zone)
        backend = AiodnsBackend([runner.run(server.__aenter__()).address], timeout=1, retry_after=0.05)
        assert runner.run(backend.lookup("a.example", "A")) == FOUND
        pid = forked(lambda: asyncio.run(backend.lookup("b.example", "A")).records == ("192.0.2.2",))
        _, status = runner.run(asyncio.to_thread(os.waitpid, pid, 0))
        assert status == 0
        assert runner.run(backend.lookup("c.example", "A")).records == ("192.0.2.3",)
        runner.run(backend.aclose())
        runner.run(server.__aexit__(None, None, None))


def test_what_belongs_to_a_loop_is_not_here_after_fork() -> None:
    """B1-23: not even on the very loop that was inherited."""

    async def make() -> LoopBound:
        return LoopBound()

    async def is_here(bound: LoopBound) -> bool:
        return bound.is_here()

    with asyncio.Runner() as runner:
        bound = runner.run(make())
        assert runner.run(is_here(bound))
        pid = forked(lambda: not runner.run(is_here(bound)))
        assert os.waitpid(pid, 0)[1] == 0


async def test_closing_ends_questions_on_a_replaced_channel(zone: LineZone) -> None:
    async with backend_before(zone) as backend:
        zone.add("silent.example A TIMEOUT")
        await backend.lookup("a.example", "A")
        silent = asyncio.create_task(backend.lookup("silent.example", "A"))
        await settle()
        await backend.lookup("a.example", "A", refresh=True)
        await backend.aclose()
        with pytest.raises((NameServerError, TimeoutError, RuntimeError)):
            await silent


async def test_closing_ends_a_question_on_a_replaced_channel_that_nobody_waits_for(zone: LineZone) -> None:
    async with backend_before(zone, timeout=30) as backend:
        zone.add("silent.example A TIMEOUT")
        await backend.lookup("a.example", "A")
        silent = asyncio.create_task(backend.lookup("silent.example", "A"))
        await settle()
        silent.cancel()
        await asyncio.gather(silent, return_exceptions=True)
        await backend.lookup("a.example", "A", refresh=True)
        gc.collect()
        (channel,) = backend._replaced  # pyright: ignore[reportPrivateUsage] - what is lost there is found by nobody
        questions = set(channel._open)  # pyright: ignore[reportPrivateUsage] - same
        assert [question.done() for question in questions] == [False]
        await backend.aclose()
        assert [question.done() for question in questions] == [True]
