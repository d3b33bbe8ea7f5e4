"""Tasks that end with the object that owns them. Each is cancelled only once, because a second cancellation would interrupt its clean-up."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any

from .throttled_log import ThrottledLog


class TaskSet:
    """A set of tasks on one event loop; those that have ended are removed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        # Tasks that this set has cancelled. `task.cancelling()` does not show this: it is also above 0 during a timeout of the task's own.
        self._cancelled: set[asyncio.Task[Any]] = set()

    def add(self, task: "asyncio.Task[Any]") -> None:
        """Add *task*, which ends with this set at the latest."""
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        self._cancelled.discard(task)

    def cancel(self, task: "asyncio.Task[Any]") -> None:
        """Cancel a task, unless it was cancelled before or its loop is closed. A waiter may be garbage-collected long after the loop is closed."""
        if task not in self._cancelled and not task.get_loop().is_closed():
            self._cancelled.add(task)
            task.cancel()

    async def aclose(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            self.cancel(task)
        if tasks:  # unlike `gather`, `wait` does not cancel them again if this is cancelled
            await asyncio.wait(tasks)


class BackgroundTasks:
    """The background tasks of one event loop, at most one for each key.

    Args:
        log: Logs exceptions.
        limit: How many tasks run at the same time.
    """

    def __init__(self, log: ThrottledLog, limit: int) -> None:
        self._tasks = TaskSet()
        self._keys: set[Hashable] = set()
        self._log = log
        self._limit = asyncio.Semaphore(limit)
        self._is_closed = False

    def start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Run *work* unless a task under *key* is running, or this is closed."""
        if key not in self._keys and not self._is_closed:
            self._keys.add(key)
            self.spawn(partial(self._limited, work)).add_done_callback(lambda _: self._keys.discard(key))

    async def _limited(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        async with self._limit:
            await work()

    def spawn(self, work: Callable[[], Coroutine[Any, Any, object]]) -> "asyncio.Task[None]":
        """Run *work* in a task that the caller may cancel. It ends when this is closed, at the latest."""
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        return task

    async def _run(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - no caller waits for this task, so its errors are logged here
            if not self._is_closed:  # errors are expected while the tasks are cancelled
                self._log.warn("background work failed", error)

    async def aclose(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        self._is_closed = True
        await self._tasks.aclose()
