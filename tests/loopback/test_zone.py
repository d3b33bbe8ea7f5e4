"""The name server of a loopback federation: faults, raw replies, lifetimes."""

import dns.message
import pytest

from matrix_resolve import (
    LookupFailed,
)
from matrix_resolve.testing import FakeClock, LoopbackFederation
from matrix_resolve.testing.loopback.zone import DnsFailure

from .helpers_loopback import IMPATIENT


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", "NOTIMP", "silence"])
async def test_a_failing_name_server(how: DnsFailure) -> None:
    async with LoopbackFederation() as federation:
        federation.zone.fail("a.example", "A", how)
        federation.zone.fail("a.example", "AAAA", how)
        async with federation.resolver(policy=IMPATIENT) as resolver:
            with pytest.raises(LookupFailed):
                await resolver.resolve("a.example")


async def test_a_fault_passes_and_truncation_leads_to_tcp() -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example", addresses=["198.51.100.7"])
        federation.zone.fail("a.example", "A", "truncated")
        federation.zone.fail("a.example", "AAAA", "SERVFAIL")
        federation.zone.delay("a.example", "A", 0.05)
        clock = FakeClock()
        async with federation.resolver(clock=clock) as resolver:
            first = await resolver.resolve("a.example")
            assert (first.targets[0].ip, first.degraded) == ("198.51.100.7", True)
            clock.advance(3600)
            federation.zone.fail("a.example", "AAAA", "SERVFAIL", times=0)
            assert not (await resolver.resolve("a.example")).degraded
        assert "A a.example" in federation.zone.asked_over_tcp


async def test_a_raw_dns_reply_and_lifetimes() -> None:
    def evil(query: dns.message.Message) -> bytes:
        return dns.message.make_response(query).to_wire()[:5]

    async with LoopbackFederation() as federation:
        federation.server("a.example")
        federation.zone.reply("a.example", "AAAA", evil)
        federation.zone.a("a.example", "198.51.100.1", ttl=77)
        clock = FakeClock()
        async with federation.resolver(clock=clock, policy=IMPATIENT) as resolver:
            resolution = await resolver.resolve("a.example")
    assert [target.ip for target in resolution.targets] == ["198.51.100.1"]
    assert resolution.expires_at <= clock() + 77


async def test_wrong_records_are_refused_when_they_are_set() -> None:
    async with LoopbackFederation() as federation:
        with pytest.raises(ValueError, match="'not-an-address' is not valid in A records"):
            federation.zone.a("a.example", "not-an-address")
        federation.zone.a("empty.example")
        assert federation.zone.texts("empty.example", "A") == []
