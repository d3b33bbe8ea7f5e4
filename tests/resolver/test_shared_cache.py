"""What a resolver stores in a shared cache, and what it uses from there."""

import pytest

from matrix_resolve import (
    AddressBlocked,
    AddressPolicy,
    ResolverPolicy,
    ServerNameResolver,
)
from tests._support.delegating import DELEGATED, delegating, targets
from tests.spec.testbed import Testbed


class TestSharedCache:
    """The records that a resolver shares with others."""

    async def test_spares_the_next_resolver_the_request(self) -> None:
        testbed = delegating()
        async with testbed.resolver() as first, testbed.resolver() as second:
            await first.resolve("example.org")
            resolution = await second.resolve("example.org")
        assert targets(resolution) == DELEGATED
        assert testbed.fetches() == 1
        assert "well-known" in {record.kind for record in resolution.trace if record.cached}

    async def test_brings_news_after_five_minutes(self) -> None:
        testbed = Testbed()
        testbed.dns.a("example.org", "192.0.2.10", ttl=86_400)
        testbed.dns.aaaa("example.org", ttl=86_400)
        async with testbed.resolver(policy=ResolverPolicy(dns_negative_ttl=86_400)) as resolver:
            resolution = await resolver.resolve("example.org")
            assert resolution.expires_at > testbed.clock() + 300
            calls = len(testbed.cache.calls)
            testbed.clock.advance(301)
            await resolver.resolve("example.org")
            assert len(testbed.cache.calls) > calls

    @pytest.mark.parametrize("garbage", [b"", b"{}", b"null", b"\xff", b'{"v":2}', b"[" * 5_000])
    async def test_garbage_is_a_miss(self, garbage: bytes) -> None:
        testbed = delegating()
        await testbed.cache.set("matrix-resolve:2:well-known:example.org", garbage, 1_000)
        async with testbed.resolver() as resolver:
            assert targets(await resolver.resolve("example.org")) == DELEGATED
        assert testbed.fetches() == 1

    async def test_broken_costs_no_answer_and_is_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        testbed = delegating()
        testbed.cache.error = ConnectionError("gone\nfor good")
        async with testbed.resolver() as resolver:
            for name in ("example.org", "EXAMPLE.org", "hs.example.net"):
                await resolver.resolve(name)
        reported = [record.getMessage() for record in caplog.records]
        assert [text.endswith(r"ConnectionError (gone\nfor good)") for text in reported] == [True]

    async def test_is_read_once_for_a_request_that_bypasses_it(self) -> None:
        """Without locks there is no other worker to wait for, so one read before the request is enough."""
        testbed = delegating()
        async with testbed.resolver() as resolver:
            await resolver.resolve("example.org", refresh=True)
            await resolver.invalidate("example.org")
            before = len(testbed.cache.calls)
            await resolver.resolve("example.org")
        assert [method for method, _ in testbed.cache.calls[before:]] == ["get", "set"]

    async def test_never_holds_what_our_address_policy_decided(self) -> None:
        testbed = delegating()
        blind = ServerNameResolver(
            dns=testbed.dns,
            http=testbed.http,
            cache=testbed.cache,
            clock=testbed.clock,
            address_policy=AddressPolicy(deny=["192.0.2.0/24"]),
        )
        async with blind:
            with pytest.raises(AddressBlocked):
                await blind.resolve("example.org")
        assert [call for call in testbed.cache.calls if call[0] == "set"] == []
        async with testbed.resolver() as resolver:
            assert targets(await resolver.resolve("example.org")) == DELEGATED
