"""Shares one piece of work among all callers that need the same result at the same time.

The work runs in its own task. If a waiter is cancelled or times out, the others are not affected. The work is cancelled only when the last waiter
has left. Work returns failures as values. If it raises an exception, that is a bug, and every waiter gets the exception.

A caller that bypasses the cache does not join work that began before its call. For each key there is at most one flight under way, and one more
that waits for it to end. The waiting flight serves all callers that arrive until it begins. So there is only one request at a time, however many
callers there are.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable
from functools import partial
from typing import Any, Generic, TypeVar

from .._cache_mode import ANY, CacheMode
from .tasks import TaskSet

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Work = Callable[["Flight[K, V]"], Coroutine[Any, Any, V]]


class Flight(Generic[K, V]):
    """A piece of work that is under way, or waits for another one with the same key to end.

    Args:
        key: Identifies the result.
        mode: Which results the first caller accepts.
        work: Returns the coroutine.

    Attributes:
        key: The key.
        mode: The strictest mode of the callers that arrived before it began.
        began: The serial number at which it began; -1 before that.
        is_outdated: True if its key was invalidated after it began: later callers do not join it, and its result is not kept.
        task: Does the work; None while the flight waits.
        waiters: One future for each caller, set when the flight has landed.
        landed_at: When it landed, in event loop time.
    """

    __slots__ = ("began", "is_outdated", "key", "landed_at", "mode", "task", "waiters", "work")

    def __init__(self, key: K, mode: CacheMode, work: "Work[K, V]") -> None:
        self.key: K = key
        self.mode: CacheMode = mode
        self.work: Work[K, V] = work
        self.began: int = -1
        self.is_outdated: bool = False
        self.task: asyncio.Task[V] | None = None
        self.waiters: set[asyncio.Future[None]] = set()
        self.landed_at: float = 0.0

    @property
    def is_waiting(self) -> bool:
        """True if it has not begun."""
        return self.began < 0

    def serves(self, mode: CacheMode) -> bool:
        """Return whether its result is acceptable in *mode*."""
        if self.is_waiting:  # it begins after this call, and in at least this mode
            return True
        is_new = self.mode.strictness >= mode.strictness and self.began > mode.newer_than
        return not self.is_outdated and (is_new or not mode.bypasses)

    def serve(self, mode: CacheMode, work: "Work[K, V]") -> None:
        """Use the mode and work of one more caller, if they are stricter and the flight has not begun."""
        if self.is_waiting and mode.strictness > self.mode.strictness:
            self.mode, self.work = mode, work

    def land(self) -> None:
        """Wake the waiters."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)

    def result(self) -> V:
        """Return what the work returned, or raise what it raised."""
        if self.task is None or self.task.cancelled():
            raise RuntimeError("the resolver was closed before this call had finished")
        return self.task.result()


class SingleFlight(Generic[K, V]):
    """Flights by key. It belongs to one event loop.

    Args:
        serials: Returns the next serial number.
    """

    def __init__(self, serials: Callable[[], int]) -> None:
        self._serials = serials
        self._under_way: dict[K, Flight[K, V]] = {}
        self._waiting: dict[K, Flight[K, V]] = {}  # each waits for the flight under way with the same key
        self._loop = asyncio.get_running_loop()
        self._left = TaskSet()  # of flights that have no more waiters, and have not ended yet

    def __len__(self) -> int:
        return len(self._under_way) + len(self._waiting)

    def would_join(self, key: K, mode: CacheMode = ANY) -> bool:
        """Return whether there is a flight for *key* that serves *mode*."""
        return self._joinable(key, mode) is not None

    def outdate(self, key: K) -> None:
        """Mark the flight under way for *key* as outdated: later callers do not join it, and its result is not kept."""
        flight = self._under_way.get(key)
        if flight is not None and not flight.is_waiting:
            flight.is_outdated = True

    async def run(self, key: K, work: "Work[K, V]", mode: CacheMode = ANY) -> V:
        """Wait for a flight for *key* that serves *mode*. Start one with *work* if there is none.

        Args:
            key: Identifies the result.
            work: Returns the coroutine for a flight. It is called only if a new flight is needed.
            mode: Which results are acceptable.

        Returns:
            The result of the work, the same object for every waiter.

        Raises:
            RuntimeError: If `aclose` cancelled the flight.
        """
        flight, landing = self._join(key, work, mode)
        try:
            await landing
        finally:
            self._leave(flight, landing)
        return flight.result()

    async def run_all(self, keys: Iterable[K], work: "Work[K, V]", mode: CacheMode = ANY) -> dict[K, tuple[V, float]]:
        """Wait for several flights at the same time.

        Args:
            keys: Identify the results.
            work: As in `run`.
            mode: As in `run`.

        Returns:
            The result of the work for each key, and when it landed, in event loop time.

        Raises:
            RuntimeError: As in `run`.
        """
        joined = {key: self._join(key, work, mode) for key in keys}
        try:
            for _, landing in joined.values():
                await landing
        finally:
            for flight, landing in joined.values():
                self._leave(flight, landing)
        return {key: (flight.result(), flight.landed_at) for key, (flight, _) in joined.items()}

    def _join(self, key: K, work: "Work[K, V]", mode: CacheMode) -> "tuple[Flight[K, V], asyncio.Future[None]]":
        flight = self._joinable(key, mode)
        if flight is None:
            flight = self._add(Flight(key, mode, work))
        flight.serve(mode, work)
        landing: asyncio.Future[None] = self._loop.create_future()
        flight.waiters.add(landing)
        return flight, landing

    def _joinable(self, key: K, mode: CacheMode) -> Flight[K, V] | None:
        for flights in (self._under_way, self._waiting):
            flight = flights.get(key)
            if flight is not None and flight.serves(mode):
                return flight
        return None

    def _add(self, flight: Flight[K, V]) -> Flight[K, V]:
        if flight.key in self._under_way:
            self._waiting[flight.key] = flight
        else:
            self._start(flight)
        return flight

    def _start(self, flight: Flight[K, V]) -> None:
        self._under_way[flight.key] = flight
        flight.task = self._loop.create_task(self._run(flight))
        flight.task.add_done_callback(partial(self._ended, flight))

    async def _run(self, flight: Flight[K, V]) -> V:
        flight.began = self._serials()
        return await flight.work(flight)

    def _ended(self, flight: Flight[K, V], task: "asyncio.Task[V]") -> None:
        self._make_way(flight)
        flight.landed_at = task.get_loop().time()
        flight.land()

    def _make_way(self, flight: Flight[K, V]) -> None:
        """Remove *flight*, so that no caller joins it, and start the one that waits for its end."""
        if self._under_way.get(flight.key) is not flight:
            return
        del self._under_way[flight.key]
        waiting = self._waiting.pop(flight.key, None)
        if (
            waiting is not None and not self._loop.is_closed()
        ):  # waiters may be garbage-collected after the loop was closed
            self._start(waiting)

    def _leave(self, flight: Flight[K, V], landing: "asyncio.Future[None]") -> None:
        """Remove a waiter. When the last one has left, the flight ends."""
        flight.waiters.discard(landing)
        if flight.waiters:
            return
        if flight.task is None:
            self._waiting.pop(flight.key, None)
        elif not flight.task.done():
            self._make_way(flight)
            self._end(flight.task)

    def _end(self, task: "asyncio.Task[V]") -> None:
        self._left.add(task)
        self._left.cancel(task)

    async def aclose(self) -> None:
        """Cancel all flights and wait until they have ended."""
        while self._waiting:
            self._waiting.popitem()[1].land()
        for flight in self._under_way.values():
            if flight.task is not None:
                self._end(flight.task)
        await self._left.aclose()
