"""One piece of work for all who ask the same at the same time.

The work runs in a task of its own: a waiter that is cancelled or runs out of time leaves the others theirs, and only when the last one has
left is the work cancelled. Work returns failures as values; an exception from it is a bug and reaches every waiter.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable
from typing import Any, Generic, TypeVar

from .owned_tasks import OwnedTasks

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Flight(Generic[K, V]):
    """A flight under way.

    Args:
        key: Its key.
        flights: Where it is to be found until it has landed.
        task: Does the work.

    Attributes:
        waiters: Those who want its result, and are told when it has landed.
        landed_at: When that was, by the loop's clock.
    """

    __slots__ = ("_flights", "_key", "landed_at", "task", "waiters")

    def __init__(self, key: K, flights: "dict[K, _Flight[K, V]]", task: "asyncio.Task[V]") -> None:
        self._key = key
        self._flights = flights
        self.task = task
        self.waiters: set[asyncio.Future[None]] = set()
        self.landed_at = 0.0
        task.add_done_callback(self._land)

    def _land(self, task: "asyncio.Task[V]") -> None:
        self.forget()
        self.landed_at = task.get_loop().time()
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)

    def result(self) -> V:
        """Give what the work returned, or raise what it raised."""
        if self.task.cancelled():
            raise RuntimeError("the resolver was closed while it worked on this")
        return self.task.result()

    def forget(self) -> None:
        """Let nobody join any more."""
        if self._flights.get(self._key) is self:
            del self._flights[self._key]


class SingleFlight(Generic[K, V]):
    """Flights by key. It belongs to one event loop."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[K, V]] = {}
        self._loop = asyncio.get_running_loop()
        self._left = OwnedTasks()  # those of flights that nobody waits for any more, and that have not ended yet

    def __contains__(self, key: K) -> bool:
        return key in self._flights

    def __len__(self) -> int:
        return len(self._flights)

    async def run(self, key: K, work: Callable[[K], Coroutine[Any, Any, V]]) -> V:
        """Wait for the flight under *key*, starting it with *work* if there is none.

        Args:
            key: What is asked.
            work: Makes the coroutine; called only if no flight is under way.

        Returns:
            What the work returned, the same object for every waiter.

        Raises:
            RuntimeError: If the flight was cancelled from outside, that is, by `aclose`.
        """
        flight, landing = self._join(key, work)
        try:
            await landing
        finally:
            self._leave(flight, landing)
        return flight.result()

    async def run_all(self, keys: Iterable[K], work: Callable[[K], Coroutine[Any, Any, V]]) -> dict[K, tuple[V, float]]:
        """Wait for several flights, all under way at the same time.

        Args:
            keys: What is asked.
            work: As in `run`.

        Returns:
            What the work returned for each key, and when, by the loop's clock.

        Raises:
            RuntimeError: As in `run`.
        """
        joined = {key: self._join(key, work) for key in keys}
        try:
            for _, landing in joined.values():
                await landing
        finally:
            for flight, landing in joined.values():
                self._leave(flight, landing)
        return {key: (flight.result(), flight.landed_at) for key, (flight, _) in joined.items()}

    def _join(
        self, key: K, work: Callable[[K], Coroutine[Any, Any, V]]
    ) -> "tuple[_Flight[K, V], asyncio.Future[None]]":
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(key, self._flights, self._loop.create_task(work(key)))
        landing: asyncio.Future[None] = self._loop.create_future()
        flight.waiters.add(landing)
        return flight, landing

    def _leave(self, flight: _Flight[K, V], landing: "asyncio.Future[None]") -> None:
        """Wait no more; the last one to leave ends the flight."""
        flight.waiters.discard(landing)
        if not flight.waiters and not flight.task.done():
            flight.forget()
            self._end(flight)

    def _end(self, flight: _Flight[K, V]) -> None:
        self._left.add(flight.task)
        self._left.cancel(flight.task)

    async def aclose(self) -> None:
        """Cancel all flights and wait until they have ended."""
        for flight in self._flights.values():
            self._end(flight)
        await self._left.aclose()
