"""A DNS backend with a zone in memory."""

import asyncio
import math

from ..backends.dns import DnsAnswer, RecordType, SrvRecord

_Records = tuple[tuple[str | SrvRecord, ...], float]


class FakeDns:
    """A DNS backend that answers from a zone in memory. Names that are not in the zone do not exist.

    It never suspends unless `gate` is set, so a test can run a coroutine that awaits it without an event loop.

    Attributes:
        asked: The queries, as (name, record type) pairs in order.
        gate: If set, queries wait for this event.
        refreshed: The queries that had to bypass caches.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, RecordType]] = []
        self.refreshed: list[tuple[str, RecordType]] = []
        self.gate: asyncio.Event | None = None
        self._records: dict[tuple[str, RecordType], _Records] = {}
        self._aliases: dict[str, tuple[str, float]] = {}
        self._failures: dict[tuple[str, RecordType], tuple[Exception, float]] = {}

    def a(self, name: str, *addresses: str, ttl: float = 300.0) -> None:
        """Set the IPv4 addresses of *name*. Without addresses, remove them."""
        self._records[_normal(name), "A"] = (addresses, ttl)

    def aaaa(self, name: str, *addresses: str, ttl: float = 300.0) -> None:
        """Set the IPv6 addresses of *name*. Without addresses, remove them."""
        self._records[_normal(name), "AAAA"] = (addresses, ttl)

    def srv(self, name: str, *records: str | SrvRecord, ttl: float = 300.0) -> None:
        """Set the SRV records of *name*, such as ``"10 0 8443 hs.example.net."``. Without records, remove them."""
        read = tuple(_srv_record(record) if isinstance(record, str) else record for record in records)
        self._records[_normal(name), "SRV"] = (read, ttl)

    def cname(self, name: str, target: str, *, ttl: float = 300.0) -> None:
        """Make *name* an alias of *target*."""
        self._aliases[_normal(name)] = (_normal(target), ttl)

    def fail(
        self, name: str, record_type: RecordType, error: Exception | None = None, *, times: float = math.inf
    ) -> None:
        """Make a query fail the next *times* times, by default as if the name server answered SERVFAIL.

        Pass ``TimeoutError()`` to simulate a silent name server.
        """
        self._failures[_normal(name), record_type] = (error or OSError("SERVFAIL"), times)

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Answer a query from the zone."""
        question = (name, record_type)
        self.asked.append(question)
        if refresh:
            self.refreshed.append(question)
        if self.gate is not None:
            await self.gate.wait()
        error, times = self._failures.get(question, (None, 0))
        if error is not None and times > 0:
            self._failures[question] = (error, times - 1)
            raise error
        owner, ttls = self._end_of_chain(name)
        records, ttl = self._records.get((owner, record_type), ((), None))
        known = [*ttls, ttl] if ttl is not None and records else ttls
        return DnsAnswer(records, min(known, default=None), owner)

    def _end_of_chain(self, name: str) -> tuple[str, list[float]]:
        ttls: list[float] = []
        while name in self._aliases and len(ttls) < len(self._aliases):
            name, ttl = self._aliases[name]
            ttls.append(ttl)
        return name, ttls


def _srv_record(text: str) -> SrvRecord:
    priority, weight, port, target = text.split()
    return SrvRecord(int(priority), int(weight), int(port), target if target == "." else target.removesuffix("."))


def _normal(name: str) -> str:
    return name.lower().removesuffix(".")
