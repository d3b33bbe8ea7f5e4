"""What a reply of c-ares says: records of the right owner, type and class, or an error.

c-ares does not match the type or class of records to the query, and does not check whose records they are.
"""

from collections.abc import Iterable
from typing import Any

from aiodns import error

from ..dns import DnsAnswer, NameServerError, RecordType, SrvRecord

# Status codes of c-ares, as in ares.h, and DNS numbers, as in RFC 1035: the modules that hold them are not typed.
ENODATA, EFORMERR, ESERVFAIL, ENOTFOUND, ENOTIMP, EREFUSED, EBADRESP, ECONNREFUSED, ETIMEOUT = (
    1,
    2,
    3,
    4,
    5,
    6,
    10,
    11,
    12,
)
TRUNCATED, OTHER_ERROR = -1, -2
"""Ours, as no status of c-ares is negative: the answer does not fit into UDP and TCP does not work; a response code above REFUSED."""
RECORD_TYPES: dict[RecordType, int] = {"A": 1, "AAAA": 28, "SRV": 33}
_CLASS_IN, _CNAME = 1, 5
_NO_SUCH_RECORD = {ENOTFOUND, ENODATA}
_MESSAGES = {
    ESERVFAIL: "the name server says SERVFAIL",
    EREFUSED: "the name server says REFUSED",
    ENOTIMP: "the name server says NOTIMP",
    EFORMERR: "the name server says FORMERR",
    EBADRESP: "the name server's reply cannot be read",
    ECONNREFUSED: "the name server refuses the connection",
    OTHER_ERROR: "the name server answers with an error that c-ares does not know",
    TRUNCATED: "the answer is too large for UDP, and the name server does not answer over TCP",
}
_MAX_CHAIN = 16
_TO_LOWER = {
    code: code + 32 for code in range(ord("A"), ord("Z") + 1)
}  # RFC 4343: ASCII alone; the Kelvin sign is no "k"


def empty_answer_or_error(name: str, failure: error.DNSError) -> DnsAnswer:
    """Return the empty answer that c-ares takes for an error, or raise.

    Raises:
        NameServerError: If the name servers could not answer.
        TimeoutError: If none answered.
    """
    number = failure.args[0]
    if number in _NO_SUCH_RECORD:
        return DnsAnswer((), None, name)  # c-ares does not hand out the SOA record of an empty answer
    if number == ETIMEOUT:
        raise TimeoutError("no answer from the name server") from failure
    raise NameServerError(_MESSAGES.get(number, str(failure.args[-1]))) from failure


def read_answer(name: str, record_type: RecordType, records: Iterable[Any]) -> DnsAnswer:
    """Return the records at the end of the CNAME chain that begins at *name*.

    Args:
        name: The name that was asked for.
        record_type: The type that was asked for.
        records: The answer section: objects with name, type, record_class, ttl and data.

    Returns:
        The answer; its lifetime is the least of the chain and the records.
    """
    internet = [record for record in records if record.record_class == _CLASS_IN]
    aliases = {_normal(record.name): record for record in internet if record.type == _CNAME}
    owner, ttls = name, list[int]()
    while owner in aliases and len(ttls) < _MAX_CHAIN:
        ttls.append(aliases[owner].ttl)
        owner = _normal(aliases[owner].data.cname)
    number = RECORD_TYPES[record_type]
    own = [record for record in internet if record.type == number and _normal(record.name) == owner]
    ttls += [record.ttl for record in own]
    return DnsAnswer(tuple(_data(record.data, record_type) for record in own), min(ttls, default=None), owner)


def _data(data: Any, record_type: RecordType) -> str | SrvRecord:
    if record_type == "SRV":
        return SrvRecord(data.priority, data.weight, data.port, data.target or ".")
    return str(data.addr)


def _normal(name: str) -> str:
    return name.translate(_TO_LOWER).removesuffix(".")
