"""Reads the replies of c-ares, and selects the records with the right owner, type and class, because c-ares does not check these."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from aiodns.error import DNSError

from ..._util.local_errors import socket_error
from ..dns import DnsAnswer, NameServerError, RecordType, SrvRecord

RECORD_TYPES: dict[RecordType, int] = {"A": 1, "AAAA": 28, "SRV": 33}
_CLASS_IN, _CNAME = 1, 5
_TO_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}  # RFC 4343: only ASCII, not the Kelvin sign


class Status(IntEnum):
    """Status codes of c-ares, as in ares.h, and two of our own, which are negative."""

    TRUNCATED, OTHER_ERROR = -1, -2  # an answer too large for UDP while TCP fails; a response code above REFUSED
    ENODATA, EFORMERR, ESERVFAIL, ENOTFOUND, ENOTIMP, EREFUSED = 1, 2, 3, 4, 5, 6
    EBADRESP, ECONNREFUSED, ETIMEOUT = 10, 11, 12


_RESPONSE_CODES = (Status.EFORMERR, Status.ESERVFAIL, Status.ENOTIMP, Status.EREFUSED)
_MESSAGES: dict[int, str] = {
    Status.TRUNCATED: "the answer is too large for UDP, and the name server does not answer over TCP",
    Status.OTHER_ERROR: "the name server responds with an error code that c-ares does not know",
    **{code: f"the name server responds with {code.name[1:]}" for code in _RESPONSE_CODES},
    Status.EBADRESP: "the name server's reply cannot be parsed",
    Status.ECONNREFUSED: "the name server refuses the connection",
}


def empty_answer_or_error(name: str, failure: DNSError) -> DnsAnswer:
    """Return the empty answer that c-ares reports as an error, or raise `NameServerError` or TimeoutError."""
    number = failure.args[0]
    if number in {Status.ENOTFOUND, Status.ENODATA}:
        return DnsAnswer((), None, name)  # c-ares does not return the SOA record of an empty answer
    if number == Status.ECONNREFUSED and (refusal := socket_error()):
        raise refusal from failure
    if number == Status.ETIMEOUT:
        raise TimeoutError("no answer from the name server") from failure
    raise NameServerError(_MESSAGES.get(number, str(failure.args[-1]))) from failure


def read_answer(name: str, record_type: RecordType, records: Iterable[Any]) -> DnsAnswer:
    """Return the records at the end of the CNAME chain that begins at *name*, with the shortest lifetime of chain and records."""
    internet = [record for record in records if record.record_class == _CLASS_IN]
    aliases = {_normal(record.name): record for record in internet if record.type == _CNAME}
    owner, ttls = name, list[int]()
    while owner in aliases and len(ttls) < len(aliases):  # limited, because the CNAME records may form a loop
        ttls.append(aliases[owner].ttl)
        owner = _normal(aliases[owner].data.cname)
    own = [each for each in internet if each.type == RECORD_TYPES[record_type] and _normal(each.name) == owner]
    ttls += [record.ttl for record in own]
    return DnsAnswer(tuple(_data(record.data, record_type) for record in own), min(ttls, default=None), owner)


def _data(data: Any, record_type: RecordType) -> str | SrvRecord:
    if record_type == "SRV":
        return SrvRecord(data.priority, data.weight, data.port, data.target or ".")
    return str(data.addr)


def _normal(name: str) -> str:
    return name.translate(_TO_LOWER).removesuffix(".")
