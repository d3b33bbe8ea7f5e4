"""The contract of a cache backend, on all caches; and what these promise in addition."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from matrix_resolve import CacheBackend, MemoryCache, SqliteCache
from matrix_resolve.testing import FakeCache, FakeClock, FakeLockingCache
from matrix_resolve.testing.contracts.cache import run_cache_checks
from matrix_resolve.testing.contracts.cache_rules import CHECKS
from matrix_resolve.testing.contracts.cache_testbed import CacheTestbed
from matrix_resolve.testing.contracts.report import Check

KEY = "matrix-resolve:2:well-known:example.org"
Make = Callable[[FakeClock], CacheBackend]
MAKERS = ["memory", "fake", "fake of a fleet", "sqlite"]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=MAKERS)
async def make(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Make]:
    files: list[SqliteCache] = []

    def make_sqlite(clock: FakeClock) -> SqliteCache:
        files.append(SqliteCache(tmp_path / "cache", clock=clock))
        return files[-1]

    makers: dict[str, Make] = {
        "memory": lambda clock: MemoryCache(clock=clock),
        "fake": FakeCache,
        "fake of a fleet": FakeLockingCache,
        "sqlite": make_sqlite,
    }
    yield makers[request.param]
    for file in files:
        await file.aclose()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_contract(make: Make, clock: FakeClock, check: Check[CacheTestbed, CacheBackend]) -> None:
    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    await run_cache_checks([check], lambda: make(clock), sleep=sleep)


@pytest.mark.parametrize("ttl", [0.5, 60, 172_800.0])
async def test_is_kept_until_the_very_moment(make: Make, clock: FakeClock, ttl: float) -> None:
    cache = make(clock)
    await cache.set(KEY, b"value", ttl)
    clock.advance(ttl - 0.25)
    assert await cache.get(KEY) == b"value"
    clock.advance(0.25)
    assert await cache.get(KEY) is None


async def test_setting_again_prolongs_from_then_on(make: Make, clock: FakeClock) -> None:
    cache = make(clock)
    await cache.set(KEY, b"old", 10)
    clock.advance(9)
    await cache.set(KEY, b"new", 10)
    clock.advance(9)
    assert await cache.get(KEY) == b"new"
    clock.advance(1)
    assert await cache.get(KEY) is None


async def test_reading_does_not_prolong_by_a_second(make: Make, clock: FakeClock) -> None:
    cache = make(clock)
    await cache.set(KEY, b"value", 10)
    for _ in range(9):
        clock.advance(1)
        assert await cache.get(KEY) == b"value"
    clock.advance(1)
    assert await cache.get(KEY) is None


async def test_a_full_memory_cache_lets_the_oldest_go(clock: FakeClock) -> None:
    cache = MemoryCache(max_entries=2, clock=clock)
    for key in "abc":
        await cache.set(key, key.encode(), 60)
    assert [await cache.get(key) for key in "abc"] == [None, b"b", b"c"]
    assert len(cache) == 2


@pytest.mark.parametrize("use", ["get", "set"])
async def test_a_full_memory_cache_keeps_what_was_used_last(clock: FakeClock, use: str) -> None:
    cache = MemoryCache(max_entries=2, clock=clock)
    await cache.set("a", b"a", 60)
    await cache.set("b", b"b", 60)
    if use == "get":
        await cache.get("a")
    else:
        await cache.set("a", b"a", 60)
    await cache.set("c", b"c", 60)
    assert [await cache.get(key) for key in "abc"] == [b"a", None, b"c"]


async def test_setting_again_in_a_full_memory_cache_drives_nothing_out(clock: FakeClock) -> None:
    cache = MemoryCache(max_entries=2, clock=clock)
    for key in ("a", "b", "b", "b"):
        await cache.set(key, key.encode(), 60)
    assert [await cache.get(key) for key in "ab"] == [b"a", b"b"]


async def test_an_expired_entry_leaves_the_memory_cache_when_it_is_read(clock: FakeClock) -> None:
    cache = MemoryCache(clock=clock)
    await cache.set(KEY, b"value", 10)
    clock.advance(10)
    assert len(cache) == 1
    await cache.get(KEY)
    assert len(cache) == 0


async def test_the_fake_cache_takes_down_its_calls_and_fails_on_demand(clock: FakeClock) -> None:
    cache = FakeCache(clock)
    await cache.set(KEY, b"value", 60)
    cache.error = ConnectionError("the store is gone")
    for call in (cache.get(KEY), cache.set(KEY, b"other", 60), cache.delete(KEY)):
        with pytest.raises(ConnectionError, match="the store is gone"):
            await call
    cache.error = None
    assert await cache.get(KEY) == b"value"
    assert [method for method, _ in cache.calls] == ["set", "get", "set", "delete", "get"]
