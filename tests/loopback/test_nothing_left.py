"""However a loopback federation ends, it leaves no descriptor and no thread."""

import asyncio
import gc
import math
import threading
import time
from collections.abc import Callable

import pytest
import uvloop

from matrix_resolve import (
    open_connection,
)
from matrix_resolve.testing import LoopbackFederation, Reply
from tests._support.descriptors import open_descriptors
from tests._support.waiting import until


async def _use(federation: LoopbackFederation) -> None:
    federation.well_known("a.example", "b.example")
    federation.server("b.example").reply("/x", Reply(delay=math.inf))
    resolver = federation.resolver()  # not closed on purpose: the federation closes it
    connection = await open_connection(resolver, "a.example")
    connection.writer.write(b"GET /x HTTP/1.1\r\nHost: b.example\r\n\r\n")
    await until(lambda: len(federation.seen.requests) > 1)
    connection.writer.close()
    await connection.writer.wait_closed()


def _left() -> int:
    """Return the number of open descriptors and threads."""
    gc.collect()
    return open_descriptors() + threading.active_count()


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
    use()  # creates what libraries keep for the lifetime of the process
    before = _left()
    for _ in range(5):
        use()
    while _left() > before:  # c-ares closes unclosed channels in a thread of its own, which takes a moment
        time.sleep(0.05)
