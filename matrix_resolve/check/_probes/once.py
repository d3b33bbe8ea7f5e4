"""Do work only once, even if several callers need the result at the same time."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Once(Generic[K, V]):
    """Results by key. Work that raised an exception or was cancelled is done again for the next caller.

    Attributes:
        results: The results so far, in the order in which they arrived.
    """

    def __init__(self) -> None:
        self.results: dict[K, V] = {}
        self._locks: defaultdict[K, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def pending(self) -> list[K]:
        """The keys that have no result yet."""
        return [key for key in self._locks if key not in self.results]

    async def get(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        """Return the result for *key*; call *make* if there is none yet."""
        async with self._locks[key]:
            if key not in self.results:
                self.results[key] = await make()
        return self.results[key]
