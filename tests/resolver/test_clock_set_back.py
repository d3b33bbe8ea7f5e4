"""A lifetime ends when either clock says so: setting the wall clock back does not lengthen it, and neither does sleep of the machine."""

import logging
from collections.abc import Awaitable, Callable

import pytest

from matrix_resolve import HttpResponse, LookupFailed, MemoryCache, ResolverPolicy, ServerNameResolver
from matrix_resolve.resolver import config_of
from matrix_resolve.testing import FakeClock
from tests._support.delegating import GOOD, delegating
from tests._support.waiting import settle
from tests.spec.testbed import Testbed, fed_record

DAY = 86_400.0
NAME = "example.org"
NO_AHEAD = ResolverPolicy(refresh_ahead=0)


def _own(testbed: Testbed, policy: ResolverPolicy | None = None) -> ServerNameResolver:
    """A resolver without a shared cache."""
    resolver = testbed.resolver(policy=policy)
    return ServerNameResolver(
        dns=testbed.dns,
        http=testbed.http,
        clock=testbed.clock,
        policy=policy,
        random=lambda: 0.0,
        address_policy=config_of(resolver).address_policy,
    )


async def _pass(testbed: Testbed, resolver: ServerNameResolver, seconds: float) -> None:
    """Let time pass, and set the wall clock back by a day."""
    del resolver
    testbed.clock.advance(seconds)
    testbed.clock.now -= DAY


async def _pass_in_parts(testbed: Testbed, resolver: ServerNameResolver, seconds: float) -> None:
    """The same, twice, with hits in between."""
    for part in (seconds / 2, seconds / 2):
        await resolver.resolve("192.0.2.99")
        testbed.clock.now -= DAY
        await resolver.resolve("192.0.2.99")
        testbed.clock.advance(part)


async def _asleep(testbed: Testbed, resolver: ServerNameResolver, seconds: float) -> None:
    """The monotonic clock stops while the machine sleeps."""
    del resolver
    testbed.clock.now += seconds


async def _asleep_after(testbed: Testbed, resolver: ServerNameResolver, seconds: float) -> None:
    testbed.clock.now -= DAY
    await resolver.resolve("192.0.2.99")
    testbed.clock.now += seconds


async def _set_forward(testbed: Testbed, resolver: ServerNameResolver, seconds: float) -> None:
    del resolver, seconds
    testbed.clock.now += 10 * DAY


PASS = {
    "set back": _pass,
    "set back twice": _pass_in_parts,
    "asleep": _asleep,
    "set back, then asleep": _asleep_after,
    "set forward": _set_forward,
}
ways = pytest.mark.parametrize("passes", PASS.values(), ids=PASS)
Passes = Callable[[Testbed, ServerNameResolver, float], Awaitable[None]]


@ways
async def test_answers_end(passes: Passes) -> None:
    testbed = delegating()
    async with _own(testbed, NO_AHEAD) as resolver:
        await resolver.resolve(NAME)
        await resolver.resolve(NAME)
        await passes(testbed, resolver, 299)
        testbed.log.clear()
        if passes is not _set_forward:
            await resolver.resolve(NAME)
            assert testbed.log == []
        await passes(testbed, resolver, 2)
        await resolver.resolve(NAME)
        assert testbed.log.count("A hs.example.net") == 1


@ways
async def test_delegations_end(passes: Passes) -> None:
    testbed = delegating()
    async with _own(testbed, NO_AHEAD) as resolver:
        await resolver.resolve(NAME)
        await passes(testbed, resolver, DAY + 1)
        await resolver.resolve(NAME)
        assert testbed.fetches() == 2


@ways
async def test_refreshes_go_on(passes: Passes) -> None:
    testbed = delegating()
    async with _own(testbed) as resolver:
        await resolver.resolve(NAME)
        await resolver.resolve(NAME)
        testbed.log.clear()
        await passes(testbed, resolver, 241)
        await resolver.resolve(NAME)
        await settle()
        assert testbed.log.count("A hs.example.net") == 1


@ways
async def test_failed_resolutions_end(passes: Passes) -> None:
    testbed = Testbed()
    for kind in ("A", "AAAA"):
        testbed.dns.fail(NAME, "A" if kind == "A" else "AAAA")
    testbed.well_known(HttpResponse(404))
    async with _own(testbed) as resolver:
        with pytest.raises(LookupFailed):
            await resolver.resolve(NAME)
        testbed.log.clear()
        await passes(testbed, resolver, 6)
        with pytest.raises(LookupFailed):
            await resolver.resolve(NAME)
        assert testbed.log != []


@ways
async def test_failed_requests_are_made_again(passes: Passes) -> None:
    testbed = Testbed()
    testbed.well_known(HttpResponse(503))
    async with _own(testbed, NO_AHEAD) as resolver:
        await resolver.resolve(NAME)
        await passes(testbed, resolver, 301)
        await resolver.resolve(NAME)
        assert testbed.fetches() == 2


@ways
async def test_refresh_is_possible_again_after_its_interval(passes: Passes) -> None:
    testbed = delegating()
    async with _own(testbed) as resolver:
        await resolver.resolve(NAME, refresh=True)
        await passes(testbed, resolver, 30)
        await resolver.resolve(NAME, refresh=True)
        assert testbed.fetches() == 2


@ways
async def test_failed_targets_get_their_place_back(passes: Passes) -> None:
    testbed = Testbed(fed_record(NAME, "10 0 1 both.example.com."), fed_record(NAME, "20 0 2 t2.example.com."))
    async with _own(testbed, ResolverPolicy(refresh_ahead=0)) as resolver:
        before = (await resolver.resolve(NAME)).targets
        resolver.report_failure(before[0])
        assert (await resolver.resolve(NAME)).targets != before
        await passes(testbed, resolver, 61)
        assert (await resolver.resolve(NAME)).targets == before


@ways
async def test_our_own_trouble_is_logged_once_an_hour(passes: Passes, caplog: pytest.LogCaptureFixture) -> None:
    testbed = delegating()
    testbed.cache.error = ConnectionError("gone")
    async with testbed.resolver() as resolver:
        with caplog.at_level(logging.WARNING, "matrix_resolve"):
            await resolver.resolve(NAME)
            await passes(testbed, resolver, 3_601)
            await resolver.resolve("hs.example.net")
    assert len(caplog.records) == 2


async def test_memory_caches_forget() -> None:
    clock = FakeClock()
    cache = MemoryCache(clock=clock)
    await cache.set("key", b"value", 100)
    clock.now -= DAY
    clock.advance(99)
    assert await cache.get("key") == b"value"
    clock.now += 2
    assert await cache.get("key") is None


async def test_what_users_get_is_wall_clock_time() -> None:
    testbed = delegating()
    async with _own(testbed, NO_AHEAD) as resolver:
        first = await resolver.resolve(NAME)
        assert first.expires_at == testbed.clock() + 300
        testbed.clock.now -= DAY
        for _ in range(2):
            assert (await resolver.resolve(NAME)).expires_at == pytest.approx(testbed.clock() + 300)
        fresh = await resolver.resolve(NAME, refresh=True)
        assert fresh.expires_at == pytest.approx(testbed.clock() + 300)


async def test_when_to_retry_is_wall_clock_time() -> None:
    testbed = Testbed()
    testbed.dns.fail(NAME, "A")
    testbed.dns.fail(NAME, "AAAA")
    async with _own(testbed) as resolver:
        for _ in range(3):
            with pytest.raises(LookupFailed) as caught:
                await resolver.resolve(NAME)
            assert caught.value.retry_at == pytest.approx(testbed.clock() + 5)
            testbed.clock.now -= DAY


async def test_headers_are_judged_by_the_wall_clock() -> None:
    """``Expires`` without a ``Date`` is a point in time, not a duration."""
    testbed = Testbed()
    async with _own(testbed, NO_AHEAD) as resolver:
        await resolver.resolve("192.0.2.99")
        testbed.clock.now -= DAY
        await resolver.resolve("192.0.2.99")
        from email.utils import formatdate  # noqa: PLC0415 - only here

        expires = formatdate(testbed.clock() + 7_200, usegmt=True)
        testbed.well_known(HttpResponse(200, (("Expires", expires),), GOOD.body))
        await resolver.resolve(NAME)
        testbed.clock.advance(7_199)
        await resolver.resolve(NAME)
        assert testbed.fetches() == 1
        testbed.clock.advance(2)
        await resolver.resolve(NAME)
        assert testbed.fetches() == 2


class TestSharedCache:
    """A shared cache uses wall-clock times, because other workers read them, and they outlive this process."""

    async def test_what_was_stored_in_the_future_is_a_miss(self) -> None:
        testbed = delegating()
        async with testbed.resolver(policy=NO_AHEAD) as resolver:
            await resolver.resolve(NAME)
            testbed.clock.now -= DAY
            testbed.clock.advance(301)
            await resolver.resolve(NAME)
            assert testbed.fetches() == 2

    async def test_what_is_stored_after_that_is_right_for_others(self) -> None:
        testbed = delegating()
        async with testbed.resolver(policy=NO_AHEAD) as resolver:
            await resolver.resolve("192.0.2.99")
            testbed.clock.now -= DAY
            await resolver.resolve(NAME)
        async with testbed.resolver(policy=NO_AHEAD) as other:
            await other.resolve(NAME)
            assert testbed.fetches() == 1
            testbed.clock.advance(DAY - 2)
            await other.resolve(NAME)
            assert testbed.fetches() == 1
            testbed.clock.advance(4)
            await other.resolve(NAME)
            assert testbed.fetches() == 2

    async def test_what_is_stored_after_that_lives_as_long_here(self) -> None:
        testbed = delegating()
        async with testbed.resolver(policy=NO_AHEAD) as resolver:
            await resolver.resolve("192.0.2.99")
            testbed.clock.now -= DAY
            for after, fetches in ((0, 1), (DAY - 2, 1), (4, 2)):
                testbed.clock.advance(after)
                await resolver.resolve(NAME)
                assert testbed.fetches() == fetches


async def test_a_clock_of_ones_own_needs_no_monotonic_one() -> None:
    now = 1_800_000_000.0
    testbed = delegating()
    async with ServerNameResolver(
        dns=testbed.dns,
        http=testbed.http,
        clock=lambda: now,
        policy=NO_AHEAD,
        address_policy=config_of(testbed.resolver()).address_policy,
    ) as resolver:
        await resolver.resolve(NAME)
        now -= DAY
        await resolver.resolve(NAME)
        now += 301
        testbed.log.clear()
        await resolver.resolve(NAME)
        assert testbed.log.count("A hs.example.net") == 1


def test_a_fake_clock_passes_time_or_is_set() -> None:
    clock = FakeClock(100.0)
    clock.advance(5)
    clock.now -= 50
    assert (clock(), clock.monotonic()) == (55.0, 5.0)
