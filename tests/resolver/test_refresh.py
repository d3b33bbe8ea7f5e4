"""When a resolver asks again, and what it does if that fails. The clock is moved by hand."""

import pytest

from matrix_resolve import (
    HttpResponse,
    LookupFailed,
)
from tests._support.delegating import DELEGATED, DELEGATED_LOOKUPS, GOOD, delegating, targets
from tests._support.waiting import settle
from tests.spec.testbed import FALLBACK, World, addresses


async def test_refresh_asks_past_every_cache_and_at_most_every_30_seconds() -> None:
    world = delegating()
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        world.log.clear()
        await resolver.resolve("example.org", refresh=True)
        assert sorted(world.log) == sorted(DELEGATED_LOOKUPS)
        assert set(world.dns.refreshed) == {
            (host, kind) for host in ("example.org", "hs.example.net") for kind in ("A", "AAAA")
        }
        world.log.clear()
        world.clock.advance(29)
        await resolver.resolve("example.org", refresh=True)
        assert world.log == []
        world.clock.advance(1)
        await resolver.resolve("example.org", refresh=True)
        assert sorted(world.log) == sorted(DELEGATED_LOOKUPS)


async def test_refresh_never_throws_a_delegation_away_for_a_transient_failure() -> None:
    world = World()
    world.well_known(GOOD, HttpResponse(503))
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        assert targets(await resolver.resolve("example.org", refresh=True)) == DELEGATED


async def test_404_and_410_end_a_delegation_at_once() -> None:
    for status in (404, 410):
        world = World()
        world.well_known(GOOD, HttpResponse(status))
        async with world.resolver() as resolver:
            await resolver.resolve("example.org")
            assert targets(await resolver.resolve("example.org", refresh=True)) == FALLBACK


async def test_refresh_ahead_in_the_background() -> None:
    """In the last fifth of its life an answer that is used is asked for again, and no caller waits."""
    world = delegating()
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        world.log.clear()
        world.clock.advance(239)
        await resolver.resolve("example.org")
        await settle()
        assert world.log == []
        world.clock.advance(2)
        world.dns.a("hs.example.net", "198.51.100.99")
        assert targets(await resolver.resolve("example.org")) == DELEGATED
        assert world.log == []
        await settle()
        assert sorted(world.log) == addresses("hs.example.net")[::-1]
        assert (await resolver.resolve("example.org")).targets[1].ip == "198.51.100.99"


async def test_a_failed_refresh_ahead_leaves_the_answer_its_life_and_is_not_repeated() -> None:
    world = delegating()
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        for kind in ("A", "AAAA"):
            world.dns.fail("hs.example.net", "A" if kind == "A" else "AAAA")
        world.clock.advance(241)
        for _ in range(5):
            world.log.clear()
            assert targets(await resolver.resolve("example.org")) == DELEGATED
            await settle()
        assert world.log == []
        world.clock.advance(60)
        with pytest.raises(LookupFailed):
            await resolver.resolve("example.org")
