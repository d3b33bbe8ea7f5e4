"""One piece of work for all who ask the same at the same time.

The work runs in a task of its own: a waiter that is cancelled or runs out of time leaves the others theirs, and only when the last one has
left is the work cancelled. Work returns failures as values; an exception from it is a bug and reaches every waiter.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Flight(Generic[V]):
    __slots__ = ("task", "waiters")

    def __init__(self, task: asyncio.Task[V]) -> None:
        self.task = task
        self.waiters = 0


class SingleFlight(Generic[K, V]):
    """Flights by key. It belongs to one event loop."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}
        self._tasks: set[asyncio.Task[V]] = set()  # also those that were cancelled and have not ended yet
        self._cancelled: set[asyncio.Task[V]] = set()  # by us: a task may also be in the middle of a timeout of its own

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
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(work()))
            self._tasks.add(flight.task)
            flight.task.add_done_callback(lambda task: self._ended(key, flight, task))
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            if flight.task.cancelled() and not _being_cancelled():
                message = "the resolver was closed while it worked on this"
                raise RuntimeError(message) from None
            raise
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.task.done():
                self._forget(key, flight)
                self._cancel(flight.task)

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    def _cancel(self, task: asyncio.Task[V]) -> None:
        """Cancel a task once: a second time would disturb its own cleaning up."""
        if (
            task not in self._cancelled and not task.get_loop().is_closed()
        ):  # waiters may be collected long after their loop
            self._cancelled.add(task)
            task.cancel()

    def _ended(self, key: K, flight: _Flight[V], task: asyncio.Task[V]) -> None:
        self._tasks.discard(task)
        self._cancelled.discard(task)
        self._forget(key, flight)

    async def aclose(self) -> None:
        """Cancel all flights and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            self._cancel(task)
        await asyncio.gather(*tasks, return_exceptions=True)


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
