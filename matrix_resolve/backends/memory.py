"""A cache backend in the memory of this process."""

from collections import OrderedDict
from collections.abc import Callable
from time import time

from .._util.argument_checks import ENTRIES
from .._util.steady_clock import SteadyClock

__all__ = ["MemoryCache"]


class MemoryCache:
    """A cache backend in memory. When it is full, the least recently used entry is removed.

    Args:
        max_entries: How many entries are kept.
        clock: Returns wall-clock seconds. Tests can pass a `FakeClock`.

    Raises:
        TypeError: If *max_entries* is not an integer.
        ValueError: If *max_entries* is not from 1 to 100,000,000.
    """

    def __init__(self, *, max_entries: int = 100_000, clock: Callable[[], float] = time) -> None:
        ENTRIES.check("MemoryCache.max_entries", max_entries)
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._max_entries = max_entries
        self._clock = SteadyClock(clock)

    async def get(self, key: str) -> bytes | None:
        """Return the value under *key*, or None if there is none or it has expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        expires_at, value = entry
        if expires_at <= self._clock():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Store *value* under *key* for *ttl* seconds."""
        self._entries[key] = (self._clock() + ttl, value)
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    async def delete(self, key: str) -> None:
        """Delete *key*."""
        self._entries.pop(key, None)

    def __len__(self) -> int:
        return len(self._entries)
