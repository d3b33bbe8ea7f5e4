"""The contents of a reply: chains, owners, types, TTLs, empty answers, and the encoding of names."""

from .replies import ADDRESS, OK, RIGHT, SOA, says, sends, srv
from .row import FAILS, NONE, TRAP, Reply, Row
from .wire import (
    AA,
    AD,
    NXDOMAIN,
    QR,
    RA,
    RD,
    Z,
    encode_name,
    message,
    opt,
    raw_record,
    record,
)

_ANSWER = (ADDRESS,)
_FLAGS = QR | RD | RA
_SRV_RIGHT = ("10 5 8448 target.example",)
_CHAIN_OF_8 = (
    *(f"{'@' if number == 0 else f'c{number}.@'} 300 CNAME c{number + 1}.@" for number in range(8)),
    f"c8.@ 300 A {ADDRESS}",
)
_LOOP = ("@ 300 CNAME b.@", "b.@ 300 CNAME @")


def _answer(key: str, does: str, reply: Reply) -> Row:
    return Row(key, does, {1: reply}, _ANSWER)


PLAIN = [
    _answer("a", "answers A queries correctly", RIGHT),
    Row("aaaa", "answers AAAA queries correctly", {1: says("@ 300 AAAA 2001:db8::1")}, ("2001:db8::1",), "AAAA"),
    Row("srv", "answers SRV queries correctly", {1: says("@ 300 SRV 10 5 8448 target.example.")}, _SRV_RIGHT, "SRV"),
    Row(
        "srv-root",
        "sends an SRV record with the target `.` (the service is not provided)",
        {1: says("@ 300 SRV 0 0 0 .")},
        ("0 0 0 ",),
        "SRV",
    ),
    _answer("aa", "sets AA", says(*OK, flags=_FLAGS | AA)),
    _answer("ad-z", "sets AD and the reserved bit Z", says(*OK, flags=_FLAGS | AD | Z)),
    _answer("rd-missing", "does not copy RD from the query", says(*OK, flags=QR | RA)),
]

CHAINS = [
    _answer(
        "cname",
        "sends an alias and the address of its target in one reply",
        says("@ 300 CNAME b.@", f"b.@ 300 A {ADDRESS}"),
    ),
    Row(
        "cname-srv",
        "sends an alias for an SRV name, and the SRV record of its target",
        {1: says("@ 300 CNAME b.@", "b.@ 300 SRV 10 5 8448 target.example.")},
        _SRV_RIGHT,
        "SRV",
    ),
    _answer("cname-8", "sends a chain of eight aliases", says(*_CHAIN_OF_8)),
    _answer("cname-8-reversed", "sends a chain of eight aliases in reverse order", says(*reversed(_CHAIN_OF_8))),
    _answer(
        "cname-case",
        "uses different letter case in an alias and in the record of its target",
        says("@ 300 CNAME B.Other.Example.", f"b.oTHER.example. 300 A {ADDRESS}"),
    ),
    Row(
        "cname-end-empty",
        "sends an alias whose target has no such record, with SOA",
        {1: says("@ 300 CNAME b.@", authority=[SOA])},
        (NONE,),
    ),
    Row(
        "cname-end-missing",
        "sends an alias without the records of its target, which must be queried separately",
        {
            1: lambda query: (
                says(f"@ 300 A {ADDRESS}") if query.name.lower().startswith("b.") else says("@ 300 CNAME b.@")
            )(query)
        },
        (ADDRESS, NONE),
    ),
    Row(
        "cname-nxdomain",
        "returns NXDOMAIN with an alias whose target does not exist",
        {1: says("@ 300 CNAME b.@", authority=[SOA], rcode=NXDOMAIN)},
        (NONE,),
    ),
    Row("cname-loop", "sends two aliases that point to each other", {1: says(*_LOOP)}, (NONE, FAILS)),
    Row("cname-self", "sends an alias that points to itself", {1: says("@ 300 CNAME @")}, (NONE, FAILS)),
    _answer("cname-self-and-a", "sends an alias that points to itself, and an address", says("@ 300 CNAME @", *OK)),
    Row(
        "cname-loop-nxdomain",
        "returns NXDOMAIN with two aliases that point to each other",
        {1: says(*_LOOP, rcode=NXDOMAIN)},
        (NONE, FAILS),
    ),
    _answer(
        "dname",
        "sends a DNAME record, the alias that follows from it, and an address",
        says("example 300 DNAME other.test.", "@ 300 CNAME x.other.test.", f"x.other.test. 300 A {ADDRESS}"),
    ),
]

OTHERS = [
    Row(
        "other-owner",
        "sends only the address of another name",
        {1: says(f"victim.example 300 A {TRAP}")},
        (NONE, FAILS),
    ),
    _answer(
        "other-owner-too", "sends the right address and that of another name", says(*OK, f"victim.example 300 A {TRAP}")
    ),
    _answer(
        "other-types",
        "adds records of other and unknown types to the answer",
        says(
            "@ 300 TXT hello",
            raw_record(b"\xc0\x0c", 65280, b"abc"),
            *OK,
            raw_record(b"\xc0\x0c", 46, b"\0\1\5\2\0\0\1\x2c" + b"\0" * 10 + b"\7example\0sig"),
        ),
    ),
    _answer(
        "other-class",
        "adds a record of class CH to the answer",
        says(raw_record(b"\xc0\x0c", 1, b"\xc0\0\2\x42", record_class=3), *OK),
    ),
    _answer(
        "unknown-class",
        "adds a record of an unknown class to the answer",
        says(*OK, additional=[raw_record(b"\xc0\x0c", 1, b"\xc0\0\2\x42", record_class=4242)]),
    ),
    _answer(
        "empty-txt",
        "sends an empty TXT record in the additional section",
        says(*OK, additional=[raw_record(b"\xc0\x0c", 16, b"")]),
    ),
    _answer(
        "bad-txt",
        "sends a TXT record whose string is longer than the record, in the additional section",
        says(*OK, additional=[raw_record(b"\xc0\x0c", 16, b"\x20ab")]),
    ),
    _answer(
        "bad-additional",
        "sends an A record of five bytes in the additional section",
        says(*OK, additional=[raw_record(b"\xc0\x0c", 1, b"12345")]),
    ),
    _answer(
        "bad-authority",
        "sends an NS record whose name is a compression pointer to itself, in the authority section",
        says(*OK, authority=[raw_record(b"\xc0\x0c", 2, b"\xc0\x0c\0")]),
    ),
    _answer(
        "bad-soa",
        "sends a truncated SOA record in the authority section",
        says(*OK, authority=[raw_record(b"\xc0\x0c", 6, encode_name("ns.example") + b"\0\0\0")]),
    ),
    _answer(
        "many",
        "sends 60 records in the authority and additional sections",
        says(
            *OK,
            authority=[f"example 300 NS ns{number}.example." for number in range(20)],
            additional=[f"ns{number}.example 300 A 192.0.2.{number + 100}" for number in range(40)],
        ),
    ),
    Row("duplicates", "sends the address three times", {1: says(*OK, *OK, *OK)}, (ADDRESS, ", ".join([ADDRESS] * 3))),
    _answer(
        "svcb",
        "adds a damaged HTTPS record (type 65) to the answer",
        says(*OK, additional=[raw_record(b"\xc0\x0c", 65, b"\0\1\0\0\1\0\x20ab")]),
    ),
    _answer(
        "tsig",
        "sends an unsolicited TSIG record",
        says(
            *OK,
            additional=[
                raw_record(b"\3key\0", 250, encode_name("hmac-sha256") + b"\0" * 6 + b"\1\x2c\0\0\0\0\0\0\0\0", 0, 255)
            ],
            with_opt=False,
        ),
    ),
    _answer(
        "sig0",
        "sends an unsolicited SIG(0) record",
        says(*OK, additional=[raw_record(b"\0", 24, b"\0\0\5\0" + b"\0" * 14 + b"\7example\0sig", 0, 255)]),
    ),
]

LIFETIMES = [
    _answer("ttl-0", "sends a TTL of 0", says(f"@ 0 A {ADDRESS}")),
    _answer("ttl-large", "sends a TTL of 2^31 - 1", says(f"@ 2147483647 A {ADDRESS}")),
    _answer("ttl-too-large", "sends a TTL of 2^31", says(raw_record(b"\xc0\x0c", 1, b"\xc0\0\2\1", 2**31))),
    _answer("ttl-largest", "sends a TTL of 2^32 - 1", says(raw_record(b"\xc0\x0c", 1, b"\xc0\0\2\1", 2**32 - 1))),
    Row(
        "ttls-differ",
        "sends two addresses with different TTLs",
        {1: says(f"@ 10 A {ADDRESS}", "@ 20 A 192.0.2.2")},
        (f"{ADDRESS}, 192.0.2.2",),
    ),
]

EMPTY = [
    Row("nxdomain", "returns NXDOMAIN with SOA", {1: says(authority=[SOA], rcode=NXDOMAIN)}, (NONE,)),
    Row("nxdomain-no-soa", "returns NXDOMAIN without SOA", {1: says(rcode=NXDOMAIN)}, (NONE,)),
    Row("nxdomain-no-ra", "returns NXDOMAIN without SOA or RA", {1: says(rcode=NXDOMAIN, flags=QR | RD)}, (NONE,)),
    Row(
        "nxdomain-with-answer",
        "returns NXDOMAIN with an address, as some DNS blockers do",
        {1: says(*OK, rcode=NXDOMAIN)},
        (NONE, FAILS, ADDRESS),
    ),
    Row("nodata", "sends an empty answer with SOA", {1: says(authority=[SOA])}, (NONE,)),
    Row("nodata-no-soa", "sends an empty answer with RA, without SOA", {1: says()}, (NONE,)),
    Row(
        "nodata-authoritative",
        "sends an empty answer with AA, without SOA or RA",
        {1: says(flags=QR | RD | AA)},
        (NONE,),
    ),
    Row("nodata-srv", "sends an empty answer to an SRV query, with SOA", {1: says(authority=[SOA])}, (NONE,), "SRV"),
    Row(
        "nodata-ns",
        "sends an empty answer with NS records and RA",
        {1: says(authority=["example 300 NS ns.example."])},
        (NONE,),
    ),
]

NAMES = [
    Row(
        "srv-compressed",
        "compresses the target of an SRV record",
        {1: sends(srv(b"\6target\xc0\x0c"))},
        ("10 5 8448 target.@.example",),
        "SRV",
    ),
    Row(
        "srv-compressed-whole",
        "encodes the target of an SRV record as a pointer to the name in the question",
        {1: sends(srv(b"\xc0\x0c"))},
        ("10 5 8448 @.example",),
        "SRV",
    ),
    _answer(
        "case-reply",
        "returns the name in upper case in the question and the answer",
        sends(
            lambda query: message(
                query,
                [raw_record(encode_name(query.name.upper()), 1, b"\xc0\0\2\1")],
                [],
                [],
                question=encode_name(query.name.upper()) + query.question[-4:],
            )
        ),
    ),
    _answer(
        "case-answer",
        "returns the name in upper case in the answer only",
        sends(lambda query: message(query, [raw_record(encode_name(query.name.upper()), 1, b"\xc0\0\2\1")])),
    ),
    _answer(
        "case-question",
        "returns the name in upper case in the question only",
        sends(
            lambda query: message(
                query, [record(OK[0], query)], question=encode_name(query.name.upper()) + query.question[-4:]
            )
        ),
    ),
    _answer(
        "pointer-chain",
        "compresses the owner name with a pointer to a pointer",
        sends(
            lambda query: message(
                query,
                [
                    raw_record(b"\xc0\x0c", 16, b"\1x"),
                    raw_record(bytes([0xC0, 12 + len(query.question)]), 1, b"\xc0\0\2\1"),
                ],
            )
        ),
    ),
    _answer(
        "qd-repeated",
        "sends the question twice",
        sends(
            lambda query: _two_questions(
                message(query, [record(OK[0], query)], [], [opt()] if query.has_edns else []), query.question
            )
        ),
    ),
]


def _two_questions(wire: bytes, question: bytes) -> bytes:
    return wire[:4] + b"\0\2" + wire[6:12] + question + wire[12:]


ROWS_RECORDS = [*PLAIN, *CHAINS, *OTHERS, *LIFETIMES, *EMPTY, *NAMES]
