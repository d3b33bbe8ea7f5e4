"""Which answer belongs to which records: a table."""

from collections.abc import Sequence
from functools import partial

import attrs

from ...backends.dns import DnsAnswer, DnsBackend, RecordType, SrvRecord
from .dns_testbed import DnsCheck, DnsTestbed, expect_answer, show_answer, write
from .expectations import expect, no_failure

_SERVICE = "_matrix-fed._tcp.example.org"
_FIRST = "192.0.2.1"


@attrs.frozen
class _Row:
    """One question, and its one right answer.

    Attributes:
        name: The name of the check.
        sentence: The rule.
        lines: The records, as in a zone file.
        question: What is asked.
        answer: The answer.
        ttls: The lifetimes that are right, where there are several.
        note: What to do where that is not obvious.
    """

    name: str
    sentence: str
    lines: Sequence[str]
    question: tuple[str, RecordType]
    answer: DnsAnswer
    ttls: Sequence[float | None] | None = None
    note: str = ""


_EMPTY_NOTE = "Catch what your DNS library raises for it, and give DnsAnswer((), ttl, name); ttl may be None."
_LEAST = "The lifetime is the least of the CNAME chain and the records."
_CHAIN = ("a.example {} CNAME b.example", "b.example {} CNAME c.example", "c.example {} A 192.0.2.1")
_ROWS = (
    _Row(
        "a-records",
        "An A question gives IPv4 addresses as text, with their lifetime in seconds.",
        ["a.example 300 A 192.0.2.1"],
        ("a.example", "A"),
        DnsAnswer((_FIRST,), 300, "a.example"),
    ),
    _Row(
        "aaaa-records",
        "An AAAA question gives IPv6 addresses as text.",
        ["a.example 300 AAAA 2001:db8::1"],
        ("a.example", "AAAA"),
        DnsAnswer(("2001:db8::1",), 300, "a.example"),
    ),
    _Row(
        "only-the-type-asked-for",
        "Only records of the type that was asked for are given.",
        ["a.example 300 A 192.0.2.1", "a.example 300 AAAA 2001:db8::1", "a.example 300 SRV 0 0 1 b.example"],
        ("a.example", "AAAA"),
        DnsAnswer(("2001:db8::1",), 300, "a.example"),
        note="The library asks for both address families itself.",
    ),
    _Row(
        "addresses-in-order",
        "Addresses come in the order of the answer.",
        ["a.example 300 A 192.0.2.9", "a.example 300 A 192.0.2.1", "a.example 300 A 192.0.2.5"],
        ("a.example", "A"),
        DnsAnswer(("192.0.2.9", "192.0.2.1", "192.0.2.5"), 300, "a.example"),
    ),
    _Row(
        "ttl-of-zero",
        "A lifetime of 0 seconds is 0, not None.",
        ["a.example 0 A 192.0.2.1"],
        ("a.example", "A"),
        DnsAnswer((_FIRST,), 0, "a.example"),
    ),
    _Row(
        "greatest-ttl",
        "Long lifetimes are given as they are; the library limits them.",
        ["a.example 2147483647 A 192.0.2.1"],
        ("a.example", "A"),
        DnsAnswer((_FIRST,), 2_147_483_647, "a.example"),
    ),
    _Row(
        "srv-fields",
        "An SRV record is SrvRecord(priority, weight, port, target), its target without the final dot.",
        [f"{_SERVICE} 300 SRV 10 5 8443 hs.example.net"],
        (_SERVICE, "SRV"),
        DnsAnswer((SrvRecord(10, 5, 8443, "hs.example.net"),), 300, _SERVICE),
    ),
    _Row(
        "srv-greatest-numbers",
        "Priority, weight and port of an SRV record go up to 65535.",
        [f"{_SERVICE} 300 SRV 65535 65535 65535 hs.example.net"],
        (_SERVICE, "SRV"),
        DnsAnswer((SrvRecord(65535, 65535, 65535, "hs.example.net"),), 300, _SERVICE),
    ),
    _Row(
        "srv-in-order",
        "SRV records come in the order of the answer; the library sorts them.",
        [
            f"{_SERVICE} 300 SRV 20 0 2 b.example",
            f"{_SERVICE} 300 SRV 10 0 1 c.example",
            f"{_SERVICE} 300 SRV 10 9 3 a.example",
        ],
        (_SERVICE, "SRV"),
        DnsAnswer(
            (SrvRecord(20, 0, 2, "b.example"), SrvRecord(10, 0, 1, "c.example"), SrvRecord(10, 9, 3, "a.example")),
            300,
            _SERVICE,
        ),
    ),
    _Row(
        "srv-root",
        "An SRV target that is the root, which means that there is no such service, is '.'.",
        [f"{_SERVICE} 300 SRV 0 0 0 ."],
        (_SERVICE, "SRV"),
        DnsAnswer((SrvRecord(0, 0, 0, "."),), 300, _SERVICE),
        note="Take the final dot off every target but this one.",
    ),
    _Row(
        "srv-through-cname",
        "An SRV question follows a CNAME of its own name.",
        [f"{_SERVICE} 300 CNAME srv.example.net", "srv.example.net 300 SRV 1 2 3 hs.example.net"],
        (_SERVICE, "SRV"),
        DnsAnswer((SrvRecord(1, 2, 3, "hs.example.net"),), 300, "srv.example.net"),
    ),
    _Row(
        "cname-chain",
        "The records at the end of a CNAME chain are given; canonical_name is its end, in lower case, without the final dot.",
        ["a.example 300 CNAME b.example", "b.example 300 CNAME C.Example", "c.example 300 A 192.0.2.1"],
        ("a.example", "A"),
        DnsAnswer((_FIRST,), 300, "c.example"),
    ),
    *(
        _Row(
            f"least-ttl-{place}",
            _LEAST,
            [line.format(ttl) for line, ttl in zip(_CHAIN, ttls, strict=True)],
            ("a.example", "A"),
            DnsAnswer((_FIRST,), min(ttls), "c.example"),
        )
        for place, ttls in (("first", (11, 222, 333)), ("middle", (111, 22, 333)), ("last", (111, 222, 33)))
    ),
    _Row(
        "no-such-name",
        "That a name does not exist is an empty answer, not an exception.",
        [],
        ("a.example", "A"),
        DnsAnswer((), None, "a.example"),
        [None, 300],
        _EMPTY_NOTE,
    ),
    _Row(
        "no-such-type",
        "That a name has no record of the type is an empty answer, not an exception.",
        ["a.example 300 A 192.0.2.1"],
        ("a.example", "AAAA"),
        DnsAnswer((), None, "a.example"),
        [None, 300],
        _EMPTY_NOTE,
    ),
    _Row(
        "no-such-service",
        "That there is no SRV record is an empty answer, not an exception.",
        ["example.org 300 A 192.0.2.1"],
        (_SERVICE, "SRV"),
        DnsAnswer((), None, _SERVICE),
        [None, 300],
        _EMPTY_NOTE,
    ),
)


async def _ask(row: _Row, testbed: DnsTestbed, dns: DnsBackend) -> None:
    write(testbed, *row.lines)
    name, record_type = row.question
    with no_failure(show_answer(row.answer, row.ttls)):
        answer = await dns.lookup(name, record_type)
    expect_answer(answer, row.answer, ttls=row.ttls)
    if not any(" CNAME " in line for line in row.lines):  # which may be followed with questions of one's own
        expect(sorted(set(testbed.asked)), [f"{record_type} {name}"], "the name server was asked")


ANSWERS: Sequence[DnsCheck] = tuple(
    DnsCheck(
        row.name, row.sentence, partial(_ask, row), f"The zone: {'; '.join(row.lines) or 'empty'}. {row.note}".rstrip()
    )
    for row in _ROWS
)
