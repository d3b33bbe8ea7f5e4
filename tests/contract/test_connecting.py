"""A connection to one address or to the first of several, on each event loop, watched by it and made by it."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator

import pytest
import uvloop

from matrix_resolve.backends.connecting import connect
from tests.waiting import settle

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
Pin = tuple[str, int]


@pytest.fixture
def open_pin() -> Iterator[Pin]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


@pytest.fixture
def closed_pin() -> Pin:
    with socket.create_server(("127.0.0.1", 0)) as server:
        pin: Pin = server.getsockname()
    return pin


@pytest.fixture
def full_pin() -> Iterator[Pin]:
    """An address that does not answer: its queue is full."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as server,
        socket.socket() as first,
        socket.socket() as second,
    ):
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield server.getsockname()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("can_be_watched", [True, False])
def test_the_first_that_answers(open_pin: Pin, closed_pin: Pin, loop: str, *, can_be_watched: bool) -> None:
    async def peer_of(pins: list[Pin]) -> tuple[Pin, bool, set[Pin]]:
        dialled = set[Pin]()
        with await connect(pins, dialled, can_be_watched=can_be_watched) as sock:
            return sock.getpeername(), sock.getblocking(), dialled

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        assert runner.run(peer_of([open_pin])) == (open_pin, False, {open_pin})
        assert runner.run(peer_of([closed_pin, open_pin])) == (open_pin, False, {closed_pin, open_pin})


@pytest.mark.parametrize("loop", LOOPS)
def test_who_refuses_is_named(closed_pin: Pin, loop: str) -> None:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner, pytest.raises(ConnectionRefusedError) as refused:
        runner.run(connect([closed_pin], set()))
    assert str(refused.value).endswith(f"Connection refused (127.0.0.1, port {closed_pin[1]})")


async def test_what_the_system_refuses_at_once() -> None:
    with pytest.raises(OSError, match=r"\(255\.255\.255\.255, port 1\)"):
        await connect([("255.255.255.255", 1)], set())


@pytest.mark.parametrize("loop", LOOPS)
def test_who_gives_up_leaves_no_socket(full_pin: Pin, loop: str) -> None:
    async def give_up() -> None:
        before = os.listdir("/proc/self/fd")
        task = asyncio.create_task(connect([full_pin], set()))
        await settle()
        assert len(os.listdir("/proc/self/fd")) == len(before) + 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert os.listdir("/proc/self/fd") == before

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(give_up())
