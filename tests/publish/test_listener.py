"""The listener: its limit, timeouts and log, and what happens without free file descriptors. No result depends on timing."""

import asyncio
import contextlib
import itertools
import os
import resource
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Self

import pytest

from matrix_resolve.publish.failure_log import FailureLog
from matrix_resolve.publish.listener import MAX_CONNECTIONS, Connection, Listener, connection_limit
from tests._support.certificates import own_server_context
from tests._support.waiting import until


class Echo(asyncio.Protocol):
    """Echoes all data. Data that begins with R counts as a request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
        if data.startswith(b"R"):
            connection = self.transport.get_protocol()
            assert isinstance(connection, Connection)
            connection.was_served()


@asynccontextmanager
async def _listening(
    lines: list[str], *, limit: int = 10, request_timeout: float = 1000.0
) -> AsyncGenerator[tuple[str, int]]:
    listener = Listener(Echo, None, lines.append, limit=limit, request_timeout=request_timeout)
    async with listener:
        listener.listen("127.0.0.1", 0)
        yield listener.addresses[0]


class Clients:
    """Opens any number of connections, and closes them at the end."""

    def __init__(self, place: tuple[str, int]) -> None:
        self._place = place
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, sends: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection, send data, and wait for its echo."""
        reader, writer = await asyncio.open_connection(*self._place)
        self._writers.append(writer)
        if sends:
            await self.exchange(reader, writer, sends)
        return reader, writer

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sends: bytes) -> None:
        writer.write(sends)
        assert await reader.readexactly(len(sends)) == sends

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def test_the_oldest_without_a_request_makes_room_first() -> None:
    lines = list[str]()
    async with _listening(lines, limit=3) as place, Clients(place) as clients:
        served, first, second, third = [await clients.connect(sends) for sends in (b"R", b"x", b"x", b"x")]
        assert await first[0].read() == b""
        fourth = await clients.connect(b"x")
        assert await second[0].read() == b""
        for each in (served, third, fourth):
            await clients.exchange(*each, b"R")
        fifth = await clients.connect(b"R")  # all have completed a request, so the oldest one is closed
        assert await served[0].read() == b""
        for each in (third, fourth, fifth):
            await clients.exchange(*each, b"R")
    assert lines == ["failed connections: 1 closed to make room"]


async def test_served_ones_that_make_requests_do_not_shut_out_new_ones() -> None:
    """At least half of the limit is for connections that have not made a request yet, however active the others are."""
    lines = list[str]()
    async with _listening(lines, limit=10) as place, Clients(place) as clients:
        served = [await clients.connect(b"R") for _ in range(10)]
        for each in reversed(served):
            await clients.exchange(*each, b"R")
        silent = [await clients.connect(b"x") for _ in range(5)]
        assert [await reader.read() for reader, _ in served[5:]] == [b""] * 5
        for each in (*silent, *served[:5]):
            await clients.exchange(*each, b"x")
    assert lines == ["failed connections: 1 closed to make room"]


async def test_who_leaves_makes_room() -> None:
    lines = list[str]()
    async with _listening(lines, limit=2) as place, Clients(place) as clients:
        for sends in (b"x", b"R") * 10:
            reader, writer = await clients.connect(sends)
            writer.write_eof()
            assert await reader.read() == b""
    assert lines == []


async def test_whoever_makes_no_request_in_time_is_closed() -> None:
    lines = list[str]()
    async with _listening(lines, request_timeout=0.01) as place, Clients(place) as clients:
        served, silent = await clients.connect(b"R"), await clients.connect()
        assert await silent[0].read() == b""
        await clients.exchange(*served, b"R")
    assert lines == ["failed connections: 1 without a request within 0.01 s"]


@asynccontextmanager
async def _listening_with_tls(lines: list[str], handshake_timeout: float) -> AsyncGenerator[Listener]:
    context = own_server_context("a.example")
    async with Listener(Echo, context, lines.append, limit=10, handshake_timeout=handshake_timeout) as listener:
        listener.listen("127.0.0.1", 0)
        yield listener


async def test_a_handshake_has_little_time() -> None:
    lines = list[str]()
    async with _listening_with_tls(lines, 0.01) as listener, Clients(listener.addresses[0]) as clients:
        silent = await clients.connect()
        assert await silent[0].read() == b""
    assert lines == ["failed connections: 1 in the TLS handshake"]


async def test_no_handshake_is_under_way_after_the_end() -> None:
    lines = list[str]()
    async with AsyncExitStack() as stack:
        listener = await stack.enter_async_context(_listening_with_tls(lines, 1000.0))
        clients = Clients(listener.addresses[0])
        silent = [await clients.connect() for _ in range(3)]
        await until(lambda: len(listener._waiting) == 3)  # pyright: ignore[reportPrivateUsage] - not visible from outside
    async with clients:
        assert [await reader.read() for reader, _ in silent] == [b""] * 3
    assert lines == []


@contextmanager
def _no_descriptor_left() -> Generator[None]:
    """Limit the process to a few more file descriptors than it has, and use them up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = list[int]()
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 50, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in taken:
            os.close(descriptor)


async def test_without_a_descriptor_it_tries_again_and_says_so_once() -> None:
    """All attempts together make one log line."""
    lines, loop = list[str](), asyncio.get_running_loop()
    clients = [socket.socket() for _ in range(20)]
    async with _listening(lines, limit=100) as place:
        with _no_descriptor_left():
            for client in clients:
                client.setblocking(False)
                await loop.sock_connect(client, place)
            await until(lambda: bool(lines))
            await asyncio.sleep(0.3)  # for more attempts, which must add no line
        for client in clients:
            await loop.sock_sendall(client, b"R")
            assert await loop.sock_recv(client, 10) == b"R"
        for client in clients:
            client.close()
    assert lines == ["failed connections: 1 not accepted (Too many open files)"]


async def test_the_log_has_a_line_an_interval_with_all_that_happened() -> None:
    lines = list[str]()
    log = FailureLog(lines.append, interval=0.01)
    for _ in range(1_000):
        log.count("a")
    log.count("b")
    assert lines == ["failed connections: 1 a"]
    await until(lambda: len(lines) == 2)
    assert lines[1] == "failed connections: 999 a, 1 b"
    await until(lambda: log.is_quiet)
    log.count("c")
    assert lines[2:] == ["failed connections: 1 c"]
    log.close()


@pytest.mark.parametrize(
    ("descriptors", "limit"), [(64, 32), (3, 1), (1, 1), (1_000_000, MAX_CONNECTIONS), (None, MAX_CONNECTIONS)]
)
def test_the_limit_is_half_of_the_descriptors(descriptors: int | None, limit: int) -> None:
    assert connection_limit(descriptors) == limit


async def test_many_connections_at_once_leave_the_event_loop_to_others() -> None:
    """Accepting a queued connection does not suspend, so the listener yields to the event loop after each one."""
    listener = Listener(Echo, None, print, limit=1_000)
    clients = [socket.socket() for _ in range(100)]
    async with listener:
        listener.listen("127.0.0.1", 0)
        for client in clients:
            client.connect(listener.addresses[0])  # into the backlog, because the event loop does not run meanwhile
        accepted = [0]
        while accepted[-1] < len(clients):
            await asyncio.sleep(0)
            accepted.append(len(listener._waiting))  # pyright: ignore[reportPrivateUsage] - not visible from outside
        assert max(after - before for before, after in itertools.pairwise(accepted)) <= 1
        for client in clients:
            client.close()
