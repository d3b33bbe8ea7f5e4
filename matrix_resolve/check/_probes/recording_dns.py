"""Make the DNS queries of a check. Each query is made once, their number is limited, and failures are recorded as replies."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping

from ..._address_families import listed_families
from ..._dns.hosts import refused_zone
from ..._util.causes import os_error_text
from ...backends.dns import DnsAnswer, DnsBackend, RecordType, SrvRecord
from ...discovery.srv import classify_srv_records
from ...discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE
from ...policy import Family, ResolverPolicy
from ...server_name import canonical_ip
from ..bounds import MAX_DNS_NAMES, Bounds
from ..evidence import DnsReply
from .once import Once

SERVICES = (FEDERATION_SERVICE, DEPRECATED_SERVICE)
_TYPES: Mapping[Family, RecordType] = {"v6": "AAAA", "v4": "A"}


class RecordingDns:
    """Makes each DNS query once, and records the reply or the failure.

    Args:
        dns: The backend.
        policy: Deadlines and limits.
        bounds: Records what is left out.
    """

    def __init__(self, dns: DnsBackend, policy: ResolverPolicy, bounds: Bounds) -> None:
        self._dns = dns
        self._policy = policy
        self._bounds = bounds
        self._limit = asyncio.Semaphore(policy.max_dns_queries)
        self._replies: Once[tuple[str, RecordType], DnsReply] = Once()
        self._names: set[str] = set()

    @property
    def replies(self) -> tuple[DnsReply, ...]:
        """The replies and failures so far."""
        return tuple(self._replies.results.values())

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The queries that have no reply yet."""
        return tuple(" ".join(question) for question in self._replies.pending)

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses of *host* in the address families of the policy; empty if there are none or the queries failed."""
        async with asyncio.TaskGroup() as group:
            replies = [group.create_task(self.ask(host, _TYPES[family])) for family in listed_families(self._policy)]
        return tuple(dict.fromkeys(ip for reply in replies for ip in reply.result().records))

    async def srv(self, host: str) -> None:
        """Query both SRV names of *host*, and the addresses of the targets."""
        async with asyncio.TaskGroup() as group:
            both = [group.create_task(self.ask(f"{service}.{host}", "SRV")) for service in SERVICES]
        records = [record for reply in both for record in reply.result().srv.records]
        targets = dict.fromkeys(record.target for record in sorted(records, key=lambda record: record.priority))
        async with asyncio.TaskGroup() as group:
            for target in targets:
                group.create_task(self.addresses(target))

    async def ask(self, name: str, record_type: RecordType) -> DnsReply:
        """Return the reply to a query, which is made only once."""
        if len(self._names) >= MAX_DNS_NAMES and name not in self._names:
            self._bounds.leave_out("dns", name, "names")
            return DnsReply(name, record_type, failure="not asked")
        self._names.add(name)
        return await self._replies.get((name, record_type), lambda: self._lookup(name, record_type))

    async def _lookup(self, name: str, record_type: RecordType) -> DnsReply:
        zone = refused_zone(name, self._policy)
        if zone is not None:
            return DnsReply(name, record_type, failure=f"names in .{zone} are not queried in the DNS")
        try:
            async with self._limit, asyncio.timeout(self._policy.dns_timeout):
                answer = await self._dns.lookup(name, record_type)
        except TimeoutError:
            return DnsReply(name, record_type, failure="no answer in time")
        except Exception as error:  # noqa: BLE001 - the contract: any exception means "could not answer"
            return DnsReply(name, record_type, failure=os_error_text(error))
        return self._reply(name, record_type, answer)

    def _reply(self, name: str, record_type: RecordType, answer: DnsAnswer) -> DnsReply:
        """Return the reply with the records that the rest of the library would use."""
        canonical_name = answer.canonical_name.lower().removesuffix(".") or name
        if record_type == "SRV":
            records = [record for record in answer.records if isinstance(record, SrvRecord)]
            srv = classify_srv_records(records, at_most=self._policy.max_srv_records)
            return DnsReply(name, record_type, canonical_name=canonical_name, srv=srv)
        texts = [record for record in answer.records if isinstance(record, str)]
        if len(texts) > self._policy.max_addresses:
            self._bounds.leave_out("dns", f"{name} {record_type}", "addresses")
        addresses = tuple(_addresses(texts[: self._policy.max_addresses]))
        return DnsReply(name, record_type, addresses, canonical_name=canonical_name)


def _addresses(texts: Iterable[str]) -> Iterator[str]:
    """Yield the addresses in their canonical form."""
    for text in texts:
        with contextlib.suppress(ValueError):
            yield canonical_ip(text)
