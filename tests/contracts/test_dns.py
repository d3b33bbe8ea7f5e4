"""The contract of a DNS backend, on this package's backends and the fake; and what these promise in addition."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial

import pytest

from matrix_resolve import AiodnsBackend, DnsAnswer, DnsBackend, RecordType, SrvRecord
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.testing import FakeDns
from matrix_resolve.testing.contracts.calls import Calls
from matrix_resolve.testing.contracts.dns import CHECKS
from matrix_resolve.testing.contracts.dns_answers import ANSWERS
from matrix_resolve.testing.contracts.dns_behaviour import BEHAVIOUR
from matrix_resolve.testing.contracts.dns_testbed import DnsCheck, DnsTestbed, Failure, open_zone
from matrix_resolve.testing.contracts.report import Check, run_checks
from tests._support.threaded_dns import ThreadedAiodnsBackend

from .adapters import open_fake_dns

Make = Callable[[str], DnsBackend]
LIMIT = 10.0
MAKERS: dict[str, Make] = {
    "aiodns": lambda address: AiodnsBackend([address], timeout=2, retry_interval=0.5),
    "aiodns, thread": lambda address: ThreadedAiodnsBackend([address], timeout=2, retry_interval=0.5),
    "dnspython": lambda address: DnspythonBackend([address], timeout=2, retry_interval=0.5),
}
HASTY: dict[str, Make] = {
    "aiodns": lambda address: AiodnsBackend([address], timeout=0.4, retry_interval=0.2),
    "aiodns, thread": lambda address: ThreadedAiodnsBackend([address], timeout=0.4, retry_interval=0.2),
    "dnspython": lambda address: DnspythonBackend([address], timeout=0.8, retry_interval=0.2),
}


@pytest.fixture(params=MAKERS.values(), ids=list(MAKERS))
def make(request: pytest.FixtureRequest) -> Make:
    chosen: Make = request.param
    return chosen


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_contract(make: Make, check: Check[DnsTestbed, DnsBackend]) -> None:
    await run_checks("backend", [check], partial(open_zone, make), limit=LIMIT)


@pytest.mark.parametrize("check", [*ANSWERS, *BEHAVIOUR], ids=lambda check: check.name)
async def test_contract_on_the_fake(check: DnsCheck) -> None:
    await run_checks("fake", [check], open_fake_dns, limit=LIMIT)


@pytest.fixture(params=[*HASTY, "fake"])
async def side(request: pytest.FixtureRequest) -> AsyncGenerator[tuple[DnsTestbed, DnsBackend]]:
    """A zone, and one of this package's backends that queries it."""
    if request.param == "fake":
        async with open_fake_dns(Calls(LIMIT)) as fake:
            yield fake
    else:
        async with open_zone(HASTY[request.param], Calls(LIMIT)) as real:
            yield real


Side = tuple[DnsTestbed, DnsBackend]


@pytest.mark.parametrize("record_type", ["A", "AAAA", "SRV"])
@pytest.mark.parametrize("failure", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
async def test_a_failure_is_no_timeout(side: Side, failure: Failure, record_type: RecordType) -> None:
    zone, backend = side
    zone.fail("a.example", record_type, failure)
    with pytest.raises(Exception, match=r".") as caught:
        await backend.lookup("a.example", record_type)
    assert not isinstance(caught.value, TimeoutError)


async def test_silence_raises_timeout_error(side: Side) -> None:
    zone, backend = side
    zone.fail("a.example", "A", "silence")
    with pytest.raises(TimeoutError):
        await backend.lookup("a.example", "A")


async def test_each_question_is_asked_once(side: Side) -> None:
    zone, backend = side
    zone.cname("a.example", "b.example")
    zone.a("b.example", "192.0.2.1")
    questions: list[tuple[str, RecordType]] = [("a.example", "A"), ("a.example", "SRV"), ("c.example", "AAAA")]
    for question in questions:
        await backend.lookup(*question)
    assert zone.asked == ["A a.example", "SRV a.example", "AAAA c.example"]


async def test_an_srv_target_is_given_as_written(side: Side) -> None:
    zone, backend = side
    zone.srv("a.example", "0 0 1 HS.Example.Net")
    assert (await backend.lookup("a.example", "SRV")).records == (SrvRecord(0, 0, 1, "HS.Example.Net"),)


async def test_a_failure_names_the_rcode(side: Side) -> None:
    zone, backend = side
    zone.fail("a.example", "AAAA", "SERVFAIL")
    with pytest.raises(Exception, match="SERVFAIL"):
        await backend.lookup("a.example", "AAAA")


async def test_a_question_that_is_cancelled_before_it_is_asked_leaves_the_others_alone(side: Side) -> None:
    zone, backend = side
    for number in range(5):
        zone.a(f"n{number}.example", f"192.0.2.{number}")
    tasks = [asyncio.create_task(backend.lookup(f"n{number}.example", "A")) for number in range(5)]
    tasks[2].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[2], asyncio.CancelledError)
    answers = [answer.records for answer in done if isinstance(answer, DnsAnswer)]
    assert answers == [(f"192.0.2.{number}",) for number in (0, 1, 3, 4)]


async def test_the_fake_knows_no_lifetime_of_nothing() -> None:
    assert await FakeDns().lookup("a.example", "A") == DnsAnswer((), None, "a.example")


async def test_the_fake_takes_down_what_was_refreshed() -> None:
    fake = FakeDns()
    await fake.lookup("a.example", "A")
    await fake.lookup("b.example", "SRV", refresh=True)
    assert (fake.asked, fake.refreshed) == ([("a.example", "A"), ("b.example", "SRV")], [("b.example", "SRV")])
