"""DNS backends that each send wrong queries or handle replies and failures wrongly, and the checks that must fail."""

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Any, cast

import dns.asyncquery
import dns.message
import dns.query
import dns.rdatatype

from matrix_resolve import DnsAnswer, RecordType, SrvRecord

from .third_party_backends import SmallDns


class Remembers(SmallDns):
    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.known: dict[tuple[str, RecordType], DnsAnswer] = {}

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        if (name, record_type) not in self.known:
            self.known[name, record_type] = await super().lookup(name, record_type, refresh=refresh)
        return self.known[name, record_type]


class EndsOthers(SmallDns):
    """Whatever ends one query ends all queries."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.tasks: set[asyncio.Task[DnsAnswer]] = set()

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        if refresh:
            self.end()
        task = asyncio.ensure_future(super().lookup(name, record_type))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        try:
            return await task
        except (Exception, asyncio.CancelledError):
            self.end()
            raise

    def end(self) -> None:
        for task in self.tasks:
            task.cancel()


class OneReplyForAll(SmallDns):
    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        self.reply = await super().ask(query)
        await asyncio.sleep(0.01)
        return self.reply


class FailsForEver(SmallDns):
    failed = False

    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        if self.failed:
            raise OSError("failed before")
        self.failed = True
        answer = super().read(name, reply)
        self.failed = False
        return answer


class LocksForEver(SmallDns):
    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.lock = asyncio.Lock()

    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        await self.lock.acquire()
        reply = await super().ask(query)
        self.lock.release()
        return reply


class CannotBeCancelled(SmallDns):
    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        task = asyncio.ensure_future(super().ask(query))
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                continue
        return task.result()


class TakesAll(SmallDns):
    """Accepts all records of the right type, whatever their owner."""

    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        rrsets: list[Any] = [*reply.answer]
        records = [data for rrset in rrsets if self.is_wanted(name, reply, rrset) for data in rrset]
        ttls = [rrset.ttl for rrset in rrsets]
        return DnsAnswer(tuple(map(self.record, records)), min(ttls, default=None), name)

    def is_wanted(self, name: str, reply: dns.message.Message, rrset: Any) -> bool:
        del name
        return bool(rrset.rdtype == reply.question[0].rdtype)


class TakesAllTypes(TakesAll):
    def is_wanted(self, name: str, reply: dns.message.Message, rrset: Any) -> bool:
        del reply
        return bool(str(rrset.name) == f"{name}.")

    def record(self, data: Any) -> str | SrvRecord:
        return str(data)


class BelievesAnything(TakesAll):
    """Reads the first datagram that arrives, whatever its ID, its question and the class of its records."""

    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        wire = await asyncio.to_thread(self.exchange, query.to_wire())
        wire = wire.replace(b"\xc0\x0c\x00\x01\x00\x03", b"\xc0\x0c\x00\x01\x00\x01")
        return dns.message.from_wire(wire)

    def exchange(self, wire: bytes) -> bytes:
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            sock.sendto(wire, (self.host, self.port))
            return sock.recv(65535)


class KnowsCapitals(SmallDns):
    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        wanted, records = f"{name}.", list[Any]()
        rrsets: list[Any] = [*reply.answer]
        for rrset in rrsets:
            if rrset.name.to_text() == wanted and rrset.rdtype == dns.rdatatype.CNAME:
                wanted = rrset[0].target.to_text()
            elif rrset.name.to_text() == wanted:
                records += rrset
        return DnsAnswer(tuple(map(self.record, records)), 300, wanted[:-1].lower())


class AsksForEachAlias(SmallDns):
    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        del refresh
        while True:
            reply = await self.ask(dns.message.make_query(name + ".", record_type))
            aliases = [cast("Any", rrset[0]) for rrset in reply.answer if rrset.rdtype == dns.rdatatype.CNAME]
            if not aliases:
                return self.read(name, reply)
            name = str(aliases[0].target)[:-1]


class UdpOnly(SmallDns):
    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        return await dns.asyncquery.udp(query, self.host, timeout=2, port=self.port)


class FollowsTheSearchList(SmallDns):
    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        answer = await super().lookup(name, record_type, refresh=refresh)
        if answer.records:
            return answer
        return await super().lookup(f"{name}.{os.environ['LOCALDOMAIN']}", record_type, refresh=refresh)


class Blocks(SmallDns):
    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        return dns.query.udp(query, self.host, timeout=5, port=self.port)


class Hangs(SmallDns):
    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        await asyncio.Event().wait()
        return query


class CancelsItself(SmallDns):
    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        del query
        raise asyncio.CancelledError


BROKEN: list[tuple[Callable[[str], SmallDns], set[str]]] = [
    (Remembers, {"refresh-is-not-cached", "refresh-of-nothing"}),
    (EndsOthers, {"refresh-leaves-others", "cancelling-leaves-others", "failure-leaves-others"}),
    (OneReplyForAll, {"each-its-own-answer", "three-types-at-once"}),
    (FailsForEver, {"usable-after-failures"}),
    (LocksForEver, {"silence"}),
    (CannotBeCancelled, {"silence"}),
    (TakesAll, {"foreign-records", "foreign-records-beside-ours"}),
    (TakesAllTypes, {"other-types-in-the-reply"}),
    (BelievesAnything, {"other-class", "reply-with-another-id", "reply-to-another-question"}),
    (KnowsCapitals, {"owner-in-any-case"}),
    (AsksForEachAlias, {"cname-loop"}),
    (UdpOnly, {"truncated-over-udp", "a-thousand-records"}),
    (FollowsTheSearchList, {"no-search-list"}),
    (Blocks, {"does-not-block-the-event-loop"}),
    (Hangs, {"a-records"}),
    (CancelsItself, {"a-records"}),
]
