"""The aiodns backend when it is closed, on several event loops and after a fork.

``B1-n`` are numbered pitfalls of aiodns, measured before the backend was written.
"""

import asyncio
import contextlib
import gc
import os
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
import uvloop

from matrix_resolve._util.loop_bound import LoopBound
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests._support.descriptors import open_descriptors
from tests._support.forking import forked
from tests._support.waiting import settle
from tests._support.zone_lines import LineZone

from .helpers_aiodns import FOUND, LINES, backend_before


@pytest.fixture
def zone() -> LineZone:
    return LineZone(LINES)


async def test_aclose_tells_those_who_wait(zone: LineZone, capfd: pytest.CaptureFixture[str]) -> None:
    """B1-22: a channel that outlives its event loop would print errors on stderr."""
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
        with contextlib.suppress(OSError):  # the thread has ended since it was listed
            yield (task / "comm").read_text().strip()


def foreign_threads() -> int:
    """Return the number of threads that Python does not know.

    Threads of uvloop do not count: they stay for ever, and their names show that they belong to libuv.
    """
    names = list(thread_names())
    return len([name for name in names if not name.startswith("libuv")]) - threading.active_count()


BEFORE_ANY_TEST = foreign_threads()


def threads_of_c_ares() -> int:
    """Return the number of c-ares threads; each channel has one."""
    return foreign_threads() - BEFORE_ANY_TEST


async def channels_are_gone() -> None:
    """Wait at most ten seconds until c-ares, which closes channels in another thread, has closed all of them."""
    async with asyncio.timeout(10):
        while threads_of_c_ares():
            gc.collect()
            await asyncio.sleep(0.01)


async def test_nothing_is_left_after_aclose(zone: LineZone) -> None:
    """B1-20: replaced channels are closed, too, and c-ares has no thread."""
    gc.collect()  # objects that earlier tests left to the garbage collector
    await channels_are_gone()
    async with serve_zone(zone) as server:
        before = open_descriptors()
        for count in range(1, 6):
            backend = AiodnsBackend([server.address], timeout=1, retry_interval=0.05)
            await backend.lookup("a.example", "A")
            await backend.lookup("a.example", "A", refresh=True)
            silent = asyncio.create_task(backend.lookup("silent.example", "A"))
            await settle()
            assert threads_of_c_ares() == 0, f"lookup {count}"
            assert open_descriptors() > before, f"lookup {count}"
            await backend.aclose()
            await asyncio.wait([silent])
        await channels_are_gone()
        assert open_descriptors() == before


Run = Callable[[Coroutine[object, object, None]], None]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_one_backend_on_two_event_loops_in_turn(zone: LineZone, run: Run) -> None:
    """B1-21."""
    backends: list[AiodnsBackend] = []

    async def lookup() -> None:
        async with serve_zone(zone, port=port, with_tcp=False) as server:
            if not backends:
                backends.append(AiodnsBackend([server.address], timeout=0.5, retry_interval=0.05))
            assert await backends[0].lookup("a.example", "A") == FOUND
            assert (await backends[0].lookup("nobody.example", "SRV")).records == ()

    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    run(lookup())
    run(lookup())
    run(backends[0].aclose())


def test_usable_after_fork(zone: LineZone) -> None:
    """B1-23: an inherited channel hangs for ever."""
    with asyncio.Runner() as runner:
        server = serve_zone(zone)
        backend = AiodnsBackend([runner.run(server.__aenter__()).address], timeout=1, retry_interval=0.05)
        assert runner.run(backend.lookup("a.example", "A")) == FOUND
        pid = forked(lambda: asyncio.run(backend.lookup("b.example", "A")).records == ("192.0.2.2",))
        _, status = runner.run(asyncio.to_thread(os.waitpid, pid, 0))
        assert status == 0
        assert runner.run(backend.lookup("c.example", "A")).records == ("192.0.2.3",)
        runner.run(backend.aclose())
        runner.run(server.__aexit__(None, None, None))


def test_what_belongs_to_a_loop_is_not_here_after_fork() -> None:
    """B1-23: not even on the inherited event loop."""

    async def make() -> LoopBound:
        return LoopBound()

    async def is_current(bound: LoopBound) -> bool:
        return bound.is_current()

    with asyncio.Runner() as runner:
        bound = runner.run(make())
        assert runner.run(is_current(bound))
        pid = forked(lambda: not runner.run(is_current(bound)))
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


async def test_a_replaced_channel_that_nobody_waits_for_is_closed(zone: LineZone) -> None:
    async with backend_before(zone, timeout=30) as backend:
        zone.add("silent.example A TIMEOUT")
        await backend.lookup("a.example", "A")
        silent = asyncio.create_task(backend.lookup("silent.example", "A"))
        await settle()
        silent.cancel()
        await asyncio.gather(silent, return_exceptions=True)
        await backend.lookup("a.example", "A", refresh=True)
        gc.collect()
        assert backend._replaced == []  # pyright: ignore[reportPrivateUsage] - there is no other way to see them
