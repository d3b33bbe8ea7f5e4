"""Work that is done once, however many want its result at the same time."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Once(Generic[K, V]):
    """Results by key. What raises, or is cancelled, is done again for whoever comes next.

    Attributes:
        results: Those that there are, in the order in which they came.
    """

    def __init__(self) -> None:
        self.results: dict[K, V] = {}
        self._locks: defaultdict[K, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def pending(self) -> list[K]:
        """The keys that have no result."""
        return [key for key in self._locks if key not in self.results]

    async def get(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        """Return the result for *key*, which *make* makes if it is missing."""
        async with self._locks[key]:
            if key not in self.results:
                self.results[key] = await make()
        return self.results[key]
