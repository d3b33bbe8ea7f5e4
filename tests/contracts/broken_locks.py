"""Caches with locks that each break one rule, and the checks that must fail."""

import asyncio
from typing import cast

from matrix_resolve.testing import FakeFleetCache


class LocksAgain(FakeFleetCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        return await super().lock(key, ttl) or "again"


class NumbersForTokens(FakeFleetCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        return await super().lock(key, ttl) and cast("str", 1)


class RefusesWithAnError(FakeFleetCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        token = await super().lock(key, ttl)
        if token is None:
            raise BlockingIOError(key)
        return token


class UnlocksNothing(FakeFleetCache):
    async def unlock(self, key: str, token: str) -> None:
        """Do nothing."""


class UnlocksWithAnyToken(FakeFleetCache):
    async def unlock(self, key: str, token: str) -> None:
        del token
        self.locks.pop(key, None)


class UnlockRaises(FakeFleetCache):
    async def unlock(self, key: str, token: str) -> None:
        if self.locks.get(key, ("", 0.0))[0] != token:
            raise KeyError(key)
        await super().unlock(key, token)


class LocksForEver(FakeFleetCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        return await super().lock(key, ttl + 1e9)


class LocksForMilliseconds(FakeFleetCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        return await super().lock(key, ttl / 1000)


class OneLockForAll(FakeFleetCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        del key
        return await super().lock("all", ttl)


class LocksAreValues(FakeFleetCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        token = await super().lock(key, ttl)
        if token is not None:
            await self.set(key, token.encode(), ttl)
        return token


class LooksAndThenLocks(FakeFleetCache):
    async def lock(self, key: str, ttl: float) -> str | None:
        is_free = key not in self.locks or self.locks[key][1] <= self._now()
        await asyncio.sleep(0)
        if not is_free:
            return None
        self.locks.pop(key, None)
        return await super().lock(key, ttl)


BROKEN: list[tuple[type[FakeFleetCache], set[str]]] = [
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
