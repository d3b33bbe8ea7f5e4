"""EDNS, cookies, and OPT records in wrong places. Source: RFC 6891, RFC 7873."""

from .replies import (
    ADDRESS,
    OK,
    RIGHT,
    cookie,
    drops_above,
    edns,
    formerr_without_question,
    in_turn,
    of_this_server,
    refuses,
    says,
    sends,
    silent,
    tcp,
    with_opt,
)
from .row import Row
from .wire import BADCOOKIE, BADVERS, FORMERR, NOTIMP, REFUSED, SERVFAIL, message, opt, raw_record

_ANSWER = (ADDRESS,)
_OTHER_COOKIE = b"another\x01" + b"\x09" * 8
_MANY = tuple(f"@ 300 A 198.51.100.{number}" for number in range(1, 61))
_MANY_ADDRESSES = (", ".join(sorted(line.split()[-1] for line in _MANY)),)


COOKIES = [
    Row("cookie", "sends a correct cookie", {1: cookie(of_this_server)}, _ANSWER),
    Row(
        "cookie-client-only",
        "returns only the client part of the cookie",
        {1: cookie(lambda query: query.cookie[:8])},
        _ANSWER,
    ),
    Row(
        "cookie-of-another",
        "repeats a cached reply that contains another client's cookie",
        {1: cookie(lambda _: _OTHER_COOKIE, always=True)},
        _ANSWER,
    ),
    Row(
        "cookie-of-another-if-asked",
        "sends another client's cookie, but only to clients that send a cookie",
        {1: cookie(lambda _: _OTHER_COOKIE)},
        _ANSWER,
    ),
    Row(
        "cookie-unasked",
        "sends a cookie even to clients that send none",
        {1: cookie(lambda query: query.cookie[:8] or _OTHER_COOKIE[:8], always=True)},
        _ANSWER,
    ),
    Row("cookie-too-short", "sends a cookie of 4 bytes", {1: cookie(lambda query: query.cookie[:4])}, _ANSWER),
    Row(
        "cookie-cut-short",
        "sends a cookie of 12 bytes",
        {1: cookie(lambda query: query.cookie[:8] + b"\1" * 4)},
        _ANSWER,
    ),
    Row(
        "cookie-too-long",
        "sends a cookie of 48 bytes",
        {1: cookie(lambda query: query.cookie[:8] + b"\1" * 40)},
        _ANSWER,
    ),
    Row("cookie-empty", "sends an empty cookie", {1: cookie(lambda _: b"")}, _ANSWER),
    Row(
        "cookie-bad-once",
        "first returns BADCOOKIE with its cookie, then answers",
        {1: in_turn(cookie(of_this_server, rcode=BADCOOKIE), cookie(of_this_server))},
        _ANSWER,
    ),
    Row(
        "cookie-bad-over-udp",
        "always returns BADCOOKIE over UDP, but answers over TCP",
        {1: tcp(cookie(of_this_server), cookie(of_this_server, rcode=BADCOOKIE))},
        _ANSWER,
    ),
    Row(
        "cookie-bad-for-ever",
        "returns BADCOOKIE to every client that sends a cookie",
        {1: cookie(of_this_server, rcode=BADCOOKIE)},
        _ANSWER,
    ),
    Row(
        "cookie-no-more",
        "sent a cookie with an earlier reply and sends none now (different servers behind one address)",
        {1: in_turn(cookie(of_this_server), RIGHT)},
        _ANSWER,
        before="before.@.example",
    ),
    Row(
        "cookie-changed",
        "changes the server part of the cookie in each reply",
        {1: cookie(lambda query: query.cookie[:8] + bytes([query.count % 256]) * 8)},
        _ANSWER,
        before="before.@.example",
    ),
]

REFUSED_EDNS = [
    Row(
        "edns-formerr",
        "returns FORMERR for queries with EDNS, in a reply without EDNS",
        {1: edns(refuses(FORMERR))},
        _ANSWER,
    ),
    Row(
        "edns-formerr-opt",
        "returns FORMERR for queries with EDNS, in a reply with EDNS",
        {1: edns(refuses(FORMERR, with_opt=True))},
        _ANSWER,
    ),
    Row(
        "edns-formerr-header",
        "returns FORMERR for queries with EDNS, in a reply that is only a header",
        {1: edns(sends(formerr_without_question))},
        _ANSWER,
    ),
    Row("edns-notimp", "returns NOTIMP for queries with EDNS", {1: edns(refuses(NOTIMP))}, _ANSWER),
    Row("edns-refused", "returns REFUSED for queries with EDNS", {1: edns(refuses(REFUSED))}, _ANSWER),
    Row("edns-servfail", "returns SERVFAIL for queries with EDNS", {1: edns(refuses(SERVFAIL))}, _ANSWER),
    Row(
        "edns-badvers",
        "returns BADVERS for queries with EDNS",
        {1: edns(sends(lambda query: message(query, [], [], [opt(extended_rcode=BADVERS >> 4)])))},
        _ANSWER,
    ),
    Row("edns-dropped", "drops queries with EDNS", {1: edns(silent)}, _ANSWER),
    Row(
        "edns-options-dropped",
        "drops queries with EDNS options",
        {1: lambda query: silent(query) if query.options else RIGHT(query)},
        _ANSWER,
    ),
    Row(
        "edns-options-formerr",
        "returns FORMERR for queries with EDNS options",
        {1: lambda query: (refuses(FORMERR, with_opt=True) if query.options else RIGHT)(query)},
        _ANSWER,
    ),
    Row(
        "edns-large-dropped",
        "drops replies of more than 512 bytes, but sets TC for clients that accept at most 512 bytes",
        {1: drops_above(512, says(*_MANY))},
        _MANY_ADDRESSES,
    ),
    Row(
        "edns-formerr-later",
        "answered an earlier query with EDNS, and now returns FORMERR for queries with EDNS",
        {1: in_turn(RIGHT, edns(refuses(FORMERR)))},
        _ANSWER,
        before="before.@.example",
    ),
    Row(
        "edns-dropped-second",
        "drops queries with EDNS; nothing listens at the second address",
        {1: edns(silent), 6: silent},
        _ANSWER,
    ),
]

ODD_OPT = [
    Row(
        "opt-echoed",
        "returns the query's OPT record unchanged",
        {1: edns(lambda query: with_opt(query.wire[12 + len(query.question) :])(query))},
        _ANSWER,
    ),
    Row(
        "opt-unknown-option",
        "sends unknown EDNS options",
        {1: with_opt(opt((65001, b"abc"), (65535, b"")), always=False)},
        _ANSWER,
    ),
    Row("opt-unasked", "sends an OPT record even to clients that sent none", {1: with_opt(opt())}, _ANSWER),
    Row("opt-in-answer", "sends the OPT record in the answer section", {1: with_opt(opt(), where=0)}, _ANSWER),
    Row("opt-in-authority", "sends the OPT record in the authority section", {1: with_opt(opt(), where=1)}, _ANSWER),
    Row("opt-twice", "sends two OPT records", {1: with_opt(opt(), opt())}, _ANSWER),
    Row(
        "opt-owner",
        "sends an OPT record whose owner is the queried name",
        {1: with_opt(raw_record(b"\xc0\x0c", 41, b""))},
        _ANSWER,
    ),
    Row("opt-version", "sends an OPT record of version 1", {1: with_opt(opt(version=1), always=False)}, _ANSWER),
    Row(
        "opt-payload-zero",
        "sends an OPT record that announces a payload size of 0 bytes",
        {1: with_opt(opt(payload=0), always=False)},
        _ANSWER,
    ),
    Row(
        "opt-option-too-long",
        "sends an EDNS option that is longer than its record",
        {1: with_opt(raw_record(b"\0", 41, b"\x00\x03\x00\x10ab", 0, 1232), always=False)},
        _ANSWER,
    ),
    Row(
        "opt-client-subnet",
        "sends an unsolicited client-subnet option",
        {1: with_opt(opt((8, b"\x00\x01\x18\x00\xc0\x00\x02")), always=False)},
        _ANSWER,
    ),
    Row(
        "opt-client-subnet-bad",
        "sends a client-subnet option with an unknown address family",
        {1: with_opt(opt((8, b"\x00\x09\x18\x00\xc0\x00\x02")), always=False)},
        _ANSWER,
    ),
    Row(
        "opt-extended-error",
        "sends an extended error (RFC 8914) with the answer",
        {1: with_opt(opt((15, b"\x00\x03stale")), always=False)},
        _ANSWER,
    ),
    Row(
        "opt-extended-error-bad",
        "sends an extended error whose text is not UTF-8",
        {1: with_opt(opt((15, b"\x00\x03\xff\xfe")), always=False)},
        _ANSWER,
    ),
    Row("opt-missing", "sends no OPT record to clients that sent one", {1: says(*OK, with_opt=False)}, _ANSWER),
]

ROWS_EDNS = [*COOKIES, *REFUSED_EDNS, *ODD_OPT]
