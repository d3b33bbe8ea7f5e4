"""A well-known document that is not requested: the trace says so once, and why, as facts."""

import asyncio
import errno

import pytest

from matrix_resolve import HttpResponse, Resolution, ResolverPolicy, TraceRecord
from matrix_resolve.reasons import Reason
from matrix_resolve.resolver import ServerNameResolver
from matrix_resolve.testing import FakeClock, FakeDns, FakeHttp, FakeLockingCache
from matrix_resolve.testing.http import well_known_url
from tests._support.waiting import settle, until
from tests.spec.testbed import Testbed

_SRV = "_matrix-fed._tcp.s.example SRV 0 0 8443 t1.example.com."
_URL = well_known_url("s.example")


def _reason(records: tuple[TraceRecord, ...]) -> Reason:
    """Return the reason of the only record about a document that was not requested."""
    (record,) = [record for record in records if record.reason is not None]
    assert record.kind == "well-known"
    assert record.reason is not None
    assert [other for other in records if other.question == record.question] == [record]
    return record.reason


async def _resolved(testbed: Testbed, policy: ResolverPolicy | None = None) -> Resolution:
    async with testbed.resolver(policy=policy) as resolver:
        return await resolver.resolve("s.example")


async def test_the_host_has_no_address() -> None:
    reason = _reason((await _resolved(Testbed(_SRV))).trace)
    assert reason == Reason.of("host-without-address", host="s.example")


async def test_the_address_policy_refuses_the_address() -> None:
    reason = _reason((await _resolved(Testbed(_SRV, "s.example A 10.0.0.1"))).trace)
    assert reason == Reason.of("host-refused", host="s.example", address="10.0.0.1", rule="10.0.0.0/8 private use")


async def test_the_addresses_cannot_be_looked_up() -> None:
    testbed = Testbed(_SRV, "s.example A SERVFAIL", "s.example AAAA SERVFAIL")
    reason = _reason((await _resolved(testbed)).trace)
    assert reason.code == "queries-failed"
    assert [each.text("record_type") for each in reason.chain if each.code == "query-failed"] == ["AAAA", "A"]


async def test_a_redirect_leads_to_a_zone_that_is_never_queried() -> None:
    testbed = Testbed(_SRV, "s.example A 192.0.2.10")
    testbed.well_known(HttpResponse(302, headers=(("Location", "https://x.onion/"),)), hostname="s.example")
    reason = _reason((await _resolved(testbed)).trace)
    assert reason == Reason.of("zone-refused", host="x.onion", zone="onion")


async def test_a_redirect_leads_to_a_host_without_an_address() -> None:
    testbed = Testbed(_SRV, "s.example A 192.0.2.10")
    testbed.well_known(HttpResponse(302, headers=(("Location", "https://no.example/"),)), hostname="s.example")
    resolution = await _resolved(testbed)
    assert _reason(resolution.trace) == Reason.of("host-without-address", host="no.example")
    assert [warning.code for warning in resolution.warnings] == ["well-known-failed"]


@pytest.mark.parametrize("answer", [HttpResponse(503), OSError(errno.EMFILE, "Too many open files")])
async def test_it_is_not_requested_again_yet(answer: HttpResponse | OSError) -> None:
    """After a failure of the host or of this machine, a later resolution waits before it requests the document again."""
    testbed = Testbed(_SRV, "s.example A 192.0.2.10")
    testbed.well_known(answer, hostname="s.example")
    async with testbed.resolver(
        policy=ResolverPolicy(dns_min_ttl=0, dns_max_ttl=1, shared_cache_interval=1)
    ) as resolver:
        first = await resolver.resolve("s.example")
        assert [record.reason for record in first.trace] == [None] * len(first.trace)
        testbed.clock.advance(2)
        again = await resolver.resolve("s.example")
    assert testbed.fetches("s.example") == 1
    reason = _reason(again.trace)
    assert reason.code == "not-requested-yet"
    assert reason.text("host") == "s.example"
    cause = reason.find("status", "request-failed")
    assert cause is not None
    assert cause.text("url") == _URL


async def test_the_first_failure_of_this_machine_is_a_failed_request() -> None:
    testbed = Testbed(_SRV, "s.example A 192.0.2.10")
    testbed.well_known(OSError(errno.EMFILE, "Too many open files"), hostname="s.example")
    (record,) = [record for record in (await _resolved(testbed)).trace if record.question == _URL]
    assert (record.kind, record.reason, record.error is not None) == ("http", None, True)


async def test_another_worker_requested_it() -> None:
    clock, http, goes = FakeClock(), FakeHttp(), asyncio.Event()
    cache = FakeLockingCache(clock)
    http.gate = goes
    http.well_known("example.org", "1.2.3.4:443")
    dns = FakeDns()
    dns.a("example.org", "1.2.3.4")
    async with (
        ServerNameResolver(dns=dns, http=http, cache=cache, clock=clock) as one,
        ServerNameResolver(dns=dns, http=http, cache=cache, clock=clock) as other,
    ):
        first = asyncio.create_task(one.resolve("example.org"))
        await until(lambda: len(http.requests) == 1)
        second = asyncio.create_task(other.resolve("example.org"))
        await settle()
        goes.set()
        assert [record.reason for record in (await first).trace if record.reason] == []
        reason = _reason((await second).trace)
    assert reason == Reason.of("requested-by-another-worker", host="example.org")


async def test_a_cached_delegation_is_no_such_case() -> None:
    testbed = Testbed()
    testbed.well_known("t1.example.com:443")
    async with testbed.resolver() as first, testbed.resolver() as second:
        await first.resolve("example.org")
        resolution = await second.resolve("example.org")
    assert [record.kind for record in resolution.trace if record.cached] == ["well-known"]
    assert [record.reason for record in resolution.trace if record.reason] == []
