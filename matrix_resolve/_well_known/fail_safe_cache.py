"""Wraps a cache backend so that calls never fail and never take long.

A broken cache makes resolutions slower, but never fail: an error, or a call longer than ``ResolverPolicy.cache_timeout``, is a miss. After a call
that took too long, the cache is not used for ``cache_cooldown``, because each of the several calls of a resolution would take as long. The same
happens after an error that took a while to occur, and after a `TimeoutError`: the store may be locked by another program, or does not answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from .._context import StatsCounter
from .._util.throttled_log import ThrottledLog
from ..backends.cache import MAX_VALUE_BYTES, CacheBackend, CacheValueTooLongError, LockingCacheBackend
from ..policy import ResolverPolicy

T = TypeVar("T")

NO_AGREEMENT = ""
"""The token if there is no lock, so that each worker makes its own request. It unlocks nothing."""

_SLOW_FAILURE = 0.1
"""The fraction of ``cache_timeout`` after which a failed call counts as slow. A resolution makes up to five calls. If each of them fails just
before this limit, together they take half as long as a single call may."""


class FailSafeCache:
    """A cache backend that forwards calls to another one, and treats its failures as misses.

    Args:
        backend: Stores the states, and the locks if it supports them.
        policy: How long a call may take, and how long the cache is not used after a slow one.
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
        """True if the backend has locks, so that only one worker at a time fetches a document."""
        return self._locks is not None

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None. A value longer than this library writes is rejected, even if the backend returns it."""
        return await self._guarded(lambda: self._short(key), None)

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Store *value*, if that is possible."""
        await self._guarded(lambda: self._backend.set(key, value, ttl), None)

    async def delete(self, key: str) -> None:
        """Delete *key*, if that is possible."""
        await self._guarded(lambda: self._backend.delete(key), None)

    async def lock(self, key: str) -> str | None:
        """Return the token of a new lock, `NO_AGREEMENT` if locking is not possible, or None if another worker has locked *key*."""
        locks = self._locks
        if locks is None:
            return NO_AGREEMENT
        return await self._guarded(lambda: locks.lock(key, self._policy.fetch_lock_ttl), NO_AGREEMENT)

    async def unlock(self, key: str, token: str) -> None:
        """Release the lock that has this *token*, if that is possible. Otherwise the lock expires."""
        locks = self._locks
        if locks is not None and token != NO_AGREEMENT:
            await self._guarded(lambda: locks.unlock(key, token), None)

    def refuse(self, error: Exception) -> None:
        """Count and log a value that was rejected because this library cannot have written it."""
        self._counters.cut["cache-value-refused"] += 1
        self._log.warn("a value in the cache was refused (cache-value-refused)", error)

    async def _short(self, key: str) -> bytes | None:
        value = await self._backend.get(key)
        if value is not None and len(value) > MAX_VALUE_BYTES:
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
        except Exception as error:  # noqa: BLE001 - a broken cache must not make resolutions fail
            silence = TimeoutError(f"no answer within {self._policy.cache_timeout:g} s")
            self._failed(silence if limit.expired() else error, self._clock() - began)
        return otherwise

    def _failed(self, error: Exception, seconds: float) -> None:
        if isinstance(error, TimeoutError) or seconds >= self._policy.cache_timeout * _SLOW_FAILURE:
            self._open_until = self._clock() + self._policy.cache_cooldown
        self._log.warn("the cache backend failed", error)
