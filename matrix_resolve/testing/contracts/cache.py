"""The suites of the cache contract, and of the contract of the locks that some caches also have."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from ...backends.cache import CacheBackend, LockingCacheBackend
from .cache_rules import CHECKS
from .cache_testbed import CacheTestbed, RecordedCache, RecordedLocks, Timeline
from .calls import Calls
from .expectations import gather
from .lock_rules import CHECKS as LOCK_CHECKS
from .report import BackendFactoryResult, Check, opened, run_checks

Sleep = Callable[[float], Awaitable[object]]


async def check_cache_backend(
    make: Callable[[], BackendFactoryResult[CacheBackend]], *, sleep: Sleep = asyncio.sleep, limit: float = 10.0
) -> None:
    """Check that a cache backend follows the contract `CacheBackend`.

    The checks run concurrently. Each has its own backend and its own keys, which it deletes at the end, so all of them
    can share a store. With the real clock they take about four seconds. A store that only supports whole seconds may
    round lifetimes up.

    Args:
        make: Returns a backend. It may be an async function, or return an async context manager. If the backend has
            ``aclose``, it is called.
        sleep: Waits for a number of seconds. For a cache with a fake clock, it advances that clock instead.
        limit: Seconds that one call of the backend may take.

    Raises:
        ContractError: If the backend breaks a rule. The message says which rule, and how.
    """
    await run_cache_checks(CHECKS, make, sleep=sleep, limit=limit)


async def run_cache_checks(
    checks: Sequence[Check[CacheTestbed, CacheBackend]],
    make: Callable[[], BackendFactoryResult[CacheBackend]],
    *,
    sleep: Sleep = asyncio.sleep,
    limit: float = 10.0,
) -> None:
    """Run *checks*, which may be part of the suite.

    Raises:
        ContractError: If a check fails.
    """
    timeline = Timeline(sleep, len(checks))
    await run_checks("cache backend", checks, partial(_open, make, timeline), limit=limit, together=True)


async def check_cache_locks(
    make: Callable[[], BackendFactoryResult[LockingCacheBackend]], *, sleep: Sleep = asyncio.sleep, limit: float = 10.0
) -> None:
    """Check that the locks of a cache backend follow the contract `LockingCacheBackend`.

    `check_cache_backend` checks the other methods. The checks run concurrently, each on its own keys. With the real clock they take about three seconds.

    Args:
        make: As in `check_cache_backend`.
        sleep: As in `check_cache_backend`.
        limit: As in `check_cache_backend`.

    Raises:
        ContractError: If the backend breaks a rule. The message says which rule, and how.
    """
    await run_lock_checks(LOCK_CHECKS, make, sleep=sleep, limit=limit)


async def run_lock_checks(
    checks: Sequence[Check[CacheTestbed, LockingCacheBackend]],
    make: Callable[[], BackendFactoryResult[LockingCacheBackend]],
    *,
    sleep: Sleep = asyncio.sleep,
    limit: float = 10.0,
) -> None:
    """Run *checks*, which may be part of the suite.

    Raises:
        ContractError: If a check fails.
    """
    timeline = Timeline(sleep, len(checks))
    await run_checks("locks", checks, partial(_open_locks, make, timeline), limit=limit, together=True)


@asynccontextmanager
async def _open(
    make: Callable[[], BackendFactoryResult[CacheBackend]], timeline: Timeline, calls: Calls
) -> AsyncGenerator[tuple[CacheTestbed, CacheBackend]]:
    try:
        async with opened(make, methods=("get", "set", "delete"), calls=calls) as backend:
            testbed = CacheTestbed(timeline, calls)
            try:
                yield testbed, RecordedCache(backend, calls)
            finally:
                await _clear(RecordedCache(backend, Calls(calls.limit)), testbed.keys)
    finally:
        timeline.leave()


@asynccontextmanager
async def _open_locks(
    make: Callable[[], BackendFactoryResult[LockingCacheBackend]], timeline: Timeline, calls: Calls
) -> AsyncGenerator[tuple[CacheTestbed, LockingCacheBackend]]:
    try:
        async with opened(make, methods=("get", "set", "delete", "lock", "unlock"), calls=calls) as backend:
            testbed = CacheTestbed(timeline, calls)
            locks = RecordedLocks(backend, calls)
            try:
                yield testbed, locks
            finally:
                quiet = RecordedLocks(backend, Calls(calls.limit))
                await _clear(quiet, testbed.keys)
                await _unlock(quiet, locks.tokens)
    finally:
        timeline.leave()


async def _unlock(cache: LockingCacheBackend, tokens: Iterable[tuple[str, str]]) -> None:
    with suppress(Exception):  # cleanup only: a broken unlock has already failed a check
        await gather(cache.unlock(key, token) for key, token in tokens)


async def _clear(cache: CacheBackend, keys: Iterable[str]) -> None:
    with suppress(Exception):  # cleanup only: a broken delete has already failed a check
        await gather(cache.delete(key) for key in keys)
