"""The time limits for the first and the next request of a connection. The tests set the clock of the event loop, and do not wait."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import pytest

from matrix_resolve.publish import WELL_KNOWN_PATH, Delegation
from matrix_resolve.publish.server import ListenAddress, serving
from tests._support.plain_http import Place, connected, request

REQUEST = request("GET", WELL_KNOWN_PATH)


@attrs.define
class Clock:
    """Moves the clock of the event loop forward."""

    ahead: float = 0.0

    async def advance(self, seconds: float) -> None:
        """Move the clock forward, and let the event loop run what is due."""
        self.ahead += seconds
        for _ in range(5):
            await asyncio.sleep(0.001)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock, loop = Clock(), asyncio.get_running_loop()
    time = loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + clock.ahead)
    return clock


@asynccontextmanager
async def _place() -> AsyncGenerator[Place]:
    async with serving(Delegation("matrix.example.org:443"), [ListenAddress("127.0.0.1", 0)]) as addresses:
        ip, _, port = addresses[0].rpartition(":")
        yield ip, int(port)


@pytest.mark.parametrize("first", [0, 1, len(REQUEST) - 2])
async def test_the_first_request_may_take_nearly_10_seconds(clock: Clock, first: int) -> None:
    async with _place() as place, connected(place) as (reader, writer):
        writer.write(REQUEST[:first])
        await clock.advance(1)
        await clock.advance(7)
        writer.write(REQUEST[first:])
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")


async def test_the_first_request_may_take_no_longer(clock: Clock) -> None:
    async with _place() as place, connected(place) as (reader, writer):
        writer.write(REQUEST[:-2])
        await clock.advance(1)
        await clock.advance(11)
        assert await reader.read() == b""


async def test_the_next_request_may_take_2_seconds(clock: Clock) -> None:
    async with _place() as place, connected(place) as (reader, writer):
        for _ in range(3):
            writer.write(REQUEST)
            await reader.readuntil(b"}")
            await clock.advance(1)
        await clock.advance(1.5)
        assert await reader.read() == b""
