"""A lifetime ends when either clock says so: setting the wall clock back does not lengthen it, and neither does sleep of the machine."""

import logging
from collections.abc import Awaitable, Callable

import pytest

from matrix_resolve import HttpResponse, LookupFailed, MemoryCache, ResolverPolicy, ServerNameResolver
from matrix_resolve.testing import FakeClock
from tests._support.delegating import GOOD, delegating
from tests._support.waiting import settle
from tests.spec.testbed import World, fed_record

DAY = 86_400.0
NAME = "example.org"
NO_AHEAD = ResolverPolicy(refresh_ahead=0)


def _own(world: World, policy: ResolverPolicy | None = None) -> ServerNameResolver:
    """A resolver without a shared cache."""
    resolver = world.resolver(policy=policy)
    return ServerNameResolver(
        dns=world.dns,
        http=world.http,
        clock=world.clock,
        policy=policy,
        random=lambda: 0.0,
        address_policy=resolver.materials.address_policy,
    )


async def _pass(world: World, resolver: ServerNameResolver, seconds: float) -> None:
    """Let time pass, and set the wall clock back by a day."""
    del resolver
    world.clock.advance(seconds)
    world.clock.now -= DAY


async def _pass_in_parts(world: World, resolver: ServerNameResolver, seconds: float) -> None:
    """The same, twice, with hits in between."""
    for part in (seconds / 2, seconds / 2):
        await resolver.resolve("192.0.2.99")
        world.clock.now -= DAY
        await resolver.resolve("192.0.2.99")
        world.clock.advance(part)


async def _asleep(world: World, resolver: ServerNameResolver, seconds: float) -> None:
    """The monotonic clock stops while the machine sleeps."""
    del resolver
    world.clock.now += seconds


async def _asleep_after(world: World, resolver: ServerNameResolver, seconds: float) -> None:
    world.clock.now -= DAY
    await resolver.resolve("192.0.2.99")
    world.clock.now += seconds


async def _set_forward(world: World, resolver: ServerNameResolver, seconds: float) -> None:
    del resolver, seconds
    world.clock.now += 10 * DAY


PASS = {
    "set back": _pass,
    "set back twice": _pass_in_parts,
    "asleep": _asleep,
    "set back, then asleep": _asleep_after,
    "set forward": _set_forward,
}
ways = pytest.mark.parametrize("passes", PASS.values(), ids=PASS)
Passes = Callable[[World, ServerNameResolver, float], Awaitable[None]]


@ways
async def test_answers_end(passes: Passes) -> None:
    world = delegating()
    async with _own(world, NO_AHEAD) as resolver:
        await resolver.resolve(NAME)
        await resolver.resolve(NAME)
        await passes(world, resolver, 299)
        world.log.clear()
        if passes is not _set_forward:
            await resolver.resolve(NAME)
            assert world.log == []
        await passes(world, resolver, 2)
        await resolver.resolve(NAME)
        assert world.log.count("A hs.example.net") == 1


@ways
async def test_delegations_end(passes: Passes) -> None:
    world = delegating()
    async with _own(world, NO_AHEAD) as resolver:
        await resolver.resolve(NAME)
        await passes(world, resolver, DAY + 1)
        await resolver.resolve(NAME)
        assert world.fetches() == 2


@ways
async def test_refreshes_go_on(passes: Passes) -> None:
    world = delegating()
    async with _own(world) as resolver:
        await resolver.resolve(NAME)
        await resolver.resolve(NAME)
        world.log.clear()
        await passes(world, resolver, 241)
        await resolver.resolve(NAME)
        await settle()
        assert world.log.count("A hs.example.net") == 1


@ways
async def test_failed_resolutions_end(passes: Passes) -> None:
    world = World()
    for kind in ("A", "AAAA"):
        world.dns.fail(NAME, "A" if kind == "A" else "AAAA")
    world.well_known(HttpResponse(404))
    async with _own(world) as resolver:
        with pytest.raises(LookupFailed):
            await resolver.resolve(NAME)
        world.log.clear()
        await passes(world, resolver, 6)
        with pytest.raises(LookupFailed):
            await resolver.resolve(NAME)
        assert world.log != []


@ways
async def test_failed_requests_are_made_again(passes: Passes) -> None:
    world = World()
    world.well_known(HttpResponse(503))
    async with _own(world, NO_AHEAD) as resolver:
        await resolver.resolve(NAME)
        await passes(world, resolver, 301)
        await resolver.resolve(NAME)
        assert world.fetches() == 2


@ways
async def test_refresh_is_possible_again_after_its_interval(passes: Passes) -> None:
    world = delegating()
    async with _own(world) as resolver:
        await resolver.resolve(NAME, refresh=True)
        await passes(world, resolver, 30)
        await resolver.resolve(NAME, refresh=True)
        assert world.fetches() == 2


@ways
async def test_failed_targets_get_their_place_back(passes: Passes) -> None:
    world = World(fed_record(NAME, "10 0 1 both.example.com."), fed_record(NAME, "20 0 2 t2.example.com."))
    async with _own(world, ResolverPolicy(refresh_ahead=0)) as resolver:
        before = (await resolver.resolve(NAME)).targets
        resolver.report_failure(before[0])
        assert (await resolver.resolve(NAME)).targets != before
        await passes(world, resolver, 61)
        assert (await resolver.resolve(NAME)).targets == before


@ways
async def test_our_own_trouble_is_logged_once_an_hour(passes: Passes, caplog: pytest.LogCaptureFixture) -> None:
    world = delegating()
    world.cache.error = ConnectionError("gone")
    async with world.resolver() as resolver:
        with caplog.at_level(logging.WARNING, "matrix_resolve"):
            await resolver.resolve(NAME)
            await passes(world, resolver, 3_601)
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
    world = delegating()
    async with _own(world, NO_AHEAD) as resolver:
        first = await resolver.resolve(NAME)
        assert first.expires_at == world.clock() + 300
        world.clock.now -= DAY
        for _ in range(2):
            assert (await resolver.resolve(NAME)).expires_at == pytest.approx(world.clock() + 300)
        fresh = await resolver.resolve(NAME, refresh=True)
        assert fresh.expires_at == pytest.approx(world.clock() + 300)


async def test_when_to_retry_is_wall_clock_time() -> None:
    world = World()
    world.dns.fail(NAME, "A")
    world.dns.fail(NAME, "AAAA")
    async with _own(world) as resolver:
        for _ in range(3):
            with pytest.raises(LookupFailed) as caught:
                await resolver.resolve(NAME)
            assert caught.value.retry_at == pytest.approx(world.clock() + 5)
            world.clock.now -= DAY


async def test_headers_are_judged_by_the_wall_clock() -> None:
    """``Expires`` without a ``Date`` is a point in time, not a duration."""
    world = World()
    async with _own(world, NO_AHEAD) as resolver:
        await resolver.resolve("192.0.2.99")
        world.clock.now -= DAY
        await resolver.resolve("192.0.2.99")
        from email.utils import formatdate  # noqa: PLC0415 - only here

        expires = formatdate(world.clock() + 7_200, usegmt=True)
        world.well_known(HttpResponse(200, (("Expires", expires),), GOOD.body))
        await resolver.resolve(NAME)
        world.clock.advance(7_199)
        await resolver.resolve(NAME)
        assert world.fetches() == 1
        world.clock.advance(2)
        await resolver.resolve(NAME)
        assert world.fetches() == 2


class TestSharedCache:
    """A shared cache uses wall-clock times, because other workers read them, and they outlive this process."""

    async def test_what_was_stored_in_the_future_is_a_miss(self) -> None:
        world = delegating()
        async with world.resolver(policy=NO_AHEAD) as resolver:
            await resolver.resolve(NAME)
            world.clock.now -= DAY
            world.clock.advance(301)
            await resolver.resolve(NAME)
            assert world.fetches() == 2

    async def test_what_is_stored_after_that_is_right_for_others(self) -> None:
        world = delegating()
        async with world.resolver(policy=NO_AHEAD) as resolver:
            await resolver.resolve("192.0.2.99")
            world.clock.now -= DAY
            await resolver.resolve(NAME)
        async with world.resolver(policy=NO_AHEAD) as other:
            await other.resolve(NAME)
            assert world.fetches() == 1
            world.clock.advance(DAY - 2)
            await other.resolve(NAME)
            assert world.fetches() == 1
            world.clock.advance(4)
            await other.resolve(NAME)
            assert world.fetches() == 2

    async def test_what_is_stored_after_that_lives_as_long_here(self) -> None:
        world = delegating()
        async with world.resolver(policy=NO_AHEAD) as resolver:
            await resolver.resolve("192.0.2.99")
            world.clock.now -= DAY
            for after, fetches in ((0, 1), (DAY - 2, 1), (4, 2)):
                world.clock.advance(after)
                await resolver.resolve(NAME)
                assert world.fetches() == fetches


async def test_a_clock_of_ones_own_needs_no_monotonic_one() -> None:
    now = 1_800_000_000.0
    world = delegating()
    async with ServerNameResolver(
        dns=world.dns,
        http=world.http,
        clock=lambda: now,
        policy=NO_AHEAD,
        address_policy=world.resolver().materials.address_policy,
    ) as resolver:
        await resolver.resolve(NAME)
        now -= DAY
        await resolver.resolve(NAME)
        now += 301
        world.log.clear()
        await resolver.resolve(NAME)
        assert world.log.count("A hs.example.net") == 1


def test_a_fake_clock_passes_time_or_is_set() -> None:
    clock = FakeClock(100.0)
    clock.advance(5)
    clock.now -= 50
    assert (clock(), clock.monotonic()) == (55.0, 5.0)
