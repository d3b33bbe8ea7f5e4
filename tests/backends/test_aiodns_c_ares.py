"""c-ares on the event loop's own sockets and in a thread.

The tests cover sockets, timers, event loops, forks, and the name servers of the system.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import aiodns
import dns.message
import dns.rrset
import pycares
import pytest
import uvloop

from matrix_resolve.backends._aiodns.c_ares import LoopResolver
from matrix_resolve.backends._aiodns.channel_set import EDNS, OVER_TCP, ChannelSet
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests._support.descriptors import open_descriptors
from tests._support.forking import forked
from tests._support.threaded_dns import ThreadedResolver
from tests._support.waiting import settle, until
from tests._support.zone_lines import LineZone

from .helpers_aiodns import FOUND, LINES, backend_before

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
ADDRESS = [pycares.ARecordData("192.0.2.1")]


@pytest.fixture
def zone() -> LineZone:
    return LineZone(LINES)


def resolver_at(*nameservers: str, timeout: float = 0.1, tries: int = 1, is_threaded: bool = False) -> LoopResolver:
    kind = ThreadedResolver if is_threaded else LoopResolver
    return kind(nameservers, timeout=timeout, tries=tries, flags=EDNS)


async def data(resolver: LoopResolver, name: str) -> list[object]:
    return [record.data for record in (await resolver.query_dns(name, "A")).answer]


def answer_to(question: bytes) -> bytes:
    """Return a reply with 192.0.2.1."""
    reply = dns.message.make_response(dns.message.from_wire(question))
    reply.answer.append(dns.rrset.from_text(reply.question[0].name, 300, "IN", "A", "192.0.2.1"))
    return reply.to_wire()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("is_threaded", [False, True])
def test_asked_answered_and_closed(zone: LineZone, loop: str, *, is_threaded: bool) -> None:
    async def run() -> None:
        async with serve_zone(zone) as server:
            resolver = resolver_at(server.address, is_threaded=is_threaded)
            assert await data(resolver, "a.example") == ADDRESS
            with pytest.raises(aiodns.error.DNSError):
                await data(resolver, "silent.example")
            unanswered = resolver.query_dns("silent.example", "A")
            await resolver.close()
            with pytest.raises(aiodns.error.DNSError):
                await unanswered

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(run())


async def test_the_hook_exists_in_this_aiodns() -> None:
    """Without the hook, c-ares silently starts a thread. Only this test notices if aiodns changes it."""
    calls = list[str]()

    class Recorded(LoopResolver):
        def _sock_state_cb(self, fd: int, readable: bool, writable: bool) -> None:  # noqa: FBT001 - of aiodns
            calls.append("state")
            super()._sock_state_cb(fd, readable, writable)

    resolver = Recorded(["127.0.0.1:9"], timeout=0.1, tries=1, flags=EDNS)
    with pytest.raises(aiodns.error.DNSError):
        await resolver.query_dns("a.example", "A")
    await resolver.close()
    assert calls


async def test_without_the_hook_c_ares_has_a_thread(zone: LineZone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(aiodns.DNSResolver, "_sock_state_cb")
    async with serve_zone(zone) as server:
        resolver = resolver_at(server.address)
        assert await data(resolver, "a.example") == ADDRESS
        await resolver.close()


@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_that_came_while_the_loop_was_busy_is_taken(loop: str) -> None:
    """The query is not repeated either, although its timeout has passed."""

    async def run() -> object:
        resolver = resolver_at(f"127.0.0.1:{relay.getsockname()[1]}", timeout=0.3, tries=3)
        answer = asyncio.create_task(data(resolver, "a.example"))
        await settle()
        question, asker = relay.recvfrom(4096)
        relay.sendto(answer_to(question), asker)
        time.sleep(0.5)  # noqa: ASYNC251 - this blocks the loop on purpose
        found = await answer
        await resolver.close()
        with pytest.raises(BlockingIOError):
            relay.recv(4096)
        return found

    with socket.socket(type=socket.SOCK_DGRAM) as relay:
        relay.bind(("127.0.0.1", 0))
        relay.setblocking(False)
        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            assert runner.run(run()) == ADDRESS


async def test_no_timer_is_left(zone: LineZone) -> None:
    """A closed channel has no timer, and neither has a channel without a query in flight."""
    async with serve_zone(zone) as server:
        before = timers()
        resolver = resolver_at(server.address, timeout=30)
        await data(resolver, "a.example")
        assert timers() == before
        unanswered = resolver.query_dns("silent.example", "A")
        assert timers() == before + 1
        await resolver.close()
        assert timers() == before
        assert unanswered.exception() is not None


def timers() -> int:
    """Return the number of timers of the running event loop."""
    scheduled: list[asyncio.TimerHandle] = vars(asyncio.get_running_loop())["_scheduled"]
    return sum(not timer.cancelled() for timer in scheduled)


async def test_an_answer_over_tcp(zone: LineZone) -> None:
    """The event loop must watch the socket for writing, and then stop doing that."""
    zone.add(*(f"many.example A 192.0.2.{number}" for number in range(1, 120)))
    async with backend_before(zone) as backend:
        assert len((await backend.lookup("many.example", "A")).records) == 119


async def test_a_slow_answer_over_tcp_does_not_keep_the_loop_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, aiodns would watch for writing as long as the connection lasts, which keeps the event loop busy."""
    processed = list[int]()

    class Counted(pycares.Channel):
        def process_fd(self, read_fd: int, write_fd: int) -> None:
            processed.append(write_fd)
            super().process_fd(read_fd, write_fd)

    monkeypatch.setattr(pycares, "Channel", Counted)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        resolver = LoopResolver([f"127.0.0.1:{silent.getsockname()[1]}"], timeout=5, tries=1, flags=EDNS | OVER_TCP)
        query = resolver.query_dns("a.example", "A")
        await until(lambda: bool(processed))  # it is connected
        before = len(processed)
        for _ in range(200):
            await asyncio.sleep(0.0005)
        assert len(processed) - before < 20
        await resolver.close()
        assert query.exception() is not None


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("asks_again", [True, False])
def test_a_closed_loop_leaves_no_sockets(
    loop: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, *, asks_again: bool
) -> None:
    """A query on a loop that has ended is never answered.

    The next query, or closing the backend, closes its socket.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        backend = AiodnsBackend([f"127.0.0.1:{silent.getsockname()[1]}"], timeout=0.1, retry_interval=0.05)

        async def leave_a_query() -> None:
            task = asyncio.create_task(backend.lookup("silent.example", "A"))
            await settle()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        async def close() -> None:
            if asks_again:
                await leave_a_query()
            await backend.aclose()

        before = open_descriptors()
        for _ in range(5):
            with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
                runner.run(leave_a_query())
        assert open_descriptors() <= before + 1
        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            runner.run(close())
        assert open_descriptors() == before
    assert capfd.readouterr().err == ""
    assert not caplog.messages


def test_a_child_does_not_disturb_the_queries_of_its_parent(zone: LineZone) -> None:
    """Both processes share the epoll object: a socket that the child removes is also removed for the parent."""

    async def ask_and_fork() -> object:
        loop = asyncio.get_running_loop()
        async with serve_zone(zone) as server:
            query = asyncio.create_task(backend.lookup("a.example", "A"))
            wire, asker = await loop.sock_recvfrom(relay, 4096)
            pid = forked(lambda: asyncio.run(_given_up_and_closed(backend)))
            assert (await asyncio.to_thread(os.waitpid, pid, 0))[1] == 0
            host, _, port = server.address.rpartition(":")
            with socket.socket(type=socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                await loop.sock_sendto(sock, wire, (host, int(port)))
                relay.sendto(await loop.sock_recv(sock, 4096), asker)
            found = await query
            await backend.aclose()
            return found

    with socket.socket(type=socket.SOCK_DGRAM) as relay:
        relay.bind(("127.0.0.1", 0))
        relay.setblocking(False)
        backend = AiodnsBackend([f"127.0.0.1:{relay.getsockname()[1]}"], timeout=30, retry_interval=30)
        assert asyncio.run(ask_and_fork()) == FOUND


async def _given_up_and_closed(backend: AiodnsBackend) -> bool:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await backend.lookup("b.example", "A")
    await backend.aclose()
    return True


async def test_the_name_servers_of_the_system_may_change(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    absent = ChannelSet(None, 1, 1, resolv_conf=path)
    assert not absent.is_worn(2)
    path.write_text("nameserver 192.0.2.53\n")
    assert absent.is_worn(2)
    present = ChannelSet(None, 1, 1, resolv_conf=path)
    assert not present.is_worn(2)
    os.utime(path, ns=(1, 1))
    assert present.is_worn(2)
    ours = ChannelSet(["192.0.2.53"], 1, 1, resolv_conf=path)
    path.unlink()
    assert not ours.is_worn(2)
    for channels in (absent, present, ours):
        await channels.aclose()


def worn(_channels: ChannelSet, _max_asked: int) -> bool:
    return True


async def test_a_worn_channel_is_replaced(zone: LineZone, monkeypatch: pytest.MonkeyPatch) -> None:
    async with backend_before(zone) as backend:
        assert await backend.lookup("a.example", "A") == FOUND
        assert await backend.lookup("a.example", "A") == FOUND
        assert zone.asked == ["A a.example"]  # the second answer comes from the cache of c-ares
        monkeypatch.setattr(ChannelSet, "is_worn", worn)
        assert await backend.lookup("a.example", "A") == FOUND
        assert zone.asked == ["A a.example"] * 2


async def test_channels_are_replaced_after_a_thousand_queries(zone: LineZone) -> None:
    """Until then, c-ares keeps every answer."""
    async with backend_before(zone) as backend:
        assert await backend.lookup("a.example", "A") == FOUND
        first = backend._channels  # pyright: ignore[reportPrivateUsage] - the cache of c-ares cannot be inspected
        for number in range(1_000):
            await backend.lookup(f"n{number}.example", "A")
        assert backend._channels is not first  # pyright: ignore[reportPrivateUsage] - as above
        assert await backend.lookup("a.example", "A") == FOUND
    assert zone.asked.count("A a.example") == 2


async def test_a_close_of_the_thread_may_be_given_up() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = resolver_at(f"127.0.0.1:{silent.getsockname()[1]}", timeout=5, is_threaded=True)
        query = resolver.query_dns("silent.example", "A")
        closing = asyncio.create_task(resolver.close())
        closing.cancel()
        await asyncio.wait([closing])
        await resolver.close()
        await until(query.done)
        assert query.exception() is not None
