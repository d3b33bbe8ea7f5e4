"""The replies of the name server, built from bytes because the testbed must be faster than its clients.

Source: RFC 1035, section 4.1; RFC 2782.
"""

import struct

from ..names import DOMAIN, kind_of

ADDRESS = "45.76.2.10"  # allowed by the address policy; connect_to maps it to loopback
SILENT_ADDRESS = "45.76.2.11"
SRV_PORT = 8443
_TTL = 300
_TYPES = {1: "A", 28: "AAAA", 33: "SRV"}
_SERVICES = {"step33": "_matrix-fed", "step34": "_matrix", "step4": "_matrix-fed", "step5": "_matrix"}
_DELEGATED = {"step33", "step34"}
_FLAGS, _NXDOMAIN = 0x8180, 3  # response, recursion desired and available
_DOMAIN_BYTES = len(DOMAIN) + 2
_SOA, _CLASS_IN = 6, 1
_HEADER = struct.Struct("!HHHHHH")


def read_question(wire: bytes) -> tuple[list[str], str, int]:
    """Return the labels, the record type and the end offset of the question section of a query."""
    labels, at = list[str](), _HEADER.size
    while wire[at]:
        labels.append(wire[at + 1 : at + 1 + wire[at]].decode("ascii").lower())
        at += 1 + wire[at]
    (number,) = struct.unpack_from("!H", wire, at + 1)
    return labels, _TYPES.get(number, "other"), at + 5


def reply_to(wire: bytes) -> tuple[str, bytes | None]:
    """Return the record type of a query, and the reply, or None if the name server does not reply."""
    labels, record_type, end = read_question(wire)
    own = labels[-3]
    if kind_of(own) == "unanswered":
        return record_type, None
    data = _record(labels, record_type, own)
    code = _NXDOMAIN if kind_of(own) == "gone" else 0
    number, *_ = _HEADER.unpack_from(wire)
    header = _HEADER.pack(number, _FLAGS | code, 1, data is not None, data is None, 0)
    if data is None:
        record = _start_of_authority(end - 4 - _DOMAIN_BYTES)
    else:
        record = b"\xc0\x0c" + wire[end - 4 : end] + struct.pack("!IH", _TTL, len(data)) + data
    return record_type, header + wire[_HEADER.size : end] + record


def _start_of_authority(domain_at: int) -> bytes:
    """Return the SOA record that lets a resolver cache an empty answer (RFC 2308, section 3).

    Args:
        domain_at: The offset of the domain in the message.
    """
    domain = struct.pack("!H", 0xC000 | domain_at)
    data = domain + domain + struct.pack("!IIIII", 1, _TTL, _TTL, _TTL, _TTL)
    return domain + struct.pack("!HHIH", _SOA, _CLASS_IN, _TTL, len(data)) + data


def _record(labels: list[str], record_type: str, own: str) -> bytes | None:
    kind = kind_of(own)
    if record_type == "A" and kind != "gone":
        return bytes(map(int, (SILENT_ADDRESS if kind == "silent" else ADDRESS).split(".")))
    if record_type == "SRV" and labels[0] == _SERVICES.get(kind) and (labels[2] == "hs") == (kind in _DELEGATED):
        return struct.pack("!HHH", 0, 0, SRV_PORT) + _name("node", *labels[-3:])
    return None


def _name(*labels: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
