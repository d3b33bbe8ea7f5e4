"""Wraps a cache backend so that calls never fail and never take long.

A broken cache costs speed, never an answer: an error, or a call longer than ``ResolverPolicy.cache_timeout``, is a miss. After a call that took
too long the cache is not used for ``cache_rest``, because each of the several calls of a resolution would take as long. The same happens after
an error that took a while to occur, and after a `TimeoutError`: another program may have locked the store, or it does not answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from .._context import StatsCounter
from .._util.throttled_log import ThrottledLog
from ..backends.cache import MAX_VALUE, CacheBackend, CacheValueTooLongError, LockingCacheBackend
from ..policy import ResolverPolicy

T = TypeVar("T")

NO_AGREEMENT = ""
"""A token that unlocks nothing: the workers cannot agree on who fetches."""

_SLOW_FAILURE = 0.1
"""The fraction of ``cache_timeout`` after which a failed call counts as slow. A resolution makes up to five calls. If each of them failed just
below this limit, they would together take half as long as a single call may."""


class FailSafeCache:
    """A cache backend that passes calls on to another one, and turns its failures into misses.

    Args:
        backend: Stores the states, and perhaps the locks.
        policy: How long it may take.
        log: Logs its failures.
        counters: Counts the values that are refused.
        clock: Seconds of a monotonic clock.
    """

    def __init__(
        self,
        backend: CacheBackend,
        policy: ResolverPolicy,
        log: ThrottledLog,
        counters: StatsCounter,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._backend = backend
        self._locks = backend if isinstance(backend, LockingCacheBackend) else None
        self._policy = policy
        self._log = log
        self._counters = counters
        self._clock = clock
        self._open_until = -float("inf")

    @property
    def has_locks(self) -> bool:
        """True if workers can agree on who fetches."""
        return self._locks is not None

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None. A value longer than this library writes is refused, even if the backend returns it."""
        return await self._guarded(lambda: self._short(key), None)

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Keep *value*, if that is possible."""
        await self._guarded(lambda: self._backend.set(key, value, ttl), None)

    async def delete(self, key: str) -> None:
        """Forget *key*, if that is possible."""
        await self._guarded(lambda: self._backend.delete(key), None)

    async def lock(self, key: str) -> str | None:
        """Give a token, `NO_AGREEMENT`, or None if another worker has locked *key*."""
        locks = self._locks
        if locks is None:
            return NO_AGREEMENT
        return await self._guarded(lambda: locks.lock(key, self._policy.fleet_lock_ttl), NO_AGREEMENT)

    async def unlock(self, key: str, token: str) -> None:
        """End the lock of *token*, if that is possible; it ends by itself otherwise."""
        locks = self._locks
        if locks is not None and token != NO_AGREEMENT:
            await self._guarded(lambda: locks.unlock(key, token), None)

    def refuse(self, error: Exception) -> None:
        """Count and log a value that is a miss because this library cannot have written it."""
        self._counters.cut["cache-value-refused"] += 1
        self._log.warn("a value in the cache was refused (cache-value-refused)", error)

    async def _short(self, key: str) -> bytes | None:
        value = await self._backend.get(key)
        if value is not None and len(value) > MAX_VALUE:
            raise CacheValueTooLongError(key)
        return value

    async def _guarded(self, call: Callable[[], Awaitable[T]], otherwise: T) -> T:
        began = self._clock()
        if began < self._open_until:
            return otherwise
        limit = asyncio.timeout(self._policy.cache_timeout)
        try:
            async with limit:
                return await call()
        except CacheValueTooLongError as error:
            self.refuse(error)
        except Exception as error:  # noqa: BLE001 - a broken cache costs speed, never an answer
            silence = TimeoutError(f"no answer within {self._policy.cache_timeout:g} s")
            self._failed(silence if limit.expired() else error, self._clock() - began)
        return otherwise

    def _failed(self, error: Exception, seconds: float) -> None:
        if isinstance(error, TimeoutError) or seconds >= self._policy.cache_timeout * _SLOW_FAILURE:
            self._open_until = self._clock() + self._policy.cache_rest
        self._log.warn("the cache backend failed", error)
