"""The suite of the cache contract."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from ...backends.cache import CacheBackend
from .cache_rules import CHECKS
from .cache_world import CacheWorld, RecordedCache, Timeline
from .calls import Calls
from .expectations import gather
from .report import Check, Made, opened, run_checks

Sleep = Callable[[float], Awaitable[object]]


async def check_cache_backend(
    make: Callable[[], Made[CacheBackend]], *, sleep: Sleep = asyncio.sleep, limit: float = 10.0
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
    checks: Sequence[Check[CacheWorld, CacheBackend]],
    make: Callable[[], Made[CacheBackend]],
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


@asynccontextmanager
async def _open(
    make: Callable[[], Made[CacheBackend]], timeline: Timeline, calls: Calls
) -> AsyncGenerator[tuple[CacheWorld, CacheBackend]]:
    try:
        async with opened(make, methods=("get", "set", "delete"), calls=calls) as backend:
            world = CacheWorld(timeline, calls)
            try:
                yield world, RecordedCache(backend, calls)
            finally:
                await _clear(RecordedCache(backend, Calls(calls.limit)), world.keys)
    finally:
        timeline.leave()


async def _clear(cache: CacheBackend, keys: Iterable[str]) -> None:
    with suppress(Exception):  # the check has said what there is to say
        await gather(cache.delete(key) for key in keys)
