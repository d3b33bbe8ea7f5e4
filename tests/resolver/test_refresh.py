"""When a resolver refreshes an answer, and what it does if that fails. The tests advance a fake clock."""

import pytest

from matrix_resolve import (
    HttpResponse,
    LookupFailed,
)
from tests._support.delegating import DELEGATED, DELEGATED_LOOKUPS, GOOD, delegating, targets
from tests._support.waiting import settle
from tests.spec.testbed import FALLBACK, Testbed, addresses


async def test_refresh_asks_past_every_cache_and_at_most_every_30_seconds() -> None:
    testbed = delegating()
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        testbed.log.clear()
        await resolver.resolve("example.org", refresh=True)
        assert sorted(testbed.log) == sorted(DELEGATED_LOOKUPS)
        assert set(testbed.dns.refreshed) == {
            (host, kind) for host in ("example.org", "hs.example.net") for kind in ("A", "AAAA")
        }
        testbed.log.clear()
        testbed.clock.advance(29)
        await resolver.resolve("example.org", refresh=True)
        assert testbed.log == []
        testbed.clock.advance(1)
        await resolver.resolve("example.org", refresh=True)
        assert sorted(testbed.log) == sorted(DELEGATED_LOOKUPS)


async def test_refresh_never_throws_a_delegation_away_for_a_transient_failure() -> None:
    testbed = Testbed()
    testbed.well_known(GOOD, HttpResponse(503))
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        assert targets(await resolver.resolve("example.org", refresh=True)) == DELEGATED


async def test_404_and_410_end_a_delegation_at_once() -> None:
    for status in (404, 410):
        testbed = Testbed()
        testbed.well_known(GOOD, HttpResponse(status))
        async with testbed.resolver() as resolver:
            await resolver.resolve("example.org")
            assert targets(await resolver.resolve("example.org", refresh=True)) == FALLBACK


async def test_refresh_ahead_in_the_background() -> None:
    """An answer that is used in the last fifth of its lifetime is refreshed in the background, and no caller waits."""
    testbed = delegating()
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        testbed.log.clear()
        testbed.clock.advance(239)
        await resolver.resolve("example.org")
        await settle()
        assert testbed.log == []
        testbed.clock.advance(2)
        testbed.dns.a("hs.example.net", "198.51.100.99")
        assert targets(await resolver.resolve("example.org")) == DELEGATED
        assert testbed.log == []
        await settle()
        assert sorted(testbed.log) == addresses("hs.example.net")[::-1]
        assert (await resolver.resolve("example.org")).targets[1].ip == "198.51.100.99"


async def test_a_failed_refresh_ahead_leaves_the_answer_its_life_and_is_not_repeated() -> None:
    testbed = delegating()
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        for kind in ("A", "AAAA"):
            testbed.dns.fail("hs.example.net", "A" if kind == "A" else "AAAA")
        testbed.clock.advance(241)
        for _ in range(5):
            testbed.log.clear()
            assert targets(await resolver.resolve("example.org")) == DELEGATED
            await settle()
        assert testbed.log == []
        testbed.clock.advance(60)
        with pytest.raises(LookupFailed):
            await resolver.resolve("example.org")
