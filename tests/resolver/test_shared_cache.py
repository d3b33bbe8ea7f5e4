"""What a resolver leaves in a shared cache, and what it takes from there."""

import pytest

from matrix_resolve import (
    AddressPolicy,
    NoTargets,
    ResolverPolicy,
    ServerNameResolver,
)
from tests._support.delegating import DELEGATED, delegating, targets
from tests.spec.testbed import World


class TestSharedCache:
    """What others may read, and what comes from others."""

    async def test_spares_the_next_resolver_the_request(self) -> None:
        world = delegating()
        async with world.resolver() as first, world.resolver() as second:
            await first.resolve("example.org")
            resolution = await second.resolve("example.org")
        assert targets(resolution) == DELEGATED
        assert world.fetches() == 1
        assert "well-known" in {record.kind for record in resolution.trace if record.cached}

    async def test_brings_news_after_five_minutes(self) -> None:
        world = World()
        world.dns.a("example.org", "192.0.2.10", ttl=86_400)
        world.dns.aaaa("example.org", ttl=86_400)
        async with world.resolver(policy=ResolverPolicy(dns_negative_ttl=86_400)) as resolver:
            resolution = await resolver.resolve("example.org")
            assert resolution.expires_at > world.clock() + 300
            calls = len(world.cache.calls)
            world.clock.advance(301)
            await resolver.resolve("example.org")
            assert len(world.cache.calls) > calls

    @pytest.mark.parametrize("garbage", [b"", b"{}", b"null", b"\xff", b'{"v":2}', b"[" * 5_000])
    async def test_garbage_is_a_miss(self, garbage: bytes) -> None:
        world = delegating()
        await world.cache.set("matrix-resolve:1:well-known:example.org", garbage, 1_000)
        async with world.resolver() as resolver:
            assert targets(await resolver.resolve("example.org")) == DELEGATED
        assert world.fetches() == 1

    async def test_broken_costs_no_answer_and_is_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        world = delegating()
        world.cache.error = ConnectionError("gone\nfor good")
        async with world.resolver() as resolver:
            for name in ("example.org", "EXAMPLE.org", "hs.example.net"):
                await resolver.resolve(name)
        told = [record.getMessage() for record in caplog.records]
        assert told == ["the cache backend failed: ConnectionError (gone\\nfor good)"]

    async def test_never_holds_what_our_address_policy_decided(self) -> None:
        world = delegating()
        blind = ServerNameResolver(
            dns=world.dns,
            http=world.http,
            cache=world.cache,
            clock=world.clock,
            address_policy=AddressPolicy(deny=["192.0.2.0/24"]),
        )
        async with blind:
            with pytest.raises(NoTargets):
                await blind.resolve("example.org")
        assert [call for call in world.cache.calls if call[0] == "set"] == []
        async with world.resolver() as resolver:
            assert targets(await resolver.resolve("example.org")) == DELEGATED
