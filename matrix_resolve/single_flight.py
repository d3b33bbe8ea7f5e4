"""One piece of work for all who ask the same at the same time.

The work runs in a task of its own: a waiter that is cancelled or runs out of time leaves the others theirs, and only when the last one has
left is the work cancelled. Work returns failures as values; an exception from it is a bug and reaches every waiter.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from typing import Any, Generic, TypeVar

from .owned_tasks import OwnedTasks

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Waiter:
    """Somebody who waits for some flights, and is woken when all have landed, or one has failed.

    Args:
        missing: How many have not landed.
    """

    __slots__ = ("future", "missing")

    def __init__(self, missing: int) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.missing = missing

    def tell(self, task: "asyncio.Task[Any]") -> None:
        """Take note of a flight that has landed."""
        if self.future.done():
            return
        self.missing -= 1
        if task.cancelled():
            self.future.set_exception(RuntimeError("the resolver was closed while it worked on this"))
        elif error := task.exception():
            self.future.set_exception(error)
        elif not self.missing:
            self.future.set_result(None)

    def leave(self) -> None:
        """Wait no more."""
        if self.future.done() and not self.future.cancelled():
            self.future.exception()  # it is seen, or nobody needs it because this one was cancelled meanwhile


class _Flight(Generic[K, V]):
    """A flight under way.

    Args:
        key: Its key.
        flights: Where it is to be found until it has landed.
        task: Does the work.
    """

    __slots__ = ("_flights", "_key", "landed_at", "task", "waiters")

    def __init__(self, key: K, flights: "dict[K, _Flight[K, V]]", task: "asyncio.Task[V]") -> None:
        self._key = key
        self._flights = flights
        self.task = task
        self.waiters: set[_Waiter] = set()
        self.landed_at = 0.0
        task.add_done_callback(self._land)

    def _land(self, task: "asyncio.Task[V]") -> None:
        self.forget()
        self.landed_at = task.get_loop().time()
        for waiter in self.waiters:
            waiter.tell(task)

    def forget(self) -> None:
        """Let nobody join any more."""
        if self._flights.get(self._key) is self:
            del self._flights[self._key]


class SingleFlight(Generic[K, V]):
    """Flights by key. It belongs to one event loop."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[K, V]] = {}
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
        waiter = _Waiter(1)
        flight = self._join(waiter, key, work)
        try:
            await waiter.future
        finally:
            waiter.leave()
            self._leave(waiter, flight)
        return flight.task.result()

    async def run_all(self, works: Mapping[K, Callable[[], Coroutine[Any, Any, V]]]) -> dict[K, tuple[V, float]]:
        """Wait for several flights, all under way at the same time.

        Args:
            works: For each key what makes the coroutine, as in `run`.

        Returns:
            What each work returned, and when, by the loop's clock.

        Raises:
            RuntimeError: As in `run`.
        """
        if not works:
            return {}
        waiter = _Waiter(len(works))
        flights = {key: self._join(waiter, key, work) for key, work in works.items()}
        try:
            await waiter.future
        finally:
            waiter.leave()
            for flight in flights.values():
                self._leave(waiter, flight)
        return {key: (flight.task.result(), flight.landed_at) for key, flight in flights.items()}

    def _join(self, waiter: _Waiter, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> _Flight[K, V]:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(key, self._flights, asyncio.create_task(work()))
        flight.waiters.add(waiter)
        return flight

    def _leave(self, waiter: _Waiter, flight: _Flight[K, V]) -> None:
        """Wait no more; the last one to leave ends the flight."""
        flight.waiters.discard(waiter)
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
