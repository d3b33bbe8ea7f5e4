"""Fake cache backends that record their calls and can be made to fail."""

from collections.abc import Callable
from itertools import count

from ..backends.memory import MemoryCache


class FakeCache(MemoryCache):
    """A `MemoryCache` that records its calls, and fails while `error` is set.

    Attributes:
        calls: The calls, as (method, key) pairs.
        error: If set, every call raises it.

    Args:
        clock: Returns wall-clock seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self._now = clock
        self.calls: list[tuple[str, str]] = []
        self.error: Exception | None = None

    async def get(self, key: str) -> bytes | None:
        """Return what was set under *key*."""
        self._note("get", key)
        return await super().get(key)

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Store *value* under *key*."""
        self._note("set", key)
        await super().set(key, value, ttl)

    async def delete(self, key: str) -> None:
        """Delete *key*."""
        self._note("delete", key)
        await super().delete(key)

    def _note(self, method: str, key: str) -> None:
        self.calls.append((method, key))
        if self.error is not None:
            raise self.error


class FakeLockingCache(FakeCache):
    """A `FakeCache` with locks, for tests with several resolvers that act as the workers of a fleet.

    Attributes:
        locks: The locks that were taken and not released, by key, as (token, expiry) pairs.

    Args:
        clock: Returns wall-clock seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self.locks: dict[str, tuple[str, float]] = {}
        self._numbers = count(1)

    async def lock(self, key: str, ttl: float) -> str | None:
        """Lock *key* and return a token, or None if it is already locked."""
        self._note("lock", key)
        if key in self.locks and self._now() < self.locks[key][1]:
            return None
        token = f"lock {next(self._numbers)}"
        self.locks[key] = (token, self._now() + ttl)
        return token

    async def unlock(self, key: str, token: str) -> None:
        """Release the lock on *key* if *token* is its token."""
        self._note("unlock", key)
        if self.locks.get(key, ("", 0.0))[0] == token:
            del self.locks[key]
