"""Background tasks: they have an owner and end with it. Their failures are logged once in a while."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any

from .escaping import printable
from .tasks import OwnedTasks

_LOGGER = logging.getLogger("matrix_resolve")
_QUIET = 3600.0  # seconds for which the same failure is not logged again
_MAX_CAUSES = 1000


class TroubleLog:
    """Logs failures of our own program as WARNING, once per cause and hour; not the misconfiguration of other servers.

    Args:
        clock: Seconds, to measure the hour.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}

    def tell(self, what: str, error: BaseException) -> None:
        """Log that *what* failed because of *error*, unless it was logged within the last hour."""
        cause = f"{what}: {type(error).__name__}"
        now = self._clock()
        if now - self._told.get(cause, -_QUIET) < _QUIET:
            return
        if len(self._told) >= _MAX_CAUSES:
            self._told.clear()
        self._told[cause] = now
        _LOGGER.warning("%s (%s)", cause, printable(str(error)))


class Background:
    """The background tasks of one event loop, at most one for each key.

    Args:
        trouble: Logs exceptions.
        limit: How many tasks run at the same time.
    """

    def __init__(self, trouble: TroubleLog, limit: int) -> None:
        self._tasks = OwnedTasks()
        self._keys: set[Hashable] = set()
        self._trouble = trouble
        self._limit = asyncio.Semaphore(limit)
        self._is_closed = False

    def start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Run *work* unless a task under *key* is running, or all is over."""
        if key not in self._keys and not self._is_closed:
            self._keys.add(key)
            self.spawn(partial(self._in_turn, work)).add_done_callback(lambda _: self._keys.discard(key))

    async def _in_turn(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        async with self._limit:
            await work()

    def spawn(self, work: Callable[[], Coroutine[Any, Any, object]]) -> "asyncio.Task[None]":
        """Run *work* for somebody who may cancel it; it ends with this at the latest."""
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        return task

    async def _run(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody waits for this task, so its errors end here
            if not self._is_closed:  # where it ends is no trouble
                self._trouble.tell("background work failed", error)

    async def aclose(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        self._is_closed = True
        await self._tasks.aclose()
