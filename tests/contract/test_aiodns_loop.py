"""c-ares on the event loop's own thread: its sockets, its waiting, its configuration; and in a thread of its own where it has to be."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import dns.message
import dns.rrset
import pycares
import pytest
import uvloop

from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.backends.aiodns_channels import ETIMEOUT, Channel, Question
from matrix_resolve.backends.aiodns_resolver import LoopResolver
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests.support.descriptors import open_descriptors
from tests.support.forking import forked
from tests.support.zone_lines import LineZone
from tests.waiting import settle

from .asking_aiodns import FOUND, LINES, backend_before

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.fixture
def zone() -> LineZone:
    return LineZone(LINES)


def answer_to(question: bytes) -> bytes:
    """Answer with 192.0.2.1."""
    reply = dns.message.make_response(dns.message.from_wire(question))
    reply.answer.append(dns.rrset.from_text(reply.question[0].name, 300, "IN", "A", "192.0.2.1"))
    return reply.to_wire()


async def outcome(resolver: LoopResolver, name: str) -> object:
    """Ask, and give the addresses or the number of the error."""
    told: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def take(reply: pycares.DNSResult | None, number: int | None) -> None:
        told.set_result(number if reply is None else [record.data for record in reply.answer])

    resolver.ask(name, "A", take)
    return await told


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("is_threaded", [False, True])
def test_asked_told_and_closed(zone: LineZone, loop: str, *, is_threaded: bool) -> None:
    async def run() -> None:
        async with serve_zone(zone) as server:
            resolver = LoopResolver([server.address], timeout=0.1, tries=1, is_threaded=is_threaded)
            assert await outcome(resolver, "a.example") == [pycares.ARecordData("192.0.2.1")]
            assert await outcome(resolver, "silent.example") == ETIMEOUT
            assert not resolver.is_in_use
            unanswered = asyncio.create_task(outcome(resolver, "silent.example"))
            await settle()
            assert resolver.is_in_use
            await resolver.close()
            assert not resolver.is_in_use
            assert isinstance(await unanswered, int)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(run())


@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_that_came_while_all_was_held_up_is_taken(loop: str) -> None:
    """And not asked for again, although the time for it is over."""

    async def run() -> object:
        resolver = LoopResolver([f"127.0.0.1:{relay.getsockname()[1]}"], timeout=0.3, tries=3)
        told = asyncio.create_task(outcome(resolver, "a.example"))
        await settle()
        question, asker = relay.recvfrom(4096)
        relay.sendto(answer_to(question), asker)
        time.sleep(0.5)  # noqa: ASYNC251 - this is what holds all up
        found = await told
        await resolver.close()
        with pytest.raises(BlockingIOError):
            relay.recv(4096)
        return found

    with socket.socket(type=socket.SOCK_DGRAM) as relay:
        relay.bind(("127.0.0.1", 0))
        relay.setblocking(False)
        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            assert runner.run(run()) == [pycares.ARecordData("192.0.2.1")]


async def test_a_name_that_cannot_be_asked_for_is_told_once(zone: LineZone) -> None:
    async with serve_zone(zone) as server:
        resolver = LoopResolver([server.address], timeout=0.1, tries=1)
        told = list[int | None]()
        resolver.ask("a" * 64 + ".example", "A", lambda _, number: told.append(number))
        await settle()
        assert len(told) == 1
        assert not resolver.is_in_use
        await resolver.close()


async def test_no_timer_is_left(zone: LineZone) -> None:
    """Nothing is to look after a channel that is closed, or after one that waits for nothing."""
    async with serve_zone(zone) as server:
        before = timers()
        resolver = LoopResolver([server.address], timeout=30, tries=1)
        await outcome(resolver, "a.example")
        assert timers() == before
        unanswered = asyncio.create_task(outcome(resolver, "silent.example"))
        await settle()
        assert timers() == before + 1
        await resolver.close()
        assert timers() == before
        assert isinstance(await unanswered, int)


def timers() -> int:
    """Count the timers of the running event loop."""
    scheduled: list[asyncio.TimerHandle] = vars(asyncio.get_running_loop())["_scheduled"]
    return sum(not timer.cancelled() for timer in scheduled)


async def test_an_answer_over_tcp(zone: LineZone) -> None:
    """The event loop is to watch for writing, and then no more."""
    zone.add(*(f"many.example A 192.0.2.{number}" for number in range(1, 120)))
    async with backend_before(zone) as backend:
        assert len((await backend.lookup("many.example", "A")).records) == 119


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("asks_again", [True, False])
def test_a_closed_loop_leaves_no_sockets(
    loop: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, *, asks_again: bool
) -> None:
    """A question of a loop that has ended meanwhile is never answered; its socket goes with the next question, or with the backend."""
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        backend = AiodnsBackend([f"127.0.0.1:{silent.getsockname()[1]}"], timeout=0.1, retry_after=0.05)

        async def leave_a_question() -> None:
            task = asyncio.create_task(backend.lookup("silent.example", "A"))
            await settle()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        async def close() -> None:
            if asks_again:
                await leave_a_question()
            await backend.aclose()

        before = open_descriptors()
        for _ in range(5):
            with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
                runner.run(leave_a_question())
        assert open_descriptors() <= before + 1
        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            runner.run(close())
        assert open_descriptors() == before
    assert capfd.readouterr().err == ""
    assert not caplog.messages


def test_a_child_does_not_disturb_the_questions_of_its_parent(zone: LineZone) -> None:
    """They share what watches the sockets: a child that let go of one would take it from its parent."""

    async def ask_and_fork() -> object:
        loop = asyncio.get_running_loop()
        async with serve_zone(zone) as server:
            question = asyncio.create_task(backend.lookup("a.example", "A"))
            wire, asker = await loop.sock_recvfrom(relay, 4096)
            pid = forked(lambda: asyncio.run(_given_up_and_closed(backend)))
            assert (await asyncio.to_thread(os.waitpid, pid, 0))[1] == 0
            host, _, port = server.address.rpartition(":")
            with socket.socket(type=socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                await loop.sock_sendto(sock, wire, (host, int(port)))
                relay.sendto(await loop.sock_recv(sock, 4096), asker)
            found = await question
            await backend.aclose()
            return found

    with socket.socket(type=socket.SOCK_DGRAM) as relay:
        relay.bind(("127.0.0.1", 0))
        relay.setblocking(False)
        backend = AiodnsBackend([f"127.0.0.1:{relay.getsockname()[1]}"], timeout=30, retry_after=30)
        assert asyncio.run(ask_and_fork()) == FOUND


async def _given_up_and_closed(backend: AiodnsBackend) -> bool:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await backend.lookup("b.example", "A")
    await backend.aclose()
    return True


async def test_the_name_servers_of_the_system_may_change(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    absent = Channel(None, 1, 1, configuration=path)
    assert not absent.is_outdated
    path.write_text("nameserver 192.0.2.53\n")
    assert absent.is_outdated
    present = Channel(None, 1, 1, configuration=path)
    assert not present.is_outdated
    os.utime(path, ns=(1, 1))
    assert present.is_outdated
    ours = Channel(["192.0.2.53"], 1, 1, configuration=path)
    path.unlink()
    assert not ours.is_outdated
    for channel in (absent, present, ours):
        await channel.aclose()


async def test_an_outdated_channel_is_replaced(zone: LineZone, monkeypatch: pytest.MonkeyPatch) -> None:
    async with backend_before(zone) as backend:
        assert await backend.lookup("a.example", "A") == FOUND
        asked = zone.asked.count("A a.example")
        assert await backend.lookup("a.example", "A") == FOUND
        assert zone.asked.count("A a.example") == asked  # the cache of c-ares
        monkeypatch.setattr(Channel, "is_outdated", True)
        assert await backend.lookup("a.example", "A") == FOUND
        assert zone.asked.count("A a.example") == asked + 1


class Interrupted(LoopResolver):
    """Where a signal arrives in the middle of a callback of c-ares, which tells of what its handler raises and goes on."""

    has_been = False

    def _told(self, token: object, reply: pycares.DNSResult | None, number: int | None) -> None:  # noqa: ARG002 - the base's
        self.has_been = True
        raise KeyboardInterrupt


@pytest.mark.parametrize("loop", LOOPS)
def test_closing_does_not_wait_for_what_a_signal_has_interrupted(
    zone: LineZone, loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = list[type[BaseException]]()

    def take_down(told: "sys.UnraisableHookArgs") -> None:
        lost.append(told.exc_type)

    monkeypatch.setattr(sys, "unraisablehook", take_down)

    async def run() -> None:
        async with serve_zone(zone) as server:
            resolver = Interrupted([server.address], timeout=1, tries=1)
            resolver.ask("a.example", "A", lambda _reply, _number: None)
            while not resolver.has_been:
                await asyncio.sleep(0.01)
            await asyncio.wait_for(resolver.close(), 10)
            assert not resolver.is_in_use

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(run())
    assert lost == [KeyboardInterrupt]


async def test_a_close_of_the_thread_may_be_given_up() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = LoopResolver([f"127.0.0.1:{silent.getsockname()[1]}"], timeout=5, tries=1, is_threaded=True)
        answer = asyncio.create_task(outcome(resolver, "silent.example"))
        await settle()
        closing = asyncio.create_task(resolver.close())
        await asyncio.sleep(0)
        closing.cancel()
        assert isinstance(await asyncio.wait_for(answer, 10), int)
        await resolver.close()
        assert not resolver.is_in_use


async def test_c_ares_is_in_use_while_it_has_a_socket() -> None:
    """It asks a name server that was dead now and then whether it is back, and nobody else waits for that answer."""
    resolver = LoopResolver(["127.0.0.1"], timeout=1, tries=1)
    watch = resolver._watch  # pyright: ignore[reportPrivateUsage] - c-ares alone decides when it asks
    assert watch is not None
    with socket.socket(type=socket.SOCK_DGRAM) as its_own:
        watch(its_own.fileno(), True, False)
        assert resolver.is_in_use
        watch(its_own.fileno(), False, False)
        assert not resolver.is_in_use
    await resolver.close()


async def test_a_channel_is_in_use_while_somebody_waits_for_a_turn() -> None:
    channel, seen = Channel(["127.0.0.1"], 1.0, 1.0), list[bool]()
    for _ in range(2):
        channel.give_turn(lambda: True)
    for _ in range(2):
        seen.append(channel.is_in_use)
        channel.end_turn()
        await settle()
    assert [*seen, channel.is_in_use] == [True, True, False]
    await channel.aclose()


async def test_a_timeout_that_is_told_while_all_is_closed_ends_the_question() -> None:
    """A thread of c-ares may have told it before, and the event loop pass it on only now: asking busily is of no use any more."""
    channel = Channel(["127.0.0.1"], 1.0, 1.0)
    question = Question(channel, "silent.example", "A")
    channel.is_closed = True
    question._take(None, ETIMEOUT)  # pyright: ignore[reportPrivateUsage] - as c-ares would
    assert await asyncio.wait_for(question.outcome, 10) == ETIMEOUT
    question.leave()
    await channel.aclose()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_thread_tells_nothing_to_a_loop_that_is_closed(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = list[str]()

    def take_down(told: "sys.UnraisableHookArgs") -> None:
        lost.append(str(told.exc_value))

    monkeypatch.setattr(sys, "unraisablehook", take_down)
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))

        async def ask() -> LoopResolver:
            resolver = LoopResolver([f"127.0.0.1:{silent.getsockname()[1]}"], timeout=5, tries=1, is_threaded=True)
            resolver.ask("silent.example", "A", lambda _reply, _number: None)
            return resolver

        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            resolver = runner.run(ask())
        resolver.abandon()
    assert not lost
