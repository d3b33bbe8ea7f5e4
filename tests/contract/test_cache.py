"""The contract of a cache backend, on the default and on the fake."""

import pytest

from matrix_resolve.backends import CacheBackend
from matrix_resolve.backends.memory import MemoryCache
from matrix_resolve.testing import FakeCache, FakeClock

KEY, OTHER = "matrix-resolve:1:well-known:example.org", "matrix-resolve:1:well-known:example.com"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["memory", "fake"])
def cache(request: pytest.FixtureRequest, clock: FakeClock) -> CacheBackend:
    return MemoryCache(clock=clock) if request.param == "memory" else FakeCache(clock)


async def test_what_was_never_set_is_none(cache: CacheBackend) -> None:
    assert await cache.get(KEY) is None


@pytest.mark.parametrize(
    "value", [b"value", b"", b"\x00\xff\r\n", b"x" * 4096], ids=["text", "empty", "any-bytes", "4-kib"]
)
async def test_gives_back_the_bytes_that_were_set(cache: CacheBackend, value: bytes) -> None:
    await cache.set(KEY, value, 60)
    assert await cache.get(KEY) == value
    assert await cache.get(KEY) == value


async def test_keys_are_told_apart(cache: CacheBackend) -> None:
    await cache.set(KEY, b"one", 60)
    await cache.set(OTHER, b"two", 60)
    assert [await cache.get(KEY), await cache.get(OTHER), await cache.get(KEY.upper())] == [b"one", b"two", None]


async def test_a_key_of_200_characters(cache: CacheBackend) -> None:
    key = KEY.ljust(200, "x")
    await cache.set(key, b"value", 60)
    assert [await cache.get(key), await cache.get(key[:-1])] == [b"value", None]


async def test_setting_again_replaces_value_and_lifetime(cache: CacheBackend, clock: FakeClock) -> None:
    await cache.set(KEY, b"old", 60)
    await cache.set(KEY, b"new", 10)
    assert await cache.get(KEY) == b"new"
    clock.advance(11)
    assert await cache.get(KEY) is None


async def test_setting_again_can_prolong(cache: CacheBackend, clock: FakeClock) -> None:
    await cache.set(KEY, b"old", 10)
    clock.advance(9)
    await cache.set(KEY, b"new", 10)
    clock.advance(9)
    assert await cache.get(KEY) == b"new"


@pytest.mark.parametrize("ttl", [0.5, 60, 172_800.0])
async def test_is_kept_until_its_time_is_over(cache: CacheBackend, clock: FakeClock, ttl: float) -> None:
    await cache.set(KEY, b"value", ttl)
    clock.advance(ttl - 0.25)
    assert await cache.get(KEY) == b"value"
    clock.advance(0.25)
    assert await cache.get(KEY) is None


async def test_reading_does_not_prolong(cache: CacheBackend, clock: FakeClock) -> None:
    await cache.set(KEY, b"value", 10)
    for _ in range(9):
        clock.advance(1)
        assert await cache.get(KEY) == b"value"
    clock.advance(1)
    assert await cache.get(KEY) is None


async def test_delete_forgets_that_key_alone(cache: CacheBackend) -> None:
    await cache.set(KEY, b"one", 60)
    await cache.set(OTHER, b"two", 60)
    await cache.delete(KEY)
    assert [await cache.get(KEY), await cache.get(OTHER)] == [None, b"two"]


async def test_delete_of_what_is_not_there_is_no_error(cache: CacheBackend, clock: FakeClock) -> None:
    await cache.delete(KEY)
    await cache.set(KEY, b"value", 10)
    clock.advance(11)
    await cache.delete(KEY)
    await cache.delete(KEY)
    assert await cache.get(KEY) is None


async def test_can_be_set_again_after_delete(cache: CacheBackend) -> None:
    await cache.set(KEY, b"old", 60)
    await cache.delete(KEY)
    await cache.set(KEY, b"new", 60)
    assert await cache.get(KEY) == b"new"


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
