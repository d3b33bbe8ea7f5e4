"""The queries of the aiodns backend.

``B1-n`` are numbered pitfalls of aiodns, measured before the backend was written.
"""

import asyncio
import gc
import socket

import aiodns
import pycares
import pytest

from matrix_resolve.backends._aiodns import answers, channel_set
from matrix_resolve.backends._aiodns.answers import RECORD_TYPES
from matrix_resolve.backends._arguments.nameservers import check_nameservers
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests._support.zone_lines import LineZone

from .helpers_aiodns import FOUND, LINES, backend_before


@pytest.fixture
def zone() -> LineZone:
    return LineZone(LINES)


@pytest.mark.parametrize(
    "name",
    ["ENODATA", "EFORMERR", "ESERVFAIL", "ENOTFOUND", "ENOTIMP", "EREFUSED", "EBADRESP", "ECONNREFUSED", "ETIMEOUT"],
)
def test_status_codes_are_those_of_c_ares(name: str) -> None:
    assert answers.Status[name] == vars(aiodns.error)[f"ARES_{name}"]


def test_flags_are_those_of_c_ares() -> None:
    ours = channel_set.OVER_TCP, channel_set.IGNORE_TRUNCATION, channel_set.EDNS
    assert ours == (pycares.ARES_FLAG_USEVC, pycares.ARES_FLAG_IGNTC, pycares.ARES_FLAG_EDNS)  # pyright: ignore[reportUnknownMemberType] - untyped


def test_record_types_are_those_of_c_ares() -> None:
    assert RECORD_TYPES == {"A": pycares.QUERY_TYPE_A, "AAAA": pycares.QUERY_TYPE_AAAA, "SRV": pycares.QUERY_TYPE_SRV}  # pyright: ignore[reportUnknownMemberType] - untyped
    assert vars(answers)["_CNAME"] == pycares.QUERY_TYPE_CNAME  # pyright: ignore[reportUnknownMemberType] - untyped
    assert vars(answers)["_CLASS_IN"] == pycares.QUERY_CLASS_IN  # pyright: ignore[reportUnknownMemberType] - untyped


@pytest.mark.parametrize(
    "text", ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53", "[fe80::1]:53%lo"]
)
def test_nameserver(text: str) -> None:
    """B1-19."""
    assert check_nameservers([text]) == [text]
    AiodnsBackend([text])


@pytest.mark.parametrize("text", ["localhost", "", "dns.example", " "])
def test_nameserver_that_is_no_address(text: str) -> None:
    """B1-19: c-ares silently accepts an empty string, and a lookup fails much later."""
    with pytest.raises(ValueError, match="is not an IP address"):
        check_nameservers([text])
    with pytest.raises(ValueError, match="is not an IP address"):
        AiodnsBackend([text])


async def test_no_search_list_is_applied(zone: LineZone, monkeypatch: pytest.MonkeyPatch) -> None:
    """B1-15: getaddrinfo of the same channel would query the longer name."""
    monkeypatch.setenv("LOCALDOMAIN", "corp.test")
    zone.add("dead.example.org.corp.test A 192.0.2.66", "single.corp.test A 192.0.2.66")
    async with backend_before(zone) as backend:
        for name in ("dead.example.org", "single"):
            assert (await backend.lookup(name, "A")).records == ()
    assert zone.asked == ["A dead.example.org", "A single"]


@pytest.mark.parametrize("name", ["localhost", "192.0.2.7"])
async def test_a_name_is_asked_for_as_it_is(zone: LineZone, name: str) -> None:
    """B1-16: a name is always queried, even if it is in the hosts file or is an IP address."""
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
        backend = AiodnsBackend([dead, server.address], timeout=0.2, retry_interval=0.05)
        assert await backend.lookup("a.example", "A") == FOUND
        await backend.aclose()


async def test_nobody_at_the_port_raises() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"127.0.0.1:{closed.getsockname()[1]}"
    backend = AiodnsBackend([dead], timeout=0.2, retry_interval=0.05)
    with pytest.raises((NameServerError, TimeoutError)):
        await backend.lookup("a.example", "A")
    await backend.aclose()


async def test_refresh_asks_the_name_server_each_time(zone: LineZone) -> None:
    """B1-8: the cache of c-ares cannot be switched off."""
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
    """B1-10: c-ares continues with the query, but its late reply disturbs nothing."""
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


@pytest.mark.parametrize(
    "nameservers", [[], ["::1%a,192.0.2.53"], ["fe80::1%"], ["127.0.0.1%lo"], ["fe80::1%" + "x" * 16]]
)
def test_name_servers_that_c_ares_would_misread(nameservers: list[str]) -> None:
    with pytest.raises(ValueError, match="name server"):
        AiodnsBackend(nameservers)


@pytest.mark.parametrize(
    "name", ["a\0b.example", r"a\.b.example", "m\u00fcnchen.example", ".".join(["x" * 60] * 5), ""]
)
async def test_a_name_that_c_ares_would_change_is_not_asked_for(zone: LineZone, name: str) -> None:
    async with backend_before(zone) as backend:
        with pytest.raises(NameServerError, match="cannot be queried"):
            await backend.lookup(name, "A")
    assert zone.asked == []


def test_a_single_string_is_no_list_of_name_servers() -> None:
    with pytest.raises(TypeError, match=r'^nameservers is the single string "127\.0\.0\.1"; pass a list'):
        AiodnsBackend("127.0.0.1")
