"""How the dnspython backend reads replies, valid and invalid ones."""

import dns.message
import pytest

from matrix_resolve.backends import DnsAnswer, RecordType, SrvRecord
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.backends.dnspython import read_reply
from matrix_resolve.testing.loopback.zone import Zone

from .helpers_dnspython import FOUND, ONE, RIGHT, Tamper, backend_before, filled, forged, zone_with


def reply_with(
    *answer: str, authority: str = "", rcode: str = "NOERROR", kind: RecordType = "A"
) -> dns.message.Message:
    """Return a reply to a query for a.example, as it would be received."""
    reply = dns.message.make_response(dns.message.make_query("a.example.", kind))
    filled(reply, list(answer), [authority] if authority else [], rcode)
    return dns.message.from_wire(reply.to_wire(want_shuffle=False))


def soa(name: str, ttl: int, minimum: int) -> str:
    return f"{name} {ttl} IN SOA ns.example. hostmaster.example. 1 2 3 4 {minimum}"


@pytest.mark.parametrize(
    ("records", "answer"),
    [
        pytest.param([RIGHT], FOUND, id="plain"),
        pytest.param(["A.eXample. 300 IN A 192.0.2.1"], FOUND, id="case"),
        pytest.param(["a.example. 300 IN TXT text"], DnsAnswer((), None, "a.example"), id="other-type"),
        pytest.param(["a.example. 9 IN AAAA 2001:db8::1", RIGHT], FOUND, id="both-families"),
        pytest.param(["a.example. 9 CH A ch-addr. 017", RIGHT], FOUND, id="address-of-class-chaos"),
        pytest.param(["a.example. 9 CH CNAME b.example.", RIGHT], FOUND, id="CNAME-of-class-chaos"),
        pytest.param(["evil.example. 9 IN A 192.0.2.66"], DnsAnswer((), None, "a.example"), id="foreign-owner"),
        pytest.param(["evil.example. 9 IN A 192.0.2.66", RIGHT], FOUND, id="foreign-owner-has-no-say-in-the-ttl"),
        pytest.param(["x.a.example. 9 IN A 192.0.2.66"], DnsAnswer((), None, "a.example"), id="name-below"),
        pytest.param(["example. 9 IN A 192.0.2.66"], DnsAnswer((), None, "a.example"), id="name-above"),
        pytest.param(
            ["evil.example. 9 IN CNAME c.example.", "c.example. 9 IN A 192.0.2.66"],
            DnsAnswer((), None, "a.example"),
            id="chain-of-somebody-else",
        ),
        pytest.param(
            [
                "c.example. 333 IN A 192.0.2.1",
                "b.example. 22 IN CNAME C.example.",
                "A.example. 111 IN CNAME B.example.",
            ],
            DnsAnswer(ONE, 22, "c.example"),
            id="chain-in-any-order",
        ),
        pytest.param(
            ["a.example. 300 IN A 192.0.2.1", "a.example. 20 IN A 192.0.2.2"],
            DnsAnswer(("192.0.2.1", "192.0.2.2"), 20, "a.example"),
            id="least-ttl-of-the-records",
        ),
        *[
            pytest.param([f"a.example. {ttl} IN A 192.0.2.1"], DnsAnswer(ONE, heard, "a.example"), id=f"ttl-{ttl}")
            for ttl, heard in ((0, 0), (2_147_483_647, 2_147_483_647), (2_147_483_648, 0))
        ],
    ],
)
def test_read_reply(records: list[str], answer: DnsAnswer) -> None:
    """RFC 2181, section 8: a TTL with the highest bit set is 0."""
    assert read_reply(reply_with(*records)) == answer


@pytest.mark.parametrize(
    ("on_the_wire", "target"),
    [(".", "."), (r"h\255\000\..example.", r"h\255\000\..example"), ("192.0.2.1.", "192.0.2.1"), ("H.x.", "H.x")],
)
def test_srv_target(on_the_wire: str, target: str) -> None:
    reply = reply_with(f"a.example. 300 IN SRV 1 2 3 {on_the_wire}", kind="SRV")
    assert read_reply(reply).records == (SrvRecord(1, 2, 3, target),)


CHAIN = ["a.example. 100 IN CNAME b.test."]


@pytest.mark.parametrize("rcode", ["NOERROR", "NXDOMAIN"])
@pytest.mark.parametrize(
    ("chain", "authority", "ttl", "name"),
    [
        pytest.param([], soa("example.", 30, 600), 30, "a.example", id="ttl-below-minimum"),
        pytest.param([], soa("example.", 600, 30), 30, "a.example", id="minimum-below-ttl"),
        pytest.param([], soa("a.example.", 0, 600), 0, "a.example", id="ttl-0-at-the-name-itself"),
        pytest.param([], soa(".", 86400, 86400), 86400, "a.example", id="of-the-root"),
        pytest.param([], "", None, "a.example", id="none"),
        pytest.param([], soa("evil.test.", 30, 30), None, "a.example", id="of-a-foreign-zone"),
        pytest.param([], soa("x.a.example.", 30, 30), None, "a.example", id="of-a-zone-below"),
        pytest.param(CHAIN, soa("test.", 600, 30), 30, "b.test", id="after-a-CNAME"),
        pytest.param(CHAIN, soa("test.", 600, 600), 100, "b.test", id="after-a-CNAME-that-ends-sooner"),
        pytest.param(CHAIN, soa("example.", 30, 30), 100, "b.test", id="after-a-CNAME-but-of-its-zone"),
        pytest.param(CHAIN, "", 100, "b.test", id="after-a-CNAME-none"),
        pytest.param(["a.example. 9 IN CNAME B.Test."], "", 9, "b.test", id="after-a-CNAME-in-upper-case"),
    ],
)
def test_lifetime_of_an_empty_answer(rcode: str, chain: list[str], authority: str, ttl: int | None, name: str) -> None:
    assert read_reply(reply_with(*chain, authority=authority, rcode=rcode)) == DnsAnswer((), ttl, name)


RING = ["a.example. 9 IN CNAME b.example.", "b.example. 9 IN CNAME a.example."]


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        pytest.param(reply_with(*RING), "CNAME chain is too long", id="circle"),
        pytest.param(
            reply_with(RIGHT, rcode="NXDOMAIN"), "is inconsistent", id="address-of-a-name-that-does-not-exist"
        ),
        pytest.param(reply_with(RIGHT, rcode="SERVFAIL"), "responds with SERVFAIL$", id="failure-with-records"),
        pytest.param(reply_with(rcode="YXDOMAIN"), "responds with YXDOMAIN$", id="odd-code"),
    ],
)
def test_a_reply_that_is_no_answer(reply: dns.message.Message, sentence: str) -> None:
    with pytest.raises(NameServerError, match=sentence):
        read_reply(reply)


async def test_a_name_server_without_edns_is_asked_without() -> None:
    """RFC 6891, section 7."""
    versions: list[int] = []

    def tamper(query: dns.message.Message) -> bytes:
        versions.append(query.edns)
        rcode = "FORMERR" if query.edns >= 0 else "NOERROR"
        return filled(dns.message.make_response(query), [RIGHT] if query.edns < 0 else [], [], rcode).to_wire()

    zone = Zone()
    zone.reply("a.example", "A", tamper)
    async with backend_before(zone) as backend:
        assert await backend.lookup("a.example", "A") == FOUND
    assert versions == [0, -1]


async def test_a_truncated_answer_is_asked_for_over_tcp() -> None:
    zone = zone_with("truncated")
    async with backend_before(zone) as backend:
        assert await backend.lookup("a.example", "A") == FOUND
    assert (zone.asked, zone.asked_over_tcp) == (["A a.example"] * 2, ["A a.example"])


async def test_a_thousand_records_come_through() -> None:
    names = tuple(f"192.0.{number // 250}.{number % 250}" for number in range(1000))
    zone = Zone()
    zone.a("a.example", *names)
    async with backend_before(zone) as backend:
        assert (await backend.lookup("a.example", "A")).records == names


async def test_truncated_where_tcp_is_refused() -> None:
    async with backend_before(zone_with("truncated"), with_tcp=False) as backend:
        with pytest.raises(NameServerError, match="cannot be reached"):
            await backend.lookup("a.example", "A")


def wrong_question(query: dns.message.Message) -> bytes:
    return forged(RIGHT)(dns.message.make_query("other.example.", "A", id=query.id))


def wrong_id(query: dns.message.Message) -> bytes:
    query.id ^= 1
    return forged("a.example. 300 IN A 192.0.2.66")(query)


def cut_short(query: dns.message.Message) -> bytes:
    return forged(RIGHT)(query)[:-3]


def zeros(query: dns.message.Message) -> bytes:
    return query.to_wire()[:2] + bytes(100)


def nothing(query: dns.message.Message) -> bytes:
    del query
    return b""


@pytest.mark.parametrize("wrong", [wrong_question, wrong_id, cut_short, zeros, nothing])
async def test_what_anybody_could_have_sent_is_not_heard(wrong: Tamper) -> None:
    replies = iter([wrong])

    def tamper(query: dns.message.Message) -> bytes:
        return next(replies, forged(RIGHT))(query)

    zone = Zone()
    zone.reply("a.example", "A", tamper)
    async with backend_before(zone) as backend:
        assert await backend.lookup("a.example", "A") == FOUND
    assert zone.asked == ["A a.example"] * 2
