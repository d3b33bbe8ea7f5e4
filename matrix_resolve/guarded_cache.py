"""A cache backend as the library uses it: it never fails, and it is never waited for long.

A broken cache costs speed, never an answer: an error, or more than ``ResolverPolicy.cache_timeout``, is a miss. After a call that took too
long the cache is left alone for ``cache_rest``, as each of the several calls of a resolution would take as long.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from .backends.cache import CacheBackend, LockingCacheBackend
from .background import TroubleLog
from .policy import ResolverPolicy

T = TypeVar("T")

NO_AGREEMENT = ""
"""A token that unlocks nothing: the workers cannot agree on who fetches."""


class GuardedCache:
    """Passes on what a cache backend can do, and nothing of its trouble.

    Args:
        backend: Keeps the records, and perhaps the locks.
        policy: How long it may take.
        trouble: Is told when it fails.
    """

    def __init__(self, backend: CacheBackend, policy: ResolverPolicy, trouble: TroubleLog) -> None:
        self._backend = backend
        self._locks = backend if isinstance(backend, LockingCacheBackend) else None
        self._policy = policy
        self._trouble = trouble
        self._resting_until = -float("inf")

    @property
    def has_locks(self) -> bool:
        """True if workers can agree on who fetches."""
        return self._locks is not None

    async def get(self, key: str) -> bytes | None:
        """Give what is there, or None."""
        return await self._guarded(lambda: self._backend.get(key), None)

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

    async def _guarded(self, call: Callable[[], Awaitable[T]], otherwise: T) -> T:
        loop = asyncio.get_running_loop()
        if loop.time() < self._resting_until:
            return otherwise
        limit = asyncio.timeout(self._policy.cache_timeout)
        try:
            async with limit:
                return await call()
        except Exception as error:  # noqa: BLE001 - a broken cache costs speed, never an answer
            told = error
            if limit.expired():
                self._resting_until = loop.time() + self._policy.cache_rest
                told = TimeoutError(f"no answer within {self._policy.cache_timeout:g} s")
            self._trouble.tell("the cache backend failed", told)
            return otherwise
