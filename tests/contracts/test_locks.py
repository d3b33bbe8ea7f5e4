"""The locks of caches: the contract on the fake and on SQLite, and that each of its checks can fail.

The tests of Redis are in ``tests/backends/test_redis.py``.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from matrix_resolve import CacheBackend, LockingCacheBackend, MemoryCache, SqliteCache
from matrix_resolve.testing import ContractError, FakeCache, FakeClock, FakeLockingCache, check_cache_locks
from matrix_resolve.testing.contracts.cache import run_lock_checks
from matrix_resolve.testing.contracts.cache_testbed import CacheTestbed
from matrix_resolve.testing.contracts.lock_rules import CHECKS
from matrix_resolve.testing.contracts.report import Check

from .broken_locks import BROKEN
from .third_party_backends import SmallCache

LockCheck = Check[CacheTestbed, LockingCacheBackend]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def run(check: LockCheck, make: Callable[[], LockingCacheBackend], clock: FakeClock) -> None:
    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    await run_lock_checks([check], make, sleep=sleep, limit=5)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_the_fake_keeps_the_contract(check: LockCheck, clock: FakeClock) -> None:
    await run(check, lambda: FakeLockingCache(clock), clock)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_sqlite_keeps_the_contract(check: LockCheck, clock: FakeClock, tmp_path: Path) -> None:
    await run(check, lambda: SqliteCache(tmp_path / "cache", clock=clock), clock)


BY_NAME = {check.name: check for check in CHECKS}


@pytest.mark.parametrize(
    ("make", "check"),
    [
        pytest.param(make, BY_NAME[name], id=f"{make.__name__}-{name}")
        for make, names in BROKEN
        for name in sorted(names)
    ],
)
async def test_broken_locks_fail(make: type[FakeLockingCache], check: LockCheck, clock: FakeClock) -> None:
    with pytest.raises(ContractError) as caught:
        await run(check, lambda: make(clock), clock)
    assert f"{check.name}: {check.sentence}" in str(caught.value)


def test_every_check_is_seen_to_fail() -> None:
    assert set().union(*(names for _, names in BROKEN)) == set(BY_NAME)


async def test_a_cache_without_locks_is_refused() -> None:
    with pytest.raises(ContractError, match="no method lock and no unlock"):
        await check_cache_locks(lambda: MemoryCache())  # type: ignore[arg-type,return-value] # pyright: ignore[reportArgumentType] # noqa: PLW0108


def test_who_has_locks(tmp_path: Path, clock: FakeClock) -> None:
    """A cache has locks if it has the methods; it needs no declaration."""
    with_locks: list[CacheBackend] = [SqliteCache(tmp_path / "cache"), FakeLockingCache(clock)]
    without: list[CacheBackend] = [MemoryCache(), FakeCache(clock), SmallCache(clock)]
    assert all(isinstance(cache, LockingCacheBackend) for cache in with_locks)
    assert not any(isinstance(cache, LockingCacheBackend) for cache in without)
