"""Parses replies as leniently as glibc does: only the needed parts have to be well-formed.

dnspython's parser rejects a whole message because of one malformed option or record, even if it is not needed. So all parts that are not needed
are made opaque before the message is parsed. Their lengths stay the same, because compressed names point into the message.
"""

import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import cast

import attrs
import dns.exception
import dns.message
import dns.rdatatype

_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")  # type, class, TTL, length of the data: RFC 1035, section 4.1.3
_OPTION = struct.Struct("!HH")  # code, length: RFC 6891, section 6.1.2
_QUESTION_TAIL = 4  # octets: type and class
_OPAQUE = 65280  # the first type for private use: RFC 6895, section 3.1; as an option, unassigned
_CLASS_IN = 1
_ANSWER, _AUTHORITY, _ADDITIONAL = 0, 1, 2
_CNAME, _SOA = int(dns.rdatatype.CNAME), int(dns.rdatatype.SOA)
_LABEL_KIND, _POINTER = 0xC0, 0xC0


@attrs.frozen
class _Record:
    """The position of a record in a message.

    Attributes:
        section: Its section.
        owner: Where its owner begins.
        start: Where its type begins.
        kind: Its type.
        record_class: Its class. In an OPT record, this is the payload size.
        length: Octets of its data.
    """

    section: int
    owner: int
    start: int
    kind: int
    record_class: int
    length: int

    @property
    def data(self) -> int:
        """Where its data begins."""
        return self.start + _RECORD.size


def read_message(wire: bytes, question: dns.message.Message) -> dns.message.Message:
    """Parse a reply. A truncated one (with TC) is parsed as far as possible.

    Its counts have to be right. In the answer section, records of the queried type and CNAME records have to be well-formed. Other records,
    options, signatures, and data after the message need not be.

    Args:
        wire: The message.
        question: The query.

    Raises:
        dns.exception.DNSException: If the reply cannot be parsed.
    """
    kind = int(question.question[0].rdtype)
    try:
        return _parse(_simplified(wire, {(_ANSWER, kind), (_ANSWER, _CNAME), (_AUTHORITY, _SOA)}))
    except dns.exception.DNSException:  # the SOA record may be malformed, and is not needed if there are records
        return _parse(_simplified(wire, {(_ANSWER, kind), (_ANSWER, _CNAME)}))


def _parse(wire: bytes) -> dns.message.Message:
    try:
        return dns.message.from_wire(wire, ignore_trailing=True, raise_on_truncation=True)
    except dns.message.Truncated as error:
        return cast("dns.message.Message", error.message())  # type: ignore[no-untyped-call] # dnspython does not annotate it


def _simplified(wire: bytes, needed: Collection[tuple[int, int]]) -> bytes:
    """Return *wire* with all records made opaque except those whose section and type are *needed*, and one OPT record."""
    message, has_opt = bytearray(wire), False
    with suppress(IndexError, struct.error):  # the message ends too early, which the parser will report
        for record in _records(wire):
            if _is_opt(wire, record) and not has_opt:
                has_opt = True
                _hide_options(message, record)
            elif (record.section, record.kind) not in needed or record.record_class != _CLASS_IN:
                struct.pack_into("!HH", message, record.start, _OPAQUE, _CLASS_IN)
    return bytes(message)


def _records(wire: bytes) -> Iterator[_Record]:
    """Yield the records that are complete in the message.

    Raises:
        IndexError: If the message ends before the last one.
        struct.error: If it ends in the header of one.
    """
    _, _, questions, *counts = _HEADER.unpack_from(wire)
    place = _HEADER.size
    for _ in range(questions):
        place = _after_name(wire, place) + _QUESTION_TAIL
    for section, count in enumerate(counts):
        for _ in range(count):
            start = _after_name(wire, place)
            kind, record_class, _, length = _RECORD.unpack_from(wire, start)
            record = _Record(section, place, start, kind, record_class, length)
            place = record.data + length
            if place > len(wire):
                raise IndexError
            yield record


def _after_name(wire: bytes, place: int) -> int:
    """Return where a name ends: after the root label, or after a pointer."""
    while wire[place]:
        if wire[place] & _LABEL_KIND == _POINTER:
            return place + 2
        place += 1 + wire[place]
    return place + 1


def _is_opt(wire: bytes, record: _Record) -> bool:
    """Return whether *record* is an OPT record in the right place. Its header contains a part of the response code."""
    has_room = record.length == 0 or record.length >= _OPTION.size
    return record.kind == dns.rdatatype.OPT and record.section == _ADDITIONAL and not wire[record.owner] and has_room


def _hide_options(message: bytearray, record: _Record) -> None:
    """Replace all options by one opaque option. None is needed, and dnspython rejects a message because of a malformed one."""
    if record.length:
        _OPTION.pack_into(message, record.data, _OPAQUE, record.length - _OPTION.size)
