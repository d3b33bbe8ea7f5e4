"""Replies that a resolver must reject (RFC 5452, section 9.1), alone and before the right one; also odd headers."""

from collections.abc import Callable

from .replies import ADDRESS, OK, late, says, sends, together
from .row import FAILS, TRAP, Reply, Row
from .wire import AA, QR, RA, RD, Query, encode_name, message, raw_record, record

_ANSWER = (ADDRESS,)
_FORGED = f"@ 300 A {TRAP}"
_A, _AAAA, _CH = b"\0\1\0\1", b"\0\x1c\0\1", b"\0\1\0\3"
_BAD: dict[str, tuple[str, Callable[[Query], bytes]]] = {
    "wrong-id": (
        "with a different ID",
        lambda query: message(query, [record(_FORGED, query)], message_id=query.message.id ^ 1),
    ),
    "zero-id": ("with the ID 0", lambda query: message(query, [record(_FORGED, query)], message_id=0)),
    "wrong-name": (
        "to a question for another name",
        lambda query: message(query, [record(_FORGED, query)], question=encode_name(f"x{query.name[1:]}") + _A),
    ),
    "wrong-type": (
        "to a question for another type",
        lambda query: message(query, [record(_FORGED, query)], question=query.question[:-4] + _AAAA),
    ),
    "wrong-class": (
        "to a question of another class",
        lambda query: message(query, [record(_FORGED, query)], question=query.question[:-4] + _CH),
    ),
    "no-question": (
        "without a question",
        lambda query: message(query, [raw_record(encode_name(query.name), 1, b"\xc0\0\2\x42")], question=b""),
    ),
    "empty-datagram": ("of zero bytes", lambda _: b""),
    "header-only": ("that is cut off after six bytes", lambda query: message(query)[:6]),
}


def _first(key: str) -> Row:
    does, make = _BAD[key]
    return Row(
        f"{key}-first", f"sends a reply {does}, then the right one", {1: together(sends(make), late(0.2))}, _ANSWER
    )


def _alone(key: str) -> Row:
    does, make = _BAD[key]
    return Row(key, f"sends only a reply {does}", {1: sends(make)}, (FAILS,))


def _odd(key: str, does: str, reply: Reply) -> Row:
    return Row(key, does, {1: reply}, _ANSWER)


ODD_HEADERS = [
    # RFC 5452 does not list these among the replies to reject, and their ID, question and address are right: so both
    # outcomes are right.
    Row(
        "qr-0",
        "marks the answer as a query (QR=0)",
        {1: says(*OK, flags=RD | RA)},
        (ADDRESS, FAILS),
    ),
    Row(
        "opcode",
        "sends the answer with a different opcode",
        {1: says(*OK, flags=QR | RD | RA | 0x2000)},
        (ADDRESS, FAILS),
    ),
    _odd("trailing", "sends eight bytes after the message", says(*OK, after=b"\0\1\2\3\4\5\6\7")),
    _odd("trailing-zeros", "adds 400 zero bytes after the message", says(*OK, after=b"\0" * 400)),
    _odd("all-flags", "sets all flags except TC", says(*OK, flags=QR | RD | RA | AA | 0x70)),
    _odd(
        "count-too-small",
        "sends one more record than the header announces",
        sends(lambda query: message(query, [record(OK[0], query)]) + raw_record(b"\xc0\x0c", 1, b"\xc0\0\2\2")),
    ),
    Row(
        "count-too-large",
        "announces one more additional record than it sends, as if the datagram had been cut off",
        {1: sends(lambda query: _with_count(message(query, [record(OK[0], query)])))},
        (ADDRESS, FAILS),
    ),
]


def _with_count(wire: bytes) -> bytes:
    return wire[:10] + b"\0\1" + wire[12:]


ROWS_SPOOFED = [*map(_alone, _BAD), *map(_first, _BAD), *ODD_HEADERS]
