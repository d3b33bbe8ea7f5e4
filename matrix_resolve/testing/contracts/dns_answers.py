"""A table of DNS records and the answer that a backend must return for them."""

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
    """One query and its correct answer.

    Attributes:
        name: The name of the check.
        sentence: The rule.
        lines: The records, as in a zone file.
        question: The name and record type of the query.
        answer: The answer.
        ttls: The correct lifetimes, if there are several.
        note: How to fix the backend, if that is not obvious.
    """

    name: str
    sentence: str
    lines: Sequence[str]
    question: tuple[str, RecordType]
    answer: DnsAnswer
    ttls: Sequence[float | None] | None = None
    note: str = ""


_EMPTY_NOTE = "Catch the exception of your DNS library, and return DnsAnswer((), ttl, name); ttl may be None."
_LEAST = "The lifetime is the shortest one among the CNAME chain and the records."
_CHAIN = ("a.example {} CNAME b.example", "b.example {} CNAME c.example", "c.example {} A 192.0.2.1")
_ROWS = (
    _Row(
        "a-records",
        "An A query returns IPv4 addresses as strings, with their lifetime in seconds.",
        ["a.example 300 A 192.0.2.1"],
        ("a.example", "A"),
        DnsAnswer((_FIRST,), 300, "a.example"),
    ),
    _Row(
        "aaaa-records",
        "An AAAA query returns IPv6 addresses as strings.",
        ["a.example 300 AAAA 2001:db8::1"],
        ("a.example", "AAAA"),
        DnsAnswer(("2001:db8::1",), 300, "a.example"),
    ),
    _Row(
        "only-the-type-asked-for",
        "Only records of the requested type are returned.",
        ["a.example 300 A 192.0.2.1", "a.example 300 AAAA 2001:db8::1", "a.example 300 SRV 0 0 1 b.example"],
        ("a.example", "AAAA"),
        DnsAnswer(("2001:db8::1",), 300, "a.example"),
        note="The library queries both address families itself.",
    ),
    _Row(
        "addresses-in-order",
        "Addresses are returned in the order of the reply.",
        ["a.example 300 A 192.0.2.9", "a.example 300 A 192.0.2.1", "a.example 300 A 192.0.2.5"],
        ("a.example", "A"),
        DnsAnswer(("192.0.2.9", "192.0.2.1", "192.0.2.5"), 300, "a.example"),
    ),
    _Row(
        "ttl-of-zero",
        "A lifetime of 0 seconds is returned as 0, not as None.",
        ["a.example 0 A 192.0.2.1"],
        ("a.example", "A"),
        DnsAnswer((_FIRST,), 0, "a.example"),
    ),
    _Row(
        "greatest-ttl",
        "Long lifetimes are returned unchanged; the library limits them.",
        ["a.example 2147483647 A 192.0.2.1"],
        ("a.example", "A"),
        DnsAnswer((_FIRST,), 2_147_483_647, "a.example"),
    ),
    _Row(
        "srv-fields",
        "An SRV record is returned as SrvRecord(priority, weight, port, target), with no dot at the end of the target.",
        [f"{_SERVICE} 300 SRV 10 5 8443 hs.example.net"],
        (_SERVICE, "SRV"),
        DnsAnswer((SrvRecord(10, 5, 8443, "hs.example.net"),), 300, _SERVICE),
    ),
    _Row(
        "srv-greatest-numbers",
        "Priority, weight and port of an SRV record can be as large as 65535.",
        [f"{_SERVICE} 300 SRV 65535 65535 65535 hs.example.net"],
        (_SERVICE, "SRV"),
        DnsAnswer((SrvRecord(65535, 65535, 65535, "hs.example.net"),), 300, _SERVICE),
    ),
    _Row(
        "srv-in-order",
        "SRV records are returned in the order of the reply; the library sorts them.",
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
        "An SRV record with the root as its target, which means that the service is not available, is returned with the target '.'.",
        [f"{_SERVICE} 300 SRV 0 0 0 ."],
        (_SERVICE, "SRV"),
        DnsAnswer((SrvRecord(0, 0, 0, "."),), 300, _SERVICE),
        note="Remove the dot at the end of every other target.",
    ),
    _Row(
        "srv-through-cname",
        "An SRV query follows a CNAME record of the queried name.",
        [f"{_SERVICE} 300 CNAME srv.example.net", "srv.example.net 300 SRV 1 2 3 hs.example.net"],
        (_SERVICE, "SRV"),
        DnsAnswer((SrvRecord(1, 2, 3, "hs.example.net"),), 300, "srv.example.net"),
    ),
    _Row(
        "cname-chain",
        "The records at the end of a CNAME chain are returned; canonical_name is the last name, in lower case and without a dot at the end.",
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
        "For a name that does not exist, the result is an empty answer, not an exception.",
        [],
        ("a.example", "A"),
        DnsAnswer((), None, "a.example"),
        [None, 300],
        _EMPTY_NOTE,
    ),
    _Row(
        "no-such-type",
        "For a name that has no record of the type, the result is an empty answer, not an exception.",
        ["a.example 300 A 192.0.2.1"],
        ("a.example", "AAAA"),
        DnsAnswer((), None, "a.example"),
        [None, 300],
        _EMPTY_NOTE,
    ),
    _Row(
        "no-such-service",
        "If there is no SRV record, the result is an empty answer, not an exception.",
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
    if not any(" CNAME " in line for line in row.lines):  # a backend may follow those with further queries
        expect(sorted(set(testbed.asked)), [f"{record_type} {name}"], "queries that the name server received:")


ANSWERS: Sequence[DnsCheck] = tuple(
    DnsCheck(
        row.name, row.sentence, partial(_ask, row), f"The zone: {'; '.join(row.lines) or 'empty'}. {row.note}".rstrip()
    )
    for row in _ROWS
)
