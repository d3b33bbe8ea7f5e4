"""A datagram that cannot be parsed makes c-ares close the socket, which loses all queries on that socket."""

import asyncio

import dns.message
import pytest

from matrix_resolve import AiodnsBackend, RecordType
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.testing import LoopbackFederation

OTHERS: list[tuple[str, RecordType]] = [("a.example", "A"), ("b.example", "A"), ("b.example", "AAAA")]


def unreadable(query: dns.message.Message) -> bytes:
    return dns.message.make_response(query).to_wire()[:5]


@pytest.mark.parametrize("time", range(8))  # it is random whether the replies to the other queries arrive first
async def test_it_takes_no_other_answer_with_it(time: int) -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example")
        federation.server("b.example", addresses=[f"198.51.100.{time + 1}", "2001:db8::1"])
        for name in ("a.example", "c.example"):
            federation.zone.reply(name, "AAAA", unreadable)
        backend = AiodnsBackend([federation.nameserver])
        bad = [backend.lookup("a.example", "AAAA"), backend.lookup("c.example", "AAAA")]
        good = [backend.lookup(*question) for question in OTHERS]
        answers = await asyncio.gather(*bad, *good, return_exceptions=True)
        await backend.aclose()
    assert [type(answer) for answer in answers[:2]] == [NameServerError] * 2
    assert [answer for answer in answers[2:] if isinstance(answer, BaseException)] == []


async def test_closing_leaves_nobody_waiting() -> None:
    """Neither a query that is repeated alone, nor one that waits for this, keeps its caller waiting."""
    async with LoopbackFederation() as federation:
        backend = AiodnsBackend([federation.nameserver])
        for number in range(5):
            federation.zone.reply(f"{number}.example", "A", unreadable)
        asked = [asyncio.create_task(backend.lookup(f"{number}.example", "A")) for number in range(5)]
        while not federation.zone.asked:
            await asyncio.sleep(0.001)
        await backend.aclose()
        outcomes = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)
    assert all(isinstance(outcome, NameServerError) for outcome in outcomes)
