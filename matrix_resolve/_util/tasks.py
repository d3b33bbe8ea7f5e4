"""Tasks that end with their owner, each of which is cancelled once: a second time would disturb its own cleaning up."""

import asyncio
from typing import Any


class OwnedTasks:
    """The tasks of one owner on one event loop; those that have ended are forgotten."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        # By us: `task.cancelling()` is also more than 0 in the middle of a timeout of its own.
        self._cancelled: set[asyncio.Task[Any]] = set()

    def add(self, task: "asyncio.Task[Any]") -> None:
        """Own *task* from now on."""
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        self._cancelled.discard(task)

    def cancel(self, task: "asyncio.Task[Any]") -> None:
        """Cancel a task, unless that was done or its loop is closed: whoever waits may be collected long after it."""
        if task not in self._cancelled and not task.get_loop().is_closed():
            self._cancelled.add(task)
            task.cancel()

    async def aclose(self) -> None:
        """Cancel all and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            self.cancel(task)
        if tasks:  # unlike `gather`, `wait` leaves them alone if whoever closes is cancelled
            await asyncio.wait(tasks)
