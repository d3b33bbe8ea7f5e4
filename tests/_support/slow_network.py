"""A network on a virtual clock: honest names answer after a short time, dead names never do."""

import asyncio
from collections.abc import Mapping, Sequence

from matrix_resolve import ServerNameResolver
from matrix_resolve.backends import DnsAnswer, HttpResponse, RecordType, SrvRecord

ADDRESS, SERVER = "9.9.9.7", "hs.example.net"
_DNS_SECONDS, _HTTP_SECONDS = 0.02, 0.1
_LATE = 3600.0


class SlowNetwork:
    """A DNS and an HTTP backend.

    Every name has one address and a well-known document that delegates to `SERVER`, with three exceptions. Names below
    ``dead`` get no DNS reply. Web hosts below ``hanging`` send no response. Names below ``crowded`` have no document
    but SRV records with 128 targets, which get no DNS reply.

    Attributes:
        queries: How many DNS queries were made.
        requests: How many HTTP requests were made.
        most_queries: The most DNS queries that were in flight at the same time.
        most_requests: The most HTTP requests that were in flight at the same time.
        is_dead: True if no name gets a DNS reply any more.
    """

    def __init__(self, *, http_seconds: float = _HTTP_SECONDS) -> None:
        self._http_seconds = http_seconds
        self.queries = self.requests = self.most_queries = self.most_requests = 0
        self._open_queries = self._open_requests = 0
        self.is_dead = False

    def resolver(self) -> ServerNameResolver:
        """Return a resolver with the default settings in this network."""
        return ServerNameResolver(dns=self, http=self)

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Answer a DNS query."""
        del refresh
        self.queries += 1
        self._open_queries += 1
        self.most_queries = max(self.most_queries, self._open_queries)
        try:
            await asyncio.sleep(_LATE if self.is_dead or name.endswith(".dead") else _DNS_SECONDS)
        finally:
            self._open_queries -= 1
        return DnsAnswer(_records(name, record_type), 300.0, name)

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        """Answer an HTTP request."""
        del addresses, headers, max_bytes, timeout
        host = url.split("/")[2]
        self.requests += 1
        self._open_requests += 1
        self.most_requests = max(self.most_requests, self._open_requests)
        try:
            await asyncio.sleep(_LATE if host.endswith(".hanging") else self._http_seconds)
        finally:
            self._open_requests -= 1
        if host.endswith(".crowded"):
            return HttpResponse(404, (), b"")
        return HttpResponse(200, (), b'{"m.server": "%s"}' % SERVER.encode())


def _records(name: str, record_type: RecordType) -> tuple[str | SrvRecord, ...]:
    if record_type == "A":
        return (ADDRESS,)
    if record_type == "SRV" and name.endswith(".crowded"):
        return tuple(SrvRecord(10, 0, 8448, f"t{number}.{name.split('.')[2]}.dead") for number in range(128))
    if record_type == "SRV" and name.endswith(f".{SERVER}"):
        return (SrvRecord(10, 0, 8443, SERVER),)
    return ()
