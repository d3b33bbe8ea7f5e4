"""Replies of hostile and broken name servers to the aiodns backend.

``B1-n`` are numbered pitfalls of aiodns, measured before the backend was written.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import dns.message
import dns.rrset
import pytest
from pycares import AAAARecordData, ARecordData, CNAMERecordData, DNSRecord, SRVRecordData, TXTRecordData

from matrix_resolve.backends import DnsAnswer, RecordType, SrvRecord
from matrix_resolve.backends._aiodns.answers import read_answer
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests._support.zone_lines import LineZone

INTERNET, CHAOS = 1, 3
Tamper = Callable[[dns.message.Message], bytes]


def a(name: str, address: str = "192.0.2.1", *, ttl: int = 300, record_class: int = INTERNET) -> DNSRecord:
    return DNSRecord(name, 1, record_class, ttl, ARecordData(address))


def aaaa(name: str, address: str = "2001:db8::1") -> DNSRecord:
    return DNSRecord(name, 28, INTERNET, 300, AAAARecordData(address))


def cname(name: str, target: str, *, ttl: int = 300, record_class: int = INTERNET) -> DNSRecord:
    return DNSRecord(name, 5, record_class, ttl, CNAMERecordData(target))


def srv(name: str, target: str, *, port: int = 8443) -> DNSRecord:
    return DNSRecord(name, 33, INTERNET, 300, SRVRecordData(10, 5, port, target))


def txt(name: str) -> DNSRecord:
    return DNSRecord(name, 16, INTERNET, 300, TXTRecordData(b"v=spf1"))


ONE = ("192.0.2.1",)


@pytest.mark.parametrize(
    ("records", "answer"),
    [
        pytest.param([a("a.example")], DnsAnswer(ONE, 300, "a.example"), id="plain"),
        pytest.param([], DnsAnswer((), None, "a.example"), id="nothing"),
        pytest.param([a("A.eXample.")], DnsAnswer(ONE, 300, "a.example"), id="B1-2-case-and-final-dot"),
        pytest.param([txt("a.example")], DnsAnswer((), None, "a.example"), id="B1-1-other-type"),
        pytest.param([aaaa("a.example"), a("a.example")], DnsAnswer(ONE, 300, "a.example"), id="B1-1-both-families"),
        pytest.param([a("a.example", record_class=CHAOS)], DnsAnswer((), None, "a.example"), id="B1-1-class-chaos"),
        pytest.param(
            [cname("a.example", "b.example", record_class=CHAOS), a("b.example")],
            DnsAnswer((), None, "a.example"),
            id="B1-1-CNAME-of-class-chaos",
        ),
        pytest.param([a("evil.example")], DnsAnswer((), None, "a.example"), id="B1-3-foreign-owner"),
        pytest.param(
            [a("evil.example", "192.0.2.66", ttl=1), a("a.example")],
            DnsAnswer(ONE, 300, "a.example"),
            id="B1-3-foreign-owner-beside-our-own-has-no-say-in-the-ttl",
        ),
        pytest.param([a("x.a.example")], DnsAnswer((), None, "a.example"), id="B1-3-name-below"),
        pytest.param([a("example")], DnsAnswer((), None, "a.example"), id="B1-3-name-above"),
        pytest.param(
            [cname("a.example", "b.example"), a("a.example", "192.0.2.66"), a("b.example")],
            DnsAnswer(ONE, 300, "b.example"),
            id="B1-3-address-beside-a-CNAME-is-not-the-end-of-the-chain",
        ),
        pytest.param(
            [cname("evil.example", "c.example"), a("c.example")],
            DnsAnswer((), None, "a.example"),
            id="B1-3-chain-of-somebody-else",
        ),
        pytest.param(
            [cname("a.example", "b.example", ttl=60)], DnsAnswer((), 60, "b.example"), id="B1-1-chain-without-an-end"
        ),
        pytest.param(
            [
                cname("a.example", "b.example", ttl=111),
                cname("b.example", "c.example", ttl=22),
                a("c.example", ttl=333),
            ],
            DnsAnswer(ONE, 22, "c.example"),
            id="B1-2-least-ttl-of-the-chain",
        ),
        pytest.param(
            [a("c.example"), cname("b.example", "C.Example."), cname("A.example", "B.example")],
            DnsAnswer(ONE, 300, "c.example"),
            id="B1-2-chain-in-any-order-and-case",
        ),
        pytest.param(
            [a("a.example", ttl=300), a("a.example", "192.0.2.2", ttl=20)],
            DnsAnswer(("192.0.2.1", "192.0.2.2"), 20, "a.example"),
            id="least-ttl-of-the-records",
        ),
        pytest.param(
            [a("a.example"), a("a.example")], DnsAnswer(ONE * 2, 300, "a.example"), id="B1-7-duplicates-are-left-in"
        ),
        pytest.param(
            [cname(f"n{n}.example", f"n{n + 1}.example") for n in range(1, 15)]
            + [cname("a.example", "n1.example"), a("n15.example")],
            DnsAnswer(ONE, 300, "n15.example"),
            id="chain-of-15",
        ),
        pytest.param(
            [cname(f"n{n}.example", f"n{n + 1}.example") for n in range(1, 300)]
            + [cname("a.example", "n1.example"), a("n300.example")],
            DnsAnswer(ONE, 300, "n300.example"),
            id="chain-of-300",
        ),
        *[
            pytest.param([a("a.example", ttl=ttl)], DnsAnswer(ONE, ttl, "a.example"), id=f"B1-6-ttl-{ttl}")
            for ttl in (0, 1, 2_147_483_647, 4_294_967_295)
        ],
    ],
)
def test_read_answer(records: list[DNSRecord], answer: DnsAnswer) -> None:
    assert read_answer("a.example", "A", records) == answer


@pytest.mark.parametrize("length", [1, 2, 5, 16, 17])
def test_a_chain_that_is_a_ring_ends(length: int) -> None:
    ring = [cname(f"n{n}.example", f"n{(n + 1) % length}.example") for n in range(length)]
    assert read_answer("n0.example", "A", [*ring, a("evil.example")]).records == ()


def test_read_answer_of_the_other_types() -> None:
    records = [srv("a.example", "hs.example.net"), aaaa("a.example"), a("a.example"), srv("a.example", "", port=0)]
    assert read_answer("a.example", "AAAA", records).records == ("2001:db8::1",)
    assert read_answer("a.example", "SRV", records).records == (
        SrvRecord(10, 5, 8443, "hs.example.net"),
        SrvRecord(10, 5, 0, "."),
    )


def forged(*records: str) -> Tamper:
    """Return a reply with exactly these records: name, TTL, class, type, data."""

    def tamper(query: dns.message.Message) -> bytes:
        reply = dns.message.make_response(query, recursion_available=True)
        for record in records:
            name, ttl, record_class, kind, data = record.split(" ", 4)
            reply.answer.append(dns.rrset.from_text(name, int(ttl), record_class, kind, data))
        return reply.to_wire(want_shuffle=False)

    return tamper


@asynccontextmanager
async def backend_before(zone: LineZone, *, with_tcp: bool = True) -> AsyncGenerator[AiodnsBackend]:
    async with serve_zone(zone, with_tcp=with_tcp) as server:
        backend = AiodnsBackend([server.address], timeout=0.2, retry_interval=0.05)
        try:
            yield backend
        finally:
            await backend.aclose()


async def asked(name: str, record_type: RecordType, tamper: Tamper) -> DnsAnswer:
    zone = LineZone()
    zone.reply(name, record_type, tamper)
    async with backend_before(zone) as backend:
        return await backend.lookup(name, record_type)


@pytest.mark.parametrize(
    ("records", "answer"),
    [
        pytest.param(["evil.attacker. 300 IN A 192.0.2.66"], DnsAnswer((), None, "a.example"), id="B1-3-foreign-owner"),
        pytest.param(["a.example. 300 IN TXT text"], DnsAnswer((), None, "a.example"), id="B1-1-TXT"),
        pytest.param(["a.example. 300 IN AAAA 2001:db8::1"], DnsAnswer((), None, "a.example"), id="B1-1-AAAA"),
        pytest.param(["a.example. 60 IN CNAME b.example."], DnsAnswer((), 60, "b.example"), id="B1-1-CNAME-alone"),
        pytest.param(
            ["a.example. 300 IN CNAME b.example.", "b.example. 300 IN CNAME a.example."],
            DnsAnswer((), 300, "a.example"),
            id="B1-3-CNAME-loop",
        ),
        pytest.param(["a.example. 0 IN A 192.0.2.1"], DnsAnswer(ONE, 0, "a.example"), id="B1-6-ttl-0"),
        pytest.param(
            ["a.example. 2147483647 IN A 192.0.2.1"], DnsAnswer(ONE, 2_147_483_647, "a.example"), id="B1-6-greatest"
        ),
        pytest.param(
            ["a.example. 4294967295 IN A 192.0.2.1"], DnsAnswer(ONE, 4_294_967_295, "a.example"), id="B1-6-too-great"
        ),
    ],
)
async def test_forged_answer(records: list[str], answer: DnsAnswer) -> None:
    assert await asked("a.example", "A", forged(*records)) == answer


async def test_record_of_another_class_is_dropped() -> None:
    """B1-1: c-ares returns an A record of class CHAOS like one of class IN."""

    def tamper(query: dns.message.Message) -> bytes:
        wire = forged("a.example. 300 IN A 192.0.2.1")(query)
        record = b"\xc0\x0c" + b"\x00\x01"  # the name, as a pointer to the question, and type A
        assert wire.count(record + b"\x00\x01") == 1
        return wire.replace(record + b"\x00\x01", record + b"\x00\x03")

    assert await asked("a.example", "A", tamper) == DnsAnswer((), None, "a.example")


@pytest.mark.parametrize(
    ("on_the_wire", "target"),
    [
        pytest.param(".", ".", id="root"),
        pytest.param(r"h\255\000\..example.", r"h\255\000\..example", id="odd-bytes"),
        pytest.param("192.0.2.1.", "192.0.2.1", id="address"),
        pytest.param("HS.example.", "HS.example", id="case-kept"),
    ],
)
async def test_srv_target(on_the_wire: str, target: str) -> None:
    """B1-5: every target is returned as text; the library checks it."""
    answer = await asked("a.example", "SRV", forged(f"a.example. 300 IN SRV 1 2 3 {on_the_wire}"))
    assert answer.records == (SrvRecord(1, 2, 3, target),)


def wrong_question(query: dns.message.Message) -> bytes:
    other = dns.message.make_query("other.example.", "A", id=query.id)
    return forged("a.example. 300 IN A 192.0.2.66")(other)


def wrong_id(query: dns.message.Message) -> bytes:
    query.id ^= 1
    return forged("a.example. 300 IN A 192.0.2.66")(query)


def cut_short(query: dns.message.Message) -> bytes:
    return forged("a.example. 300 IN A 192.0.2.66")(query)[:-3]


@pytest.mark.parametrize("wrong", [wrong_question, wrong_id])
async def test_a_reply_to_another_question_is_not_heard(wrong: Tamper) -> None:
    """B1-3: the query is repeated, and the right reply is used."""
    replies = iter([wrong])

    def tamper(query: dns.message.Message) -> bytes:
        return next(replies, forged("a.example. 300 IN A 192.0.2.1"))(query)

    assert (await asked("a.example", "A", tamper)).records == ONE


async def test_garbage_raises() -> None:
    with pytest.raises(NameServerError, match="cannot be parsed") as caught:
        await asked("a.example", "A", cut_short)
    assert type(caught.value.__cause__).__name__ == "DNSError"


@pytest.mark.parametrize("failure", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
async def test_message_of_a_failure(failure: str) -> None:
    async with backend_before(LineZone([f"a.example A {failure}"])) as backend:
        with pytest.raises(NameServerError) as caught:
            await backend.lookup("a.example", "A")
    assert str(caught.value) == f"the name server responds with {failure}"
    assert type(caught.value.__cause__).__name__ == "DNSError"


async def test_a_truncated_answer_is_asked_for_over_tcp() -> None:
    """B1-26."""
    zone = LineZone(["a.example A TRUNCATED", "a.example A 192.0.2.1"])
    async with backend_before(zone) as backend:
        assert (await backend.lookup("a.example", "A")).records == ONE
    assert (zone.asked, zone.asked_over_tcp) == (["A a.example"] * 2, ["A a.example"])


async def test_truncated_where_tcp_is_refused() -> None:
    """B1-26."""
    async with backend_before(LineZone(["a.example A TRUNCATED"]), with_tcp=False) as backend:
        with pytest.raises(NameServerError, match="too large for UDP"):
            await backend.lookup("a.example", "A")


async def test_a_thousand_records_come_through() -> None:
    """B1-7: the library decides how many of them it uses."""
    names = [f"192.0.{number // 250}.{number % 250}" for number in range(1000)]
    zone = LineZone(["a.example A TRUNCATED", *(f"a.example A {name}" for name in names)])
    async with backend_before(zone) as backend:
        assert (await backend.lookup("a.example", "A")).records == tuple(names)


async def test_edns_is_on() -> None:
    """B1-13: setting other flags would switch EDNS off."""
    versions: list[int] = []

    def tamper(query: dns.message.Message) -> bytes:
        versions.append(query.edns)
        return forged("a.example. 300 IN A 192.0.2.1")(query)

    await asked("a.example", "A", tamper)
    assert versions == [0]


def _bytes(number: int) -> Callable[[dns.message.Message], bytes]:
    return lambda query: query.to_wire()[:2] + bytes(number)


@pytest.mark.parametrize("length", [0, 1, 9, 10, 100])
async def test_zeros_for_a_reply_raise(length: int) -> None:
    with pytest.raises((NameServerError, TimeoutError)):
        await asked("a.example", "A", _bytes(length))


class _WithoutEdnsOnly(LineZone):
    def answer(self, wire: bytes, *, over_tcp: bool) -> tuple[bytes | None, float]:
        has_edns = dns.message.from_wire(wire).edns >= 0
        return (None, 0.0) if has_edns else super().answer(wire, over_tcp=over_tcp)


@pytest.mark.parametrize(("name", "records"), [("a.example", ONE), ("nobody.example", ()), ("empty.example", ())])
async def test_an_answer_to_the_repeated_query_counts_also_if_it_is_empty(name: str, records: tuple[str, ...]) -> None:
    """If EDNS queries are dropped, only the second query is answered; the first one never is."""
    zone = _WithoutEdnsOnly(["a.example A 192.0.2.1", "empty.example A NODATA"])
    async with serve_zone(zone) as server:
        backend = AiodnsBackend([server.address], timeout=60, retry_interval=0.05)
        async with asyncio.timeout(20):
            assert (await backend.lookup(name, "A")).records == records
        await backend.aclose()
