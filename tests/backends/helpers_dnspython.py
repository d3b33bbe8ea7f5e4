"""Helpers for the tests of the dnspython backend, and replies for test name servers."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import dns.message
import dns.rcode
import dns.rrset

from matrix_resolve.backends import DnsAnswer
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.testing.loopback.name_server import serve_zone
from matrix_resolve.testing.loopback.zone import DnsFailure, Zone

ONE = ("192.0.2.1",)
FOUND = DnsAnswer(ONE, 300, "a.example")
RIGHT = "a.example. 300 IN A 192.0.2.1"
Tamper = Callable[[dns.message.Message], bytes]


def filled(reply: dns.message.Message, answer: list[str], authority: list[str], rcode: str) -> dns.message.Message:
    """Add records, such as ``"a.example. 300 IN A 192.0.2.1"``, to a reply, each as a separate RRset."""
    for section, lines in ((reply.answer, answer), (reply.authority, authority)):
        for line in lines:
            name, ttl, record_class, kind, data = line.split(" ", 4)
            section.append(dns.rrset.from_text(name, int(ttl), record_class, kind, data))
    reply.set_rcode(dns.rcode.from_text(rcode))
    return reply


def forged(*answer: str) -> Tamper:
    return lambda query: filled(dns.message.make_response(query), list(answer), [], "NOERROR").to_wire()


@asynccontextmanager
async def backend_before(
    zone: Zone,
    *before: str,
    with_tcp: bool = True,
    timeout: float = 10.0,  # noqa: ASYNC109 - of the backend
) -> AsyncGenerator[DnspythonBackend]:
    """Yield a backend with a name server for *zone*, after the name servers in *before*."""
    async with serve_zone(zone, with_tcp=with_tcp) as server:
        yield DnspythonBackend([*before, server.address], timeout=timeout, retry_interval=0.05)


def zone_with(failure: DnsFailure | None = None, *, times: float = 1) -> Zone:
    zone = Zone()
    zone.a("a.example", "192.0.2.1")
    if failure is not None:
        zone.fail("a.example", "A", failure, times=times)
    return zone
