"""Truncation, TCP, sizes, and datagrams that arrive late, twice or from elsewhere."""

from typing import Literal

import attrs

from .replies import (
    ADDRESS,
    FORGED,
    OK,
    RIGHT,
    TRUNCATED,
    closes,
    fitting,
    in_turn,
    late,
    says,
    section,
    silent,
    tcp,
    together,
)
from .row import CLOSE, FAILS, Reply, Row, Sending
from .wire import QR, RA, RD, TC, Query, message

_ANSWER = (ADDRESS,)


def _addresses(count: int) -> tuple[tuple[str, ...], tuple[str]]:
    """Return the lines of *count* addresses, and the outcome."""
    found = [f"198.51.{number // 250}.{number % 250 + 1}" for number in range(count)]
    return tuple(f"@ 300 A {each}" for each in found), (", ".join(sorted(found)),)


_LARGE, _LARGE_OUTCOME = _addresses(250)  # some 4,000 octets, or more
_MID, _MID_OUTCOME = _addresses(30)
_HUGE, _HUGE_OUTCOME = _addresses(1500)
_TARGETS = tuple(
    f"@ 300 SRV 10 {number} 8448 target-of-this-service-{number}.matrix.example." for number in range(1, 41)
)
_TARGETS_OUTCOME = (", ".join(sorted(line.removeprefix("@ 300 SRV ").removesuffix(".") for line in _TARGETS)),)


def _framed(query: Query) -> bytes:
    wire = message(query, section(query, OK))
    return len(wire).to_bytes(2, "big") + wire


def _closes_after(octets: int) -> Reply:
    return tcp(lambda query: closes(_framed(query)[:octets])(query), TRUNCATED)


def _in_pieces(query: Query) -> list[Sending]:
    wire = _framed(query)
    return [Sending(wire[at : at + 7], is_framed=False, delay=0.01) for at in range(0, len(wire), 7)]


def _from(source: Literal["address", "port"], reply: Reply) -> Reply:
    return lambda query: [attrs.evolve(sending, source=source) for sending in reply(query)]


def _twice(query: Query) -> list[Sending]:
    return [*RIGHT(query), *RIGHT(query), *late(0.3)(query)]


TCP = [
    Row(
        "tc",
        "sets TC instead of sending a large answer, and sends all of it over TCP",
        {1: fitting(says(*_LARGE))},
        _LARGE_OUTCOME,
    ),
    Row(
        "tc-srv",
        "sets TC instead of sending forty SRV records, and sends all of them over TCP",
        {1: fitting(says(*_TARGETS))},
        _TARGETS_OUTCOME,
        "SRV",
    ),
    Row(
        "tc-with-some",
        "sends some of the addresses with TC, and all of them over TCP",
        {1: tcp(says(*_MID), says(*_MID[:3], flags=QR | RD | RA | TC))},
        _MID_OUTCOME,
    ),
    Row(
        "tc-huge",
        "sets TC, and sends an answer of 24,000 bytes over TCP",
        {1: tcp(says(*_HUGE), TRUNCATED)},
        _HUGE_OUTCOME,
    ),
    Row("tc-tcp-refused", "sets TC, but refuses TCP connections", {5: TRUNCATED}, (FAILS,)),
    Row(
        "tc-some-tcp-refused",
        "sends some of the addresses with TC, but refuses TCP connections",
        {5: says(*_MID[:3], flags=QR | RD | RA | TC)},
        (FAILS,),
    ),
    Row(
        "tc-tcp-refused-second",
        "the first sets TC but refuses TCP connections; the second answers",
        {5: TRUNCATED, 1: RIGHT},
        _ANSWER,
    ),
    Row("tc-tcp-silent", "sets TC, but is silent over TCP", {1: tcp(silent, TRUNCATED)}, (FAILS,)),
    Row(
        "tc-tcp-silent-second",
        "the first sets TC but is silent over TCP; the second answers",
        {1: tcp(silent, TRUNCATED), 2: RIGHT},
        _ANSWER,
    ),
    Row(
        "tc-tcp-closes",
        "sets TC, but closes the TCP connection without a reply",
        {1: tcp(closes(), TRUNCATED)},
        (FAILS,),
    ),
    Row(
        "tc-tcp-closes-second",
        "the first sets TC but closes the TCP connection; the second answers",
        {1: tcp(closes(), TRUNCATED), 2: RIGHT},
        _ANSWER,
    ),
    Row(
        "tcp-closes-after-length",
        "sets TC, but closes the TCP connection after the length field of the reply",
        {1: _closes_after(2)},
        (FAILS,),
    ),
    Row(
        "tcp-closes-in-the-middle",
        "sets TC, but closes the TCP connection in the middle of the reply",
        {1: _closes_after(30)},
        (FAILS,),
    ),
    Row(
        "tcp-closes-once",
        "sets TC, closes the TCP connection in the middle of the reply once, and then answers correctly",
        {1: tcp(in_turn(TRUNCATED, lambda query: closes(_framed(query)[:30])(query), RIGHT), TRUNCATED)},
        _ANSWER,
    ),
    Row(
        "tcp-middle-second",
        "the first closes the TCP connection in the middle of the reply; the second answers",
        {1: _closes_after(30), 2: RIGHT},
        _ANSWER,
    ),
    Row(
        "tcp-in-pieces",
        "sets TC, and sends the reply over TCP in pieces of seven bytes",
        {1: tcp(_in_pieces, TRUNCATED)},
        _ANSWER,
    ),
    Row(
        "tcp-closes-after-reply",
        "sets TC, and closes the TCP connection after the reply",
        {1: tcp(lambda query: [*RIGHT(query), CLOSE], TRUNCATED)},
        _ANSWER,
    ),
    Row(
        "tcp-tc-again",
        "sets TC over UDP, and sends the complete answer over TCP with TC still set",
        {1: tcp(says(*OK, flags=QR | RD | RA | TC), TRUNCATED)},
        (ADDRESS, FAILS),
    ),
]

DATAGRAMS = [
    Row(
        "udp-4096",
        "sends 4,000 bytes in a datagram, whatever size the client accepts",
        {1: says(*_LARGE)},
        _LARGE_OUTCOME,
    ),
    Row(
        "udp-above-512",
        "sends 1,100 bytes in a datagram to every client, even without EDNS",
        {1: says(*_addresses(65)[0])},
        _addresses(65)[1],
    ),
    Row(
        "udp-above-1232",
        "sends 1,900 bytes in a datagram to every client",
        {1: says(*_addresses(115)[0])},
        _addresses(115)[1],
    ),
    Row(
        "cut-without-tc",
        "cuts the datagram off at 512 bytes without TC (the answer is complete over TCP)",
        {1: tcp(says(*_LARGE), lambda query: [Sending(says(*_LARGE)(query)[0].wire[:512])])},
        _LARGE_OUTCOME,
    ),
    Row(
        "cut-at-limit",
        "cuts the datagram off at the size that the client accepts, without TC (the answer is complete over TCP)",
        {
            1: tcp(
                says(*_LARGE), lambda query: [Sending(says(*_LARGE)(query)[0].wire[: max(query.message.payload, 512)])]
            )
        },
        _LARGE_OUTCOME,
    ),
    Row("late", "answers every query after 2.5 s", {1: late(2.5)}, _ANSWER),
    Row(
        "late-first",
        "sends the first reply 1.5 s late, and the others at once",
        {1: in_turn(late(1.5), RIGHT)},
        _ANSWER,
    ),
    Row("twice", "sends each reply three times", {1: _twice}, _ANSWER, before="before.@.example"),
    Row("other-address", "answers from another address", {1: tcp(silent, _from("address", FORGED))}, (FAILS,)),
    Row(
        "other-address-first",
        "a forged reply from another address arrives first",
        {1: tcp(RIGHT, together(_from("address", FORGED), late(0.2)))},
        _ANSWER,
    ),
    Row("other-port", "answers from another port", {1: tcp(silent, _from("port", FORGED))}, (FAILS,)),
    Row(
        "other-port-first",
        "a forged reply from another port arrives first",
        {1: tcp(RIGHT, together(_from("port", FORGED), late(0.2)))},
        _ANSWER,
    ),
]
ROWS_TRANSPORT = [*TCP, *DATAGRAMS]
