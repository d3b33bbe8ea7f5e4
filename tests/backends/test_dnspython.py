"""The dnspython backend over UDP and TCP: name servers that fail, are slow or are silent; and closed sockets."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import dns.message
import dns.name
import pytest
import uvloop

from matrix_resolve.backends import RecordType
from matrix_resolve.backends._dnspython.nameservers import system_nameservers
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.testing.loopback.name_server import serve_zone
from matrix_resolve.testing.loopback.zone import DnsFailure, Zone
from tests._support.forking import forked

from .helpers_dnspython import FOUND, RIGHT, backend_before, forged, zone_with


@pytest.mark.parametrize("failure", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
async def test_failure(failure: DnsFailure) -> None:
    async with backend_before(zone_with(failure, times=9)) as backend:
        with pytest.raises(NameServerError, match=f"responds with {failure}$"):
            await backend.lookup("a.example", "A")


async def test_silence_is_a_timeout_error() -> None:
    zone = zone_with("silence", times=99)
    async with backend_before(zone, timeout=0.2) as backend:
        with pytest.raises(TimeoutError, match="no answer"):
            await backend.lookup("a.example", "A")
    assert len(zone.asked) in {2, 3}  # at 0, 0.05 and 0.15 s: the interval doubles


async def test_a_failure_says_more_than_silence() -> None:
    async with (
        serve_zone(zone_with("silence", times=99)) as silent,
        backend_before(zone_with("SERVFAIL", times=99), silent.address, timeout=0.2) as backend,
    ):
        with pytest.raises(NameServerError, match="SERVFAIL"):
            await backend.lookup("a.example", "A")


async def test_a_lost_packet_is_sent_again() -> None:
    zone = zone_with("silence", times=1)
    async with backend_before(zone) as backend:
        assert await backend.lookup("a.example", "A") == FOUND
    assert zone.asked[:2] == ["A a.example"] * 2, "the query was not repeated"


class Odd(asyncio.DatagramProtocol):
    """A name server that calls a function for each query."""

    def __init__(self, behave: "Callable[[Odd], None]") -> None:
        self.transport: Any = None
        self.heard: list[tuple[bytes, Any]] = []
        self._behave = behave

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append((data, addr))
        self._behave(self)

    def reply(self, number: int) -> tuple[bytes, Any]:
        wire, sender = self.heard[number]
        return forged(RIGHT)(dns.message.from_wire(wire)), sender


def answer_the_first_when_the_second_comes(odd: Odd) -> None:
    if len(odd.heard) == 2:
        odd.transport.sendto(*odd.reply(0))


def let_another_answer_first(odd: Odd) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        wire, sender = odd.reply(0)
        other.sendto(wire.replace(b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x42"), sender)
    odd.transport.sendto(wire, sender)


@pytest.mark.parametrize("behave", [answer_the_first_when_the_second_comes, let_another_answer_first])
async def test_the_right_answer_is_heard(behave: Callable[[Odd], None]) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Odd(behave), local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    backend = DnspythonBackend([f"127.0.0.1:{port}"], retry_interval=0.05)
    assert await backend.lookup("a.example", "A") == FOUND
    transport.close()


class Failing:
    """A name server for which each query raises an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        del name, record_type
        raise self._error


def above(cause: Exception, error: Exception) -> Exception:
    error.__cause__ = cause
    return error


CIRCLE = KeyError()
CIRCLE.__cause__ = CIRCLE
UNREACHABLE = "the name server cannot be reached: "


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(113, "No route to host"), f"{UNREACHABLE}no route to host"),
        (OSError("all failed"), f"{UNREACHABLE}all failed"),
        (above(OSError(113, "No route to host"), KeyError("not told")), f"{UNREACHABLE}no route to host"),
        (EOFError(), "the name server closed the connection"),
        (asyncio.IncompleteReadError(b"", 2), "the name server closed the connection"),
        (dns.name.LabelTooLong(), "the name server's reply cannot be parsed"),  # type: ignore[no-untyped-call]
        (KeyError("not told"), f"{UNREACHABLE}KeyError"),
        (CIRCLE, f"{UNREACHABLE}KeyError"),
    ],
    ids=["errno", "no-errno", "below", "end", "end-halfway", "unreadable", "unknown", "circle"],
)
async def test_what_goes_wrong_in_plain_words(error: Exception, sentence: str) -> None:
    backend = DnspythonBackend(["192.0.2.53"])
    vars(backend)["_servers"] = [Failing(error)]
    with pytest.raises(NameServerError) as caught:
        await backend.lookup("a.example", "A")
    assert str(caught.value) == sentence
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [TimeoutError(), above(TimeoutError(), KeyError())], ids=["itself", "below"])
async def test_a_timeout_below_is_one(error: Exception) -> None:
    backend = DnspythonBackend(["192.0.2.53"])
    vars(backend)["_servers"] = [Failing(error)]
    with pytest.raises(TimeoutError, match="no answer"):
        await backend.lookup("a.example", "A")


@pytest.mark.parametrize("failure", ["SERVFAIL", "REFUSED", "silence"])
async def test_the_next_name_server_takes_over(failure: DnsFailure) -> None:
    async with (
        serve_zone(zone_with(failure, times=99)) as first,
        backend_before(zone_with(), first.address) as backend,
    ):
        assert await backend.lookup("a.example", "A") == FOUND


async def test_a_name_server_that_says_no_is_final() -> None:
    """All name servers are expected to know the same names."""
    async with serve_zone(Zone()) as first, backend_before(zone_with(), first.address) as backend:
        assert (await backend.lookup("a.example", "A")).records == ()


async def test_each_lookup_asks() -> None:
    zone = zone_with()
    async with backend_before(zone) as backend:
        for refresh in (False, False, True):
            assert await backend.lookup("a.example", "A", refresh=refresh) == FOUND
    assert zone.asked == ["A a.example"] * 3


async def test_no_search_list_and_no_hosts_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALDOMAIN", "corp.test")
    zone = Zone()
    names = ["single", "localhost", "192.0.2.7", r"h\.example", "a b.example"]
    async with backend_before(zone) as backend:
        for name in names:
            assert (await backend.lookup(name, "A")).records == ()
    assert zone.asked == ["A single", "A localhost", "A 192.0.2.7", r"A h\\.example", r"A a\032b.example"]


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "münchen.example", "x." * 130 + "example"])
async def test_a_name_that_cannot_be_asked_for_raises(name: str) -> None:
    with pytest.raises(NameServerError, match="cannot be queried"):
        await DnspythonBackend(["192.0.2.53"]).lookup(name, "A")


async def test_two_hundred_questions_at_once() -> None:
    zone = Zone()
    for number in range(200):
        zone.a(f"n{number}.example", f"192.0.2.{number}")
    async with serve_zone(zone) as server:
        backend = DnspythonBackend([server.address])
        answers = await asyncio.gather(*(backend.lookup(f"n{number}.example", "A") for number in range(200)))
    assert [answer.records for answer in answers] == [(f"192.0.2.{number}",) for number in range(200)]


async def test_a_cancelled_question_leaves_nothing() -> None:
    async with backend_before(zone_with("silence", times=99)) as backend:
        before = os.listdir("/proc/self/fd")
        for turns in range(20):
            task = asyncio.create_task(backend.lookup("a.example", "A"))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == {asyncio.current_task()}
            await asyncio.sleep(0)  # asyncio closes the sockets in the next iteration
            assert os.listdir("/proc/self/fd") == before


Run = Callable[[Coroutine[object, object, None]], None]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_one_backend_on_two_event_loops_in_turn(run: Run, host: str) -> None:
    backends: list[DnspythonBackend] = []

    async def lookup() -> None:
        async with serve_zone(zone_with("truncated"), host, port) as server:
            backends.append(DnspythonBackend([server.address]))
            assert await backends[0].lookup("a.example", "A") == FOUND

    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as free:
        port: int = free.getsockname()[1]
    run(lookup())
    run(lookup())


def test_usable_after_fork() -> None:
    with asyncio.Runner() as runner:
        server = serve_zone(zone_with())
        backend = DnspythonBackend([runner.run(server.__aenter__()).address])
        assert runner.run(backend.lookup("a.example", "A")) == FOUND
        child = forked(lambda: asyncio.run(backend.lookup("a.example", "A")) == FOUND)
        assert runner.run(asyncio.to_thread(os.waitpid, child, 0))[1] == 0
        assert runner.run(backend.lookup("a.example", "A")) == FOUND
        runner.run(server.__aexit__(None, None, None))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("search corp.test\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions ndots:9", 2),
        ("nameserver fe80::53%1", 1),
    ],
)
def test_name_servers_of_the_system(tmp_path: Path, text: str, places: int) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(text)
    found = system_nameservers(str(file))
    assert [str(one) for one in found] == [
        f"Plain(address='{line.removeprefix('nameserver ')}', port=53)"
        for line in text.split("\n")
        if line.startswith("nameserver")
    ]
    assert len(found) == places


@pytest.mark.parametrize("content", [None, b"", b"search corp.test", b"nameserver nobody", b"\xff\xfe"])
def test_a_system_without_name_servers(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "resolv.conf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NameServerError, match="no name server"):
        system_nameservers(str(file))


def test_without_dnspython_the_module_says_what_to_install() -> None:
    code = "import sys; sys.modules['dns'] = None; import matrix_resolve.backends.dnspython"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - no input from outside
    assert (
        'ImportError: dnspython is not installed; install it with: pip install "matrix-resolve[dnspython]"'
        in run.stderr
    )
