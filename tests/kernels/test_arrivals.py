"""Bytes as they come: watched from one wait to the next, and left alone in between."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator

import pytest
import uvloop

from matrix_resolve.backends.arrivals import Arrivals
from tests.waiting import settle

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("can_be_watched", [True, False])
def test_bytes_and_the_end(pair: tuple[socket.socket, socket.socket], loop: str, *, can_be_watched: bool) -> None:
    async def run() -> list[bytes]:
        ours, theirs = pair
        arrivals = Arrivals(ours, can_be_watched=can_be_watched)
        got = list[bytes]()
        for data in (b"first", b"second"):
            waiter = asyncio.ensure_future(arrivals.receive())
            await settle()
            theirs.sendall(data)
            got.append(await waiter)
        theirs.sendall(b"while nobody waits")
        await settle()
        got.append(await arrivals.receive())
        theirs.shutdown(socket.SHUT_WR)
        got.append(await arrivals.receive())
        arrivals.close()
        return got

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        assert runner.run(run()) == [b"first", b"second", b"while nobody waits", b""]


async def test_a_connection_that_fails(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    arrivals = Arrivals(ours)
    waiter = arrivals.receive()
    ours.send(b"unread")
    theirs.close()  # with something unread: that resets the connection
    with pytest.raises(ConnectionResetError):
        await waiter
    arrivals.close()


@pytest.mark.parametrize("loop", LOOPS)
def test_bytes_and_then_at_once_a_connection_that_fails(loop: str) -> None:
    async def run() -> bytes:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as ours:
            theirs, _ = server.accept()
            ours.setblocking(False)
            arrivals = Arrivals(ours)
            waiter = arrivals.receive()
            await settle()
            theirs.sendall(b"last")
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", True, 0))
            theirs.close()  # without lingering: that resets the connection
            data = await waiter
            with pytest.raises(ConnectionResetError):
                await arrivals.receive()
            arrivals.close()
            return data

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        assert runner.run(asyncio.wait_for(run(), 30)) == b"last"


async def test_who_has_gone_gets_nothing_and_nothing_is_lost(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    arrivals = Arrivals(ours)
    waiter = asyncio.ensure_future(arrivals.receive())
    waiter.cancel()
    theirs.sendall(b"late")
    await settle()
    assert await arrivals.receive() == b"late"
    arrivals.close()
    arrivals.close()


async def test_closed_means_watched_no_more(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    arrivals = Arrivals(ours)
    arrivals.receive()
    arrivals.close()
    theirs.sendall(b"late")
    await settle()
    assert not asyncio.get_running_loop().remove_reader(ours.fileno())
    assert ours.recv(10) == b"late"
