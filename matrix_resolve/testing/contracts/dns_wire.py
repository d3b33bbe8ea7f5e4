"""Replies that a backend must reject or handle with care. These checks need a real name server."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from functools import partial

from dns.message import Message, from_wire, make_query, make_response
from dns.rcode import NOERROR, NXDOMAIN, Rcode
from dns.rrset import RRset, from_text

from ...backends.dns import DnsAnswer, DnsBackend
from ..loopback.zone import Zone
from .dns_behaviour import expect_no_records
from .dns_testbed import WireCheck, expect_answer
from .expectations import UnexpectedError, allow_failure, expect, show
from .report import rule

_NAME, _GOOD, _EVIL = "a.example", "192.0.2.1", "192.0.2.66"
_FOUND = DnsAnswer((_GOOD,), 300, _NAME)
_HOLD = 2.0  # seconds after which a reply is sent if the event loop has not released it
_SOON = 0.05  # seconds


def _reply(*records: str, authority: str = "") -> Callable[[Message], bytes]:
    """Return a function that replies with exactly these records: name, ttl, class, type, data."""

    def make(query: Message) -> bytes:
        reply = make_response(query, recursion_available=True)
        reply.answer += [_rrset(record) for record in records]
        reply.authority += [_rrset(authority)] if authority else []
        return reply.to_wire(want_shuffle=False)

    return make


def _rrset(record: str) -> RRset:
    name, ttl, record_class, kind, data = record.split(" ", 4)
    return from_text(name, int(ttl), record_class, kind, data)


async def _nothing_of_it(zone: Zone, dns: DnsBackend) -> None:
    await expect_no_records(zone, dns, _NAME, or_empty=True)


async def foreign_records(zone: Zone, dns: DnsBackend) -> None:
    """Records of other names are not an answer, even if the reply contains no other records.

    Compare the owner of each record with the end of the CNAME chain that starts at the queried name.
    """
    for owner in ("evil.example", "x.a.example", "example"):
        zone.reply(_NAME, "A", _reply(f"{owner}. 300 IN A {_EVIL}"))
        await _nothing_of_it(zone, dns)
    zone.reply(_NAME, "A", _reply("evil.example. 300 IN CNAME c.example.", f"c.example. 300 IN A {_EVIL}"))
    await _nothing_of_it(zone, dns)


async def foreign_records_beside_ours(zone: Zone, dns: DnsBackend) -> None:
    """Records of other names are left out, and do not affect the lifetime."""
    zone.reply(_NAME, "A", _reply(f"evil.example. 1 IN A {_EVIL}", f"a.example. 300 IN A {_GOOD}"))
    expect_answer(await dns.lookup(_NAME, "A"), _FOUND)


async def other_types_in_the_reply(zone: Zone, dns: DnsBackend) -> None:
    """Records of other types in the reply are left out."""
    text, v6 = "a.example. 300 IN TXT v=spf1", "a.example. 300 IN AAAA 2001:db8::66"
    zone.reply(_NAME, "A", _reply(text, v6, f"a.example. 300 IN A {_GOOD}"))
    expect_answer(await dns.lookup(_NAME, "A"), _FOUND)


async def other_class(zone: Zone, dns: DnsBackend) -> None:
    """Records of a class other than IN are not an answer."""
    address, pointer = b"\x00\x01", b"\xc0\x0c"  # type A or class IN; a pointer to the name in the question

    def make(query: Message) -> bytes:
        wire = _reply(f"a.example. 300 IN A {_EVIL}")(query)
        return wire.replace(pointer + address + b"\x00\x01", pointer + address + b"\x00\x03")

    zone.reply(_NAME, "A", make)
    await _nothing_of_it(zone, dns)


def _in_any_case(query: Message) -> bytes:
    """Reply with names in another case. They are replaced last, because dnspython would compress them away."""
    wire = _reply("1.example. 300 IN CNAME 2.example.", f"3.example. 300 IN A {_GOOD}")(query)
    head, rest = wire[:12], wire[12:]
    for written, label in ((b"\x011", b"\x01A"), (b"\x012", b"\x01B"), (b"\x013", b"\x01b")):
        rest = rest.replace(written, label)
    return head + rest


async def owner_in_any_case(zone: Zone, dns: DnsBackend) -> None:
    """Names are compared without regard to case."""
    zone.reply(_NAME, "A", _in_any_case)
    expect_answer(await dns.lookup(_NAME, "A"), DnsAnswer((_GOOD,), 300, "b.example"))


async def cname_loop(zone: Zone, dns: DnsBackend) -> None:
    """For a CNAME loop, the result is an empty answer or an exception."""
    for ring in (["a"], ["a", "b"], ["a", "b", "c"]):
        aliases = zip(ring, [*ring[1:], ring[0]], strict=True)
        records = [f"{owner}.example. 300 IN CNAME {target}.example." for owner, target in aliases]
        for owner in ring:
            zone.reply(f"{owner}.example", "A", _reply(*records))
        with allow_failure():
            expect((await dns.lookup(_NAME, "A", refresh=True)).records, (), "records")


async def truncated_over_udp(zone: Zone, dns: DnsBackend) -> None:
    """If a reply over UDP is truncated, the query is repeated over TCP."""
    zone.a(_NAME, _GOOD)
    zone.fail(_NAME, "A", "truncated")
    expect_answer(await dns.lookup(_NAME, "A"), _FOUND)
    expect(sorted(set(zone.asked_over_tcp)), [f"A {_NAME}"], "queries that the name server received over TCP:")


async def a_thousand_records(zone: Zone, dns: DnsBackend) -> None:
    """A large answer is complete: a thousand addresses, over TCP."""
    addresses = tuple(f"192.0.{number // 250}.{number % 250}" for number in range(1000))
    zone.a(_NAME, *addresses)
    records = (await dns.lookup(_NAME, "A")).records
    if records != addresses:
        raise UnexpectedError(f"{len(records)} records: {show(records)}", f"1000 records: {show(addresses)}")


async def _lifetime_of_nothing(rcode: Rcode, zone: Zone, dns: DnsBackend) -> None:
    for soa, minimum in ((100, 30), (30, 100)):
        make = _reply(authority=f"example. {soa} IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 {minimum}")
        zone.reply(_NAME, "A", partial(_with_rcode, make, rcode))
        wanted = DnsAnswer((), 30, _NAME)
        expect_answer(await dns.lookup(_NAME, "A", refresh=True), wanted, ttls=[30, None])


def _with_rcode(make: Callable[[Message], bytes], rcode: Rcode, query: Message) -> bytes:
    reply = from_wire(make(query))
    reply.set_rcode(rcode)
    return reply.to_wire()


_NEGATIVE = [
    WireCheck(
        f"lifetime-of-{what}",
        f"If there is {what.replace('-', ' ')}, ttl is the TTL of the SOA record or its minimum, whichever is less (RFC 2308), or None.",
        partial(_lifetime_of_nothing, rcode),
    )
    for what, rcode in (("no-such-name", NXDOMAIN), ("no-such-type", NOERROR))
]


async def a_chain_that_ends_nowhere(zone: Zone, dns: DnsBackend) -> None:
    """A CNAME chain to a missing record is an empty answer that lives no longer than the CNAME records."""
    for target in ("no.example", "b.example"):
        zone.cname(_NAME, target, ttl=60)
        zone.aaaa("b.example", "2001:db8::1")
        answer = await dns.lookup(_NAME, "A", refresh=True)
        # Some libraries do not report the chain in this case.
        named = _NAME if answer.canonical_name == _NAME else target
        expect_answer(answer, DnsAnswer((), None, named), ttls=[None, 60])


async def empty_reply_without_soa(zone: Zone, dns: DnsBackend) -> None:
    """An empty reply without an SOA record is an empty answer, too."""
    zone.reply(_NAME, "A", _reply())
    answer = await dns.lookup(_NAME, "A")
    expect((answer.records, answer.canonical_name), ((), _NAME), "records and canonical name")


async def no_search_list(zone: Zone, dns: DnsBackend) -> None:
    """No search list is applied, because names are absolute.

    Turn off the search list, or add a dot to the name before you pass it to your DNS library.
    """
    for name in ("single", "a.example"):
        zone.a(f"{name}.search.invalid", _EVIL)
        answer = await dns.lookup(name, "A")
        expect(answer.records, (), "records")
    expect(sorted(set(zone.asked)), ["A a.example", "A single"], "queries that the name server received:")


def _of_another_id(query: Message) -> bytes:
    query.id ^= 1
    return _reply(f"a.example. 300 IN A {_EVIL}")(query)


def _of_another_question(query: Message) -> bytes:
    other = make_query("other.example.", "A", id=query.id)
    return _reply(f"a.example. 300 IN A {_EVIL}")(other)


def _cut_short(query: Message) -> bytes:
    return _reply(f"a.example. 300 IN A {_EVIL}")(query)[:-3]


async def _no_answer(make: Callable[[Message], bytes], zone: Zone, dns: DnsBackend) -> None:
    zone.reply(_NAME, "A", make)
    await expect_no_records(zone, dns, _NAME, or_empty=False)


_NO_ANSWERS = [
    WireCheck(
        name,
        f"A reply {what} is not an answer: lookup raises an exception, or waits until the caller gives up.",
        partial(_no_answer, make),
    )
    for name, what, make in (
        ("reply-with-another-id", "with another ID", _of_another_id),
        ("reply-to-another-question", "to another question", _of_another_question),
        ("reply-that-is-cut-short", "that is cut short", _cut_short),
    )
]


async def does_not_block_the_event_loop(zone: Zone, dns: DnsBackend) -> None:
    """Other tasks keep running while a query is in progress.

    Run blocking code in a thread, with asyncio.to_thread.
    """
    let_go, outcomes = threading.Event(), list[bool]()

    def make(query: Message) -> bytes:
        outcomes.append(let_go.wait(_HOLD))  # in the name server's own thread
        return _reply(f"a.example. 300 IN A {_GOOD}")(query)

    zone.reply(_NAME, "A", make)
    asyncio.get_running_loop().call_later(_SOON, let_go.set)
    expect_answer(await dns.lookup(_NAME, "A"), _FOUND)
    if not outcomes[0]:
        raise UnexpectedError("an event loop that was blocked until the reply came", "an event loop that keeps running")


WIRE: Sequence[WireCheck] = (
    *map(
        rule,
        (
            foreign_records,
            foreign_records_beside_ours,
            other_types_in_the_reply,
            other_class,
            owner_in_any_case,
            cname_loop,
            truncated_over_udp,
            a_thousand_records,
        ),
    ),
    *_NEGATIVE,
    *map(rule, (a_chain_that_ends_nowhere, empty_reply_without_soa)),
    rule(no_search_list, {"LOCALDOMAIN": "search.invalid"}),  # the resolvers of glibc and c-ares read this variable
    *_NO_ANSWERS,
    rule(does_not_block_the_event_loop),
)
