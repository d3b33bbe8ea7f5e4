"""Caches with locks that each break one rule, and the checks that must fail."""

import asyncio
from typing import cast

from matrix_resolve.testing import FakeLockingCache


class LocksAgain(FakeLockingCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        return await super().lock(key, ttl) or "again"


class NumbersForTokens(FakeLockingCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        return await super().lock(key, ttl) and cast("str", 1)


class RefusesWithAnError(FakeLockingCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        token = await super().lock(key, ttl)
        if token is None:
            raise BlockingIOError(key)
        return token


class UnlocksNothing(FakeLockingCache):
    async def unlock(self, key: str, token: str) -> None:
        """Do nothing."""


class UnlocksWithAnyToken(FakeLockingCache):
    async def unlock(self, key: str, token: str) -> None:
        del token
        self.locks.pop(key, None)


class UnlockRaises(FakeLockingCache):
    async def unlock(self, key: str, token: str) -> None:
        if self.locks.get(key, ("", 0.0))[0] != token:
            raise KeyError(key)
        await super().unlock(key, token)


class LocksForEver(FakeLockingCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        return await super().lock(key, ttl + 1e9)


class LocksForMilliseconds(FakeLockingCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        return await super().lock(key, ttl / 1000)


class OneLockForAll(FakeLockingCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        del key
        return await super().lock("all", ttl)


class LocksAreValues(FakeLockingCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        token = await super().lock(key, ttl)
        if token is not None:
            await self.set(key, token.encode(), ttl)
        return token


class LooksAndThenLocks(FakeLockingCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        is_free = key not in self.locks or self.locks[key][1] <= self._now()
        await asyncio.sleep(0)
        if not is_free:
            return None
        self.locks.pop(key, None)
        return await super().lock(key, ttl)


BROKEN: list[tuple[type[FakeLockingCache], set[str]]] = [
    (LocksAgain, {"one-holder", "lasts-its-seconds"}),
    (NumbersForTokens, {"one-holder"}),
    (RefusesWithAnError, {"one-holder"}),
    (UnlocksNothing, {"unlocked-by-its-token"}),
    (UnlocksWithAnyToken, {"not-by-another-token"}),
    (UnlockRaises, {"unlocking-nothing"}),
    (LocksForEver, {"ends-by-itself"}),
    (LocksForMilliseconds, {"lasts-its-seconds"}),
    (OneLockForAll, {"each-key-has-its-own"}),
    (LocksAreValues, {"locks-and-values-do-not-meet"}),
    (LooksAndThenLocks, {"one-of-many-at-once"}),
]
