"""Damage in replies that the dnspython backend tolerates, and damage that it does not."""

import struct

import dns.exception
import dns.flags
import dns.message
import pytest

from matrix_resolve.backends._dnspython.answers import read_reply
from matrix_resolve.backends._dnspython.replies import read_message

from .helpers_dnspython import FOUND, RIGHT, filled

QUESTION = dns.message.make_query("a.example.", "A", use_edns=0)
_OWNER = b"\xc0\x0c"  # a pointer to the question
_ANSWER, _AUTHORITY, _ADDITIONAL = 6, 8, 10  # the offsets of the counts of the sections


def record(kind: int, data: bytes, owner: bytes = _OWNER, record_class: int = 1) -> bytes:
    return owner + struct.pack("!HHIH", kind, record_class, 9, len(data)) + data


def right(*, edns: bool = False) -> bytes:
    reply = dns.message.make_response(QUESTION)
    reply.use_edns(0 if edns else -1)
    return filled(reply, [RIGHT], [], "NOERROR").to_wire()


def with_last(record: bytes, counted_at: int) -> bytes:
    """Return a message with a record at the end; the sections after it are empty."""
    wire = bytearray(right())
    struct.pack_into("!H", wire, counted_at, struct.unpack_from("!H", wire, counted_at)[0] + 1)
    return bytes(wire) + record


TRUNCATED = bytes([*right()[:2], right()[2] | 2, *right()[3:-3]])


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(right(edns=True), id="right"),
        pytest.param(right() + b"more", id="bytes-behind-it"),
        *[
            pytest.param(with_last(wrong, section), id=f"{name}-in-section-{section}")
            for section in (_ANSWER, _AUTHORITY, _ADDITIONAL)
            for name, wrong in {
                "empty-TXT": record(16, b""),
                "AAAA-of-5-octets": record(28, b"12345"),
                "A-of-another-class": record(1, b"12345", record_class=3),
                "OPT-that-is-too-long": record(41, b"\0\3\0\20ab", b"\0", 1232),
                "OPT-of-2-octets": record(41, b"\0\3", b"\0", 1232),
                "OPT-with-an-owner": record(41, b""),
                "TSIG": record(250, b"\0", b"\0", 255),
            }.items()
        ],
        pytest.param(with_last(record(6, b"\0"), _AUTHORITY), id="SOA-cut-short"),
        pytest.param(with_last(record(1, b"12345"), _ADDITIONAL), id="A-of-5-octets-at-the-end"),
    ],
)
def test_what_is_not_needed_may_be_damaged(wire: bytes) -> None:
    assert read_reply(read_message(wire, QUESTION)) == FOUND


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        right()[:11],
        right()[:-3],
        right(edns=True)[:-3],
        with_last(record(1, b"12345"), _ANSWER),
        with_last(record(5, b"\0more"), _ANSWER),
        with_last(record(16, b"\1a"), _ADDITIONAL)[:-1],
    ],
    ids=["nothing", "header", "cut", "cut-in-OPT", "A-of-5-octets", "CNAME-too-long", "cut-in-TXT"],
)
def test_what_is_needed_may_not(wire: bytes) -> None:
    with pytest.raises(dns.exception.DNSException):
        read_message(wire, QUESTION)


def test_a_truncated_reply_is_read_as_far_as_it_goes() -> None:
    assert read_message(TRUNCATED, QUESTION).flags & dns.flags.TC


def test_a_second_opt_record_is_ignored() -> None:
    wire = bytearray(right(edns=True) + record(41, b"", b"\0", 1232))
    struct.pack_into("!H", wire, _ADDITIONAL, 2)
    assert read_reply(read_message(bytes(wire), QUESTION)) == FOUND
