"""One piece of work for all who ask the same at the same time.

The work runs in a task of its own: a waiter that is cancelled or runs out of time leaves the others theirs, and only when the last one has
left is the work cancelled. Work returns failures as values; an exception from it is a bug and reaches every waiter.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from .owned_tasks import OwnedTasks

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Flight(Generic[V]):
    __slots__ = ("landed_at", "task", "waiters")

    def __init__(self, task: asyncio.Task[V]) -> None:
        self.task = task
        self.waiters: set[asyncio.Future[V]] = set()
        self.landed_at = 0.0


class SingleFlight(Generic[K, V]):
    """Flights by key. It belongs to one event loop."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}
        self._left = OwnedTasks()  # those of flights that nobody waits for any more, and that have not ended yet

    def __contains__(self, key: K) -> bool:
        return key in self._flights

    def __len__(self) -> int:
        return len(self._flights)

    async def run(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Wait for the flight under *key*, starting it with *work* if there is none.

        Args:
            key: What is asked.
            work: Makes the coroutine; called only if no flight is under way.

        Returns:
            What the work returned, the same object for every waiter.

        Raises:
            RuntimeError: If the flight was cancelled from outside, that is, by `aclose`.
        """
        flight, waiter = self._join(key, work)
        try:
            return await waiter
        finally:
            self._leave(key, flight, waiter)

    async def run_all(self, works: Mapping[K, Callable[[], Coroutine[Any, Any, V]]]) -> dict[K, tuple[V, float]]:
        """Wait for several flights, all under way at the same time.

        Args:
            works: For each key what makes the coroutine, as in `run`.

        Returns:
            What each work returned, and when, by the loop's clock.

        Raises:
            RuntimeError: As in `run`.
        """
        landed: dict[K, tuple[V, float]] = {}
        waiting = self._join_all(works)
        try:
            for key, flight, waiter in waiting:
                landed[key] = await waiter, flight.landed_at
        finally:
            for key, flight, waiter in waiting:
                self._leave(key, flight, waiter)
        return landed

    def _join_all(
        self, works: Mapping[K, Callable[[], Coroutine[Any, Any, V]]]
    ) -> "list[tuple[K, _Flight[V], asyncio.Future[V]]]":
        return [(key, *self._join(key, work)) for key, work in works.items()]

    def _join(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> tuple[_Flight[V], "asyncio.Future[V]"]:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(work()))
            flight.task.add_done_callback(partial(self._land, key, flight))
        waiter: asyncio.Future[V] = flight.task.get_loop().create_future()
        flight.waiters.add(waiter)
        return flight, waiter

    def _leave(self, key: K, flight: _Flight[V], waiter: "asyncio.Future[V]") -> None:
        """Wait no more; the last one to leave ends the flight."""
        flight.waiters.discard(waiter)
        if waiter.done() and not waiter.cancelled():
            waiter.exception()  # it is seen, or nobody needs it because another of several flights failed first
        if not flight.waiters and not flight.task.done():
            self._forget(key, flight)
            self._end(flight)

    def _land(self, key: K, flight: _Flight[V], task: "asyncio.Task[V]") -> None:
        self._forget(key, flight)
        flight.landed_at = task.get_loop().time()
        for waiter in flight.waiters:
            if not waiter.done():
                _hand_on(task, waiter)

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    def _end(self, flight: _Flight[V]) -> None:
        self._left.add(flight.task)
        self._left.cancel(flight.task)

    async def aclose(self) -> None:
        """Cancel all flights and wait until they have ended."""
        for flight in self._flights.values():
            self._end(flight)
        await self._left.aclose()


def _hand_on(task: "asyncio.Task[V]", waiter: "asyncio.Future[V]") -> None:
    """Give a waiter what came of a flight."""
    if task.cancelled():
        waiter.set_exception(RuntimeError("the resolver was closed while it worked on this"))
    elif error := task.exception():
        waiter.set_exception(error)
    else:
        waiter.set_result(task.result())
