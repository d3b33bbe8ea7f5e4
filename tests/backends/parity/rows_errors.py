"""Errors, and lame and silent name servers, alone and among several."""

from .replies import ADDRESS, OK, RIGHT, SOA, formerr_without_question, in_turn, refuses, says, sends, silent
from .row import FAILS, NONE, Reply, Row
from .wire import FORMERR, NOTIMP, NXDOMAIN, QR, RD, REFUSED, SERVFAIL, message

_ANSWER = (ADDRESS,)
_BARE = QR | RD
_UPWARD = says(authority=[". 300 NS a.root-servers.net."], flags=_BARE)
_DELEGATION = says(authority=["example 300 NS ns.elsewhere.test."], flags=_BARE)
_EMPTY = says(flags=_BARE)
_EMPTY_RA = says()
_ERRORS: dict[str, tuple[str, Reply]] = {
    "formerr": ("returns FORMERR", refuses(FORMERR)),
    "formerr-opt": ("returns FORMERR with an OPT record", refuses(FORMERR, with_opt=True)),
    "formerr-header": ("returns FORMERR in a reply that is only a header", sends(formerr_without_question)),
    "notimp": ("returns NOTIMP", refuses(NOTIMP)),
    "refused": ("returns REFUSED", refuses(REFUSED)),
    "servfail": ("returns SERVFAIL", refuses(SERVFAIL)),
    "code-9": ("returns NOTAUTH", refuses(9)),
    "code-15": ("returns an unassigned error code", refuses(15)),
    "upward": ("refers the client to the root servers (lame)", _UPWARD),
    "delegation": ("refers the client to other name servers, without RA (lame)", _DELEGATION),
    "lame": ("sends an empty reply without RA or SOA (lame)", _EMPTY),
    "echo": ("sends the query back unchanged", sends(lambda query: query.wire)),
    "garbage": ("sends three bytes", sends(lambda query: query.wire[:3])),
    "cut": (
        "sends a reply that is cut off in the middle of a record, without TC",
        sends(lambda query: message(query, [b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0"])),
    ),
    "silent": ("is silent", silent),
}


def _then_right(key: str) -> Row:
    does, reply = _ERRORS[key]
    return Row(f"{key}-then-right", f"the first {does}; the second answers correctly", {1: reply, 2: RIGHT}, _ANSWER)


def _once(key: str) -> Row:
    does, reply = _ERRORS[key]
    return Row(
        f"{key}-once", f"the only name server first {does}, then answers correctly", {1: in_turn(reply, RIGHT)}, _ANSWER
    )


def _alone(key: str, *right: str) -> Row:
    does, reply = _ERRORS[key]
    return Row(key, f"the only name server {does}", {1: reply}, right)


ROWS_ERRORS = [
    *(_alone(key, FAILS) for key in ("formerr", "notimp", "refused", "servfail", "echo", "silent")),
    *(_alone(key, FAILS, NONE) for key in ("upward", "delegation", "lame")),
    *(_once(key) for key in ("servfail", "garbage", "cut", "silent")),
    *(_then_right(key) for key in _ERRORS),
    Row(
        "dead-then-right",
        "nothing listens at the first address; the second answers correctly",
        {6: silent, 1: RIGHT},
        _ANSWER,
    ),
    Row(
        "three-silent-first",
        "the first of three is silent; the others answer correctly",
        {1: silent, 2: RIGHT, 3: RIGHT},
        _ANSWER,
    ),
    Row(
        "three-silent-two",
        "the first two of three are silent; the last answers correctly",
        {1: silent, 2: silent, 3: RIGHT},
        _ANSWER,
    ),
    Row(
        "three-errors",
        "the first returns REFUSED, the second FORMERR; the third answers correctly",
        {1: refuses(REFUSED), 2: refuses(FORMERR), 3: RIGHT},
        _ANSWER,
    ),
    Row(
        "three-mixed",
        "the first returns SERVFAIL, the second is silent; the third answers correctly",
        {1: refuses(SERVFAIL), 2: silent, 3: RIGHT},
        _ANSWER,
    ),
    Row(
        "four-silent-first",
        "the first of four is silent; the others answer correctly",
        {1: silent, 2: RIGHT, 3: RIGHT, 4: RIGHT},
        _ANSWER,
    ),
    Row(
        "four-last-right",
        "the first three of four return SERVFAIL; the last answers correctly",
        {1: refuses(SERVFAIL), 2: refuses(SERVFAIL), 3: refuses(SERVFAIL), 4: RIGHT},
        _ANSWER,
    ),
    Row(
        "four-silent-three",
        "the first three of four are silent; the last answers correctly",
        {1: silent, 2: silent, 3: silent, 4: RIGHT},
        _ANSWER,
    ),
    Row(
        "nxdomain-is-final",
        "the first returns NXDOMAIN with SOA; the second has an address",
        {1: says(authority=[SOA], rcode=NXDOMAIN), 2: says("@ 300 A 192.0.2.66")},
        (NONE,),
    ),
    Row(
        "nodata-is-final",
        "the first sends an empty answer with SOA; the second has an address",
        {1: says(authority=[SOA]), 2: says("@ 300 A 192.0.2.66")},
        (NONE,),
    ),
    Row(
        "nodata-no-soa-first",
        "the first sends an empty answer with RA, without SOA; the second has an address",
        {1: _EMPTY_RA, 2: RIGHT},
        (NONE, ADDRESS),
    ),
    Row("ra-missing", "answers without RA", {1: says(*OK, flags=_BARE)}, _ANSWER),
]
