"""The contract of a DNS backend, on aiodns with a real name server and on the fake.

One zone is written for both: `Zone` lines for the name server, the same lines read into `FakeDns`.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Protocol

import pytest

from matrix_resolve.backends import DnsAnswer, DnsBackend, RecordType, SrvRecord
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.testing import FakeDns
from tests.support.dns_server import Zone, name_server

SRV = "_matrix-fed._tcp.example.org"
FAILURES = ("SERVFAIL", "REFUSED", "NOTIMP", "FORMERR")


class Side(Protocol):
    """A backend and the zone that it answers from."""

    @property
    def backend(self) -> DnsBackend: ...

    def add(self, *lines: str, ttl: int = 300) -> None: ...

    def replace(self, *lines: str) -> None: ...

    def asked(self) -> list[str]: ...


class Real:
    """aiodns before a name server on loopback."""

    def __init__(self, zone: Zone, backend: DnsBackend) -> None:
        self.backend = backend
        self._zone = zone

    def add(self, *lines: str, ttl: int = 300) -> None:
        self._zone.add(*lines, ttl=ttl)

    def replace(self, *lines: str) -> None:
        self._zone.clear()
        self._zone.add(*lines)

    def asked(self) -> list[str]:
        return self._zone.asked


class Fake:
    """The fake, which reads the lines of a zone."""

    def __init__(self) -> None:
        self.backend = self._dns = FakeDns()

    def add(self, *lines: str, ttl: int = 300) -> None:
        for question, data in _by_question(lines):
            name, kind = question
            match kind, data:
                case "CNAME", [target]:
                    self._dns.cname(name, target, ttl=ttl)
                case "A" | "AAAA" | "SRV" as record_type, ["TIMEOUT"]:
                    self._dns.fail(name, record_type, TimeoutError())
                case "A" | "AAAA" | "SRV" as record_type, [failure] if failure in FAILURES:
                    self._dns.fail(name, record_type)
                case "A", _:
                    self._dns.a(name, *data, ttl=ttl)
                case "AAAA", _:
                    self._dns.aaaa(name, *data, ttl=ttl)
                case _:
                    self._dns.srv(name, *data, ttl=ttl)

    def replace(self, *lines: str) -> None:
        self.add(*lines)

    def asked(self) -> list[str]:
        return [f"{kind} {name}" for name, kind in self._dns.asked]


def _by_question(lines: Iterable[str]) -> Iterable[tuple[tuple[str, str], list[str]]]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        name, kind, data = line.split(" ", 2)
        grouped.setdefault((name, kind), []).append(data)
    return grouped.items()


@pytest.fixture(params=["aiodns", "fake"])
async def side(request: pytest.FixtureRequest) -> AsyncGenerator[Side]:
    if request.param == "fake":
        yield Fake()
        return
    zone = Zone()
    async with name_server(zone) as address:
        backend = AiodnsBackend([address], timeout=0.4, retry_after=0.2)
        yield Real(zone, backend)
        await backend.aclose()


A, AAAA = "192.0.2.1", "2001:db8::1"


@pytest.mark.parametrize(
    ("lines", "question", "answer"),
    [
        pytest.param([f"a.example A {A}"], ("a.example", "A"), DnsAnswer((A,), 300, "a.example"), id="A"),
        pytest.param(
            [f"a.example AAAA {AAAA}"], ("a.example", "AAAA"), DnsAnswer((AAAA,), 300, "a.example"), id="AAAA"
        ),
        pytest.param(
            [f"a.example A {A}", f"a.example AAAA {AAAA}"],
            ("a.example", "AAAA"),
            DnsAnswer((AAAA,), 300, "a.example"),
            id="only-the-type-asked-for",
        ),
        pytest.param(
            ["a.example A 192.0.2.9", "a.example A 192.0.2.1", "a.example A 192.0.2.5"],
            ("a.example", "A"),
            DnsAnswer(("192.0.2.9", "192.0.2.1", "192.0.2.5"), 300, "a.example"),
            id="addresses-in-the-order-of-the-answer",
        ),
        pytest.param(
            [f"A.Example A {A}"], ("a.example", "A"), DnsAnswer((A,), 300, "a.example"), id="zone-in-upper-case"
        ),
        pytest.param(
            [f"{SRV} SRV 10 5 8443 hs.example.net"],
            (SRV, "SRV"),
            DnsAnswer((SrvRecord(10, 5, 8443, "hs.example.net"),), 300, SRV),
            id="SRV-fields",
        ),
        pytest.param(
            [f"{SRV} SRV 65535 65535 65535 hs.example.net"],
            (SRV, "SRV"),
            DnsAnswer((SrvRecord(65535, 65535, 65535, "hs.example.net"),), 300, SRV),
            id="SRV-greatest-numbers",
        ),
        pytest.param(
            [f"{SRV} SRV 20 0 2 b.example", f"{SRV} SRV 10 0 1 c.example", f"{SRV} SRV 10 9 3 a.example"],
            (SRV, "SRV"),
            DnsAnswer(
                (SrvRecord(20, 0, 2, "b.example"), SrvRecord(10, 0, 1, "c.example"), SrvRecord(10, 9, 3, "a.example")),
                300,
                SRV,
            ),
            id="SRV-order-untouched",
        ),
        pytest.param(
            [f"{SRV} SRV 0 0 0 ."],
            (SRV, "SRV"),
            DnsAnswer((SrvRecord(0, 0, 0, "."),), 300, SRV),
            id="SRV-target-is-the-root",
        ),
        pytest.param(
            [f"{SRV} SRV 0 0 1 HS.Example.Net"],
            (SRV, "SRV"),
            DnsAnswer((SrvRecord(0, 0, 1, "HS.Example.Net"),), 300, SRV),
            id="SRV-target-as-written",
        ),
        pytest.param(
            [f"{SRV} CNAME srv.example.net", "srv.example.net SRV 1 2 3 hs.example.net"],
            (SRV, "SRV"),
            DnsAnswer((SrvRecord(1, 2, 3, "hs.example.net"),), 300, "srv.example.net"),
            id="SRV-owner-is-a-CNAME",
        ),
        pytest.param([], ("a.example", "A"), DnsAnswer((), None, "a.example"), id="NXDOMAIN"),
        pytest.param([f"a.example A {A}"], ("a.example", "AAAA"), DnsAnswer((), None, "a.example"), id="NODATA"),
        pytest.param([f"example.org A {A}"], (SRV, "SRV"), DnsAnswer((), None, SRV), id="SRV-NXDOMAIN"),
        pytest.param(
            ["a.example CNAME b.example", "b.example CNAME C.example", f"c.example A {A}"],
            ("a.example", "A"),
            DnsAnswer((A,), 300, "c.example"),
            id="CNAME-chain",
        ),
    ],
)
async def test_answer(side: Side, lines: list[str], question: tuple[str, RecordType], answer: DnsAnswer) -> None:
    side.add(*lines)
    assert await side.backend.lookup(*question) == answer
    assert side.asked() == [f"{question[1]} {question[0]}"]


@pytest.mark.parametrize("ttls", [(111, 22, 333), (11, 22, 333), (111, 222, 33)], ids=["middle", "first", "last"])
async def test_the_ttl_is_the_least_of_the_chain(side: Side, ttls: tuple[int, int, int]) -> None:
    lines = ["a.example CNAME b.example", "b.example CNAME c.example", f"c.example A {A}"]
    for line, ttl in zip(lines, ttls, strict=True):
        side.add(line, ttl=ttl)
    answer = await side.backend.lookup("a.example", "A")
    assert (answer.ttl, answer.canonical_name) == (min(ttls), "c.example")


async def test_a_chain_that_ends_nowhere_is_empty(side: Side) -> None:
    side.add("a.example CNAME b.example")
    assert (await side.backend.lookup("a.example", "A")).records == ()


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("record_type", ["A", "AAAA", "SRV"])
async def test_failure_raises(side: Side, failure: str, record_type: RecordType) -> None:
    side.add(f"a.example {record_type} {failure}")
    with pytest.raises(Exception, match=r".") as caught:
        await side.backend.lookup("a.example", record_type)
    assert not isinstance(caught.value, asyncio.CancelledError | TimeoutError)


async def test_silence_raises_timeout_error(side: Side) -> None:
    side.add("a.example A TIMEOUT")
    with pytest.raises(TimeoutError):
        await side.backend.lookup("a.example", "A")


async def test_one_failing_family_leaves_the_other(side: Side) -> None:
    side.add("a.example AAAA SERVFAIL", f"a.example A {A}")
    with pytest.raises(Exception, match="SERVFAIL"):
        await side.backend.lookup("a.example", "AAAA")
    assert (await side.backend.lookup("a.example", "A")).records == (A,)


async def test_refresh_gets_new_data_where_a_cache_below_would_answer(side: Side) -> None:
    side.add(f"a.example A {A}")
    await side.backend.lookup("a.example", "A")
    side.replace("a.example A 192.0.2.2")
    answer = await side.backend.lookup("a.example", "A", refresh=True)
    assert answer.records == ("192.0.2.2",)


async def test_refresh_asks_again_what_did_not_exist(side: Side) -> None:
    await side.backend.lookup("a.example", "A")
    side.add(f"a.example A {A}")
    assert (await side.backend.lookup("a.example", "A", refresh=True)).records == (A,)


async def test_refresh_leaves_questions_under_way_alone(side: Side) -> None:
    side.add(f"a.example A {A}", f"b.example A {A}")
    await side.backend.lookup("a.example", "A")
    other = asyncio.create_task(side.backend.lookup("b.example", "A"))
    again = asyncio.create_task(side.backend.lookup("a.example", "A", refresh=True))
    assert [(await task).records for task in (other, again)] == [(A,), (A,)]


async def test_many_questions_at_once_get_each_its_own_answer(side: Side) -> None:
    side.add(*(f"n{number}.example A 192.0.2.{number}" for number in range(20)))
    answers = await asyncio.gather(*(side.backend.lookup(f"n{number}.example", "A") for number in range(20)))
    assert [answer.records for answer in answers] == [(f"192.0.2.{number}",) for number in range(20)]


async def test_the_three_types_of_one_name_at_once(side: Side) -> None:
    side.add(f"a.example A {A}", f"a.example AAAA {AAAA}", "a.example SRV 0 0 1 b.example")
    types: list[RecordType] = ["A", "AAAA", "SRV"]
    answers = await asyncio.gather(*(side.backend.lookup("a.example", record_type) for record_type in types))
    assert [answer.records for answer in answers] == [(A,), (AAAA,), (SrvRecord(0, 0, 1, "b.example"),)]


async def test_a_cancelled_lookup_leaves_the_others_alone(side: Side) -> None:
    side.add(*(f"n{number}.example A 192.0.2.{number}" for number in range(5)))
    tasks = [asyncio.create_task(side.backend.lookup(f"n{number}.example", "A")) for number in range(5)]
    tasks[2].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[2], asyncio.CancelledError)
    assert [answer.records for answer in done if isinstance(answer, DnsAnswer)] == [
        ("192.0.2.0",),
        ("192.0.2.1",),
        ("192.0.2.3",),
        ("192.0.2.4",),
    ]


async def test_a_failed_question_leaves_the_others_alone(side: Side) -> None:
    side.add("bad.example A SERVFAIL", f"good.example A {A}")
    bad, good = await asyncio.gather(
        side.backend.lookup("bad.example", "A"), side.backend.lookup("good.example", "A"), return_exceptions=True
    )
    assert isinstance(bad, Exception)
    assert isinstance(good, DnsAnswer)
    assert good.records == (A,)
