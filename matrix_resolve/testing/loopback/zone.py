"""The records of an authoritative name server, and the ways in which it can fail. The sockets are in `name_server`.

The server is authoritative for everything: a name that is not in the zone does not exist.
Source: RFC 1035 sections 3 and 4; RFC 2308 (empty answers carry the SOA); RFC 2782 (SRV).
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import attrs
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from ...backends.dns import RecordType

Failure = Literal["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "silence", "truncated"]
"""How a query fails: with a response code, with no reply, or with a truncated reply over UDP, after which the client has to query over TCP."""

_RCODES = {
    "SERVFAIL": dns.rcode.SERVFAIL,
    "REFUSED": dns.rcode.REFUSED,
    "NOTIMP": dns.rcode.NOTIMP,
    "FORMERR": dns.rcode.FORMERR,
}
_LONGEST_CHAIN = 20
_UDP_SIZE = 1232  # bytes; the size that DNS software has agreed on since 2020
_TCP_SIZE = 65535
_Key = tuple[str, str]


@attrs.frozen
class _Fault:
    how: Failure
    times: float


@attrs.frozen
class _Records:
    data: tuple[str, ...]
    ttl: int

    def rrset(self, name: str, kind: str) -> dns.rrset.RRset:
        return dns.rrset.from_text_list(_absolute(name), self.ttl, "IN", kind, self.data)


class Zone:
    """The records of a loopback name server, and the queries that it has received.

    It has the methods of `FakeDns`, so that a test can switch between them.

    Attributes:
        asked: The queries, such as ``"SRV _matrix-fed._tcp.example.org"``, in order.
        asked_over_tcp: The queries that were received over TCP.
        negative_ttl: The SOA minimum, in seconds: how long an empty answer may be cached.
    """

    def __init__(self, *, negative_ttl: int = 300) -> None:
        self.asked: list[str] = []
        self.asked_over_tcp: list[str] = []
        self.negative_ttl = negative_ttl
        self._records: dict[_Key, _Records] = {}
        self._faults: dict[_Key, _Fault] = {}
        self._delays: dict[_Key, float] = {}
        self._raw: dict[_Key, Callable[[dns.message.Message], bytes]] = {}

    def a(self, name: str, *addresses: str, ttl: float = 300.0) -> None:
        """Set the IPv4 addresses of *name*. Without addresses, the name exists but has no A record."""
        self._set(name, "A", addresses, ttl)

    def aaaa(self, name: str, *addresses: str, ttl: float = 300.0) -> None:
        """Set the IPv6 addresses of *name*. Without addresses, the name exists but has no AAAA record."""
        self._set(name, "AAAA", addresses, ttl)

    def srv(self, name: str, *records: str, ttl: float = 300.0) -> None:
        """Set the SRV records of *name*, such as ``"10 0 8443 hs.example.net."``. The dot at the end is optional."""
        self._set(name, "SRV", [record.removesuffix(".") + "." for record in records], ttl)

    def cname(self, name: str, target: str, *, ttl: float = 300.0) -> None:
        """Make *name* an alias of *target*."""
        self._set(name, "CNAME", [_absolute(target).to_text()], ttl)

    def texts(self, name: str, record_type: RecordType) -> list[str]:
        """Return the data of the records of *name*, as strings."""
        records = self._records.get((_normal(name), record_type))
        return [] if records is None else list(records.data)

    def remove(self, name: str) -> None:
        """Remove *name*, so that it no longer exists."""
        for key in [key for key in self._records if key[0] == _normal(name)]:
            del self._records[key]

    def clear(self) -> None:
        """Remove all records and faults. `asked` is not changed."""
        for table in (self._records, self._faults, self._delays, self._raw):
            table.clear()

    def fail(self, name: str, record_type: RecordType, how: Failure = "SERVFAIL", *, times: float = math.inf) -> None:
        """Make a query fail the next *times* times.

        Raises:
            ValueError: If *how* is not a `Failure`.
        """
        if how not in get_args(Failure):
            message = f"{how!r} is not one of {', '.join(get_args(Failure))}"
            raise ValueError(message)
        self._faults[_normal(name), record_type] = _Fault(how, times)

    def delay(self, name: str, record_type: RecordType, seconds: float) -> None:
        """Delay the reply to a query by *seconds*."""
        self._delays[_normal(name), record_type] = seconds

    def reply(self, name: str, record_type: RecordType, make: Callable[[dns.message.Message], bytes]) -> None:
        """Set a function that returns the bytes of the reply to a query, valid or not."""
        self._raw[_normal(name), record_type] = make

    def answer(self, wire: bytes, *, over_tcp: bool) -> tuple[bytes | None, float]:
        """Answer a query.

        Args:
            wire: The query as it was received.
            over_tcp: True if it was received over TCP.

        Returns:
            The reply, or None for no reply, and the seconds to wait before it is sent.

        Raises:
            dns.exception.DNSException: If the query cannot be read.
        """
        query = dns.message.from_wire(wire)
        question = query.question[0]
        key = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self._note(key, over_tcp=over_tcp)
        delay = self._delays.get(key, 0.0)
        if key in self._raw:
            return self._raw[key](query), delay
        how = self._next_fault(key)
        if how == "silence":
            return None, delay
        return self._reply(query, key, how, over_tcp=over_tcp), delay

    def _note(self, key: _Key, *, over_tcp: bool) -> None:
        name, kind = key
        self.asked.append(f"{kind} {name}")
        if over_tcp:
            self.asked_over_tcp.append(f"{kind} {name}")

    def _next_fault(self, key: _Key) -> Failure | None:
        fault = self._faults.get(key)
        if fault is None or fault.times <= 0:
            return None
        self._faults[key] = attrs.evolve(fault, times=fault.times - 1)
        return fault.how

    def _reply(self, query: dns.message.Message, key: _Key, how: Failure | None, *, over_tcp: bool) -> bytes:
        reply = dns.message.make_response(query, recursion_available=True)
        reply.flags |= dns.flags.AA
        if how in _RCODES:
            reply.set_rcode(_RCODES[how])
        elif how == "truncated" and not over_tcp:
            reply.flags |= dns.flags.TC
        else:
            self._fill(reply, key)
        size = _TCP_SIZE if over_tcp else min(query.payload or 512, _UDP_SIZE)
        return reply.to_wire(max_size=size, prefer_truncation=True, want_shuffle=False)

    def _fill(self, reply: dns.message.Message, key: _Key) -> None:
        name, kind = key
        for _ in range(_LONGEST_CHAIN):
            records, alias = self._records.get((name, kind)), self._records.get((name, "CNAME"))
            if records is not None and records.data:
                reply.answer.append(records.rrset(name, kind))
                return
            if alias is None:
                break
            reply.answer.append(alias.rrset(name, "CNAME"))
            name = _normal(alias.data[0])
        if not any(key[0] == name for key in list(self._records)):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        soa = f"ns.invalid. hostmaster.invalid. 1 3600 600 86400 {self.negative_ttl}"
        reply.authority.append(dns.rrset.from_text(".", self.negative_ttl, "IN", "SOA", soa))

    def _set(self, name: str, kind: str, data: Sequence[str], ttl: float) -> None:
        records = _Records(tuple(data), int(ttl))
        try:
            records.rrset(name, kind)
        except (dns.exception.DNSException, ValueError) as error:
            message = f"{name}: {', '.join(map(repr, data))} is not valid in {kind} records: {error}"
            raise ValueError(message) from error
        self._records[_normal(name), kind] = records


def _absolute(name: str) -> dns.name.Name:
    return dns.name.from_text(name.removesuffix(".") + ".")


def _normal(name: str) -> str:
    return name.lower().removesuffix(".")
