"""The suites of the cache contract, and of what caches of a fleet can do in addition."""

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
    """Check that a cache backend keeps the contract `CacheBackend`.

    All checks run at the same time, each on a backend and on keys of its own, so they may share a store; with the real clock it takes
    about four seconds. What they have stored they delete. A store that keeps whole seconds may round a lifetime up.

    Args:
        make: Makes a backend; it may be an async function or give an async context manager. A backend that has ``aclose`` is closed.
        sleep: Lets seconds pass; for a cache with a clock of its own it moves that clock.
        limit: Seconds that one call of the backend may take.

    Raises:
        ContractError: If a rule is broken; the message says which, and how.
    """
    await run_cache_checks(CHECKS, make, sleep=sleep, limit=limit)


async def run_cache_checks(
    checks: Sequence[Check[CacheTestbed, CacheBackend]],
    make: Callable[[], BackendFactoryResult[CacheBackend]],
    *,
    sleep: Sleep = asyncio.sleep,
    limit: float = 10.0,
) -> None:
    """Run some of the checks.

    Raises:
        ContractError: If one of them fails.
    """
    timeline = Timeline(sleep, len(checks))
    await run_checks("cache backend", checks, partial(_open, make, timeline), limit=limit, together=True)


async def check_cache_locks(
    make: Callable[[], BackendFactoryResult[LockingCacheBackend]], *, sleep: Sleep = asyncio.sleep, limit: float = 10.0
) -> None:
    """Check that the locks of a cache backend keep the contract `LockingCacheBackend`; `check_cache_backend` checks the rest.

    All checks run at the same time, on keys of their own. With the real clock it takes about three seconds.

    Args:
        make: As in `check_cache_backend`.
        sleep: As there.
        limit: As there.

    Raises:
        ContractError: If a rule is broken; the message says which, and how.
    """
    await run_lock_checks(LOCK_CHECKS, make, sleep=sleep, limit=limit)


async def run_lock_checks(
    checks: Sequence[Check[CacheTestbed, LockingCacheBackend]],
    make: Callable[[], BackendFactoryResult[LockingCacheBackend]],
    *,
    sleep: Sleep = asyncio.sleep,
    limit: float = 10.0,
) -> None:
    """Run some of the checks.

    Raises:
        ContractError: If one of them fails.
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
    with suppress(Exception):  # same
        await gather(cache.unlock(key, token) for key, token in tokens)


async def _clear(cache: CacheBackend, keys: Iterable[str]) -> None:
    with suppress(Exception):  # the check has said what there is to say
        await gather(cache.delete(key) for key in keys)
