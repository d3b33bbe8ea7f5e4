"""One piece of work for all who ask the same at the same time.

The work runs in a task of its own: a waiter that is cancelled or runs out of time leaves the others theirs, and only when the last one has
left is the work cancelled. Work returns failures as values; an exception from it is a bug and reaches every waiter.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from .owned_tasks import OwnedTasks

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
        self._tasks = OwnedTasks()  # also those that were cancelled and have not ended yet

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
            flight.task.add_done_callback(lambda _: self._forget(key, flight))
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
                self._tasks.cancel(flight.task)

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def aclose(self) -> None:
        """Cancel all flights and wait until they have ended."""
        await self._tasks.aclose()


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
