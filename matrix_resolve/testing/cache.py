"""A cache backend that can be looked into, and broken."""

from collections.abc import Callable

from ..backends.memory import MemoryCache


class FakeCache(MemoryCache):
    """A `MemoryCache` that takes down its calls and fails on demand.

    Attributes:
        calls: The calls, as (method, key) pairs.
        error: Raised by each call while it is not None.

    Args:
        clock: Wall-clock seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self.calls: list[tuple[str, str]] = []
        self.error: Exception | None = None

    async def get(self, key: str) -> bytes | None:
        """Give what was set under *key*."""
        self._note("get", key)
        return await super().get(key)

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Keep *value* under *key*."""
        self._note("set", key)
        await super().set(key, value, ttl)

    async def delete(self, key: str) -> None:
        """Forget *key*."""
        self._note("delete", key)
        await super().delete(key)

    def _note(self, method: str, key: str) -> None:
        self.calls.append((method, key))
        if self.error is not None:
            raise self.error
