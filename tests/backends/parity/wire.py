"""DNS messages as bytes, so that they can be wrong in any way. Source: RFC 1035, section 4."""

import struct
from collections.abc import Sequence
from typing import Protocol, cast

import attrs
import dns.edns
import dns.message
import dns.name
import dns.rdata
import dns.rdatatype

TO_QUESTION = b"\xc0\x0c"
"""A compressed name that points to the question."""
OPT, COOKIE, IN = 41, 10, 1
QR, AA, TC, RD, RA, Z, AD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020
FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 1, 2, 3, 4, 5
BADVERS, BADCOOKIE = 16, 23


class Message(Protocol):
    """The attributes of dnspython's messages that they have but do not declare."""

    @property
    def options(self) -> "tuple[dns.edns.Option, ...]":
        """The EDNS options."""
        ...


@attrs.frozen
class Query:
    """One query as a name server received it.

    Attributes:
        wire: The message.
        message: The parsed message.
        name: The name in the question as it was sent, without the final dot.
        over_tcp: True if it came over TCP.
        count: How many queries of the same row and contender this name server has received before.
    """

    wire: bytes
    message: dns.message.Message
    name: str
    over_tcp: bool
    count: int

    @property
    def has_edns(self) -> bool:
        """Return whether the query has an OPT record."""
        return self.message.edns >= 0

    @property
    def cookie(self) -> bytes:
        """Return the cookie of the query; empty if there is none."""
        return next((option.to_wire() or b"" for option in self.options if option.otype == COOKIE), b"")

    @property
    def options(self) -> "tuple[dns.edns.Option, ...]":
        """Return the EDNS options of the query."""
        return cast("Message", self.message).options

    @property
    def question(self) -> bytes:
        """Return the question section."""
        end = self.wire.index(b"\0", 12) + 5
        return self.wire[12:end]


def record(line: str, query: Query) -> bytes:
    """Return an encoded record.

    Args:
        line: The record, such as ``"@ 300 A 192.0.2.1"``; ``@`` is the name in the question.
        query: The query.
    """
    owner, ttl, kind, data = line.replace("@", query.name).split(" ", 3)
    owner_wire = TO_QUESTION if line.startswith("@ ") else encode_name(owner)
    rdata = dns.rdata.from_text("IN", kind, data, origin=dns.name.root, relativize=False).to_wire()
    return raw_record(owner_wire, int(dns.rdatatype.from_text(kind)), rdata or b"", int(ttl))


def raw_record(owner: bytes, kind: int, data: bytes, ttl: int = 300, record_class: int = IN) -> bytes:
    """Return an encoded record of any type and class."""
    return owner + struct.pack("!HHIH", kind, record_class, ttl, len(data)) + data


def encode_name(text: str) -> bytes:
    """Return an encoded name without compression."""
    return dns.name.from_text(text, dns.name.root).to_wire() or b""


def opt(*options: tuple[int, bytes], payload: int = 1232, version: int = 0, extended_rcode: int = 0) -> bytes:
    """Return an encoded OPT record. Source: RFC 6891, section 6.1."""
    data = b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options)
    return raw_record(b"\0", OPT, data, ttl=extended_rcode << 24 | version << 16, record_class=payload)


def message(
    query: Query,
    *sections: Sequence[bytes],
    rcode: int = 0,
    flags: int = QR | RD | RA,
    question: bytes | None = None,
    message_id: int | None = None,
) -> bytes:
    """Return an encoded reply.

    Args:
        query: The query to which it replies.
        sections: Answer, authority and additional section.
        rcode: The response code. Only its lower four bits are used; the others belong in the OPT record.
        flags: All other flags.
        question: The question section; None to copy that of the query, empty for no question.
        message_id: The ID; None to copy that of the query.
    """
    asked = query.question if question is None else question
    counts = [len(section) for section in sections] + [0] * (3 - len(sections))
    sent_id = query.message.id if message_id is None else message_id
    header = struct.pack("!HHHHHH", sent_id, flags | rcode & 15, bool(asked), *counts)
    return header + asked + b"".join(b"".join(section) for section in sections)
