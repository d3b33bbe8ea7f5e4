"""A base class for objects that belong to one event loop in one process."""

import asyncio
import os


class LoopBound:
    """Remembers the event loop and the process in which it was created: sockets, tasks and threads cannot be used in any other."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pid = os.getpid()

    def is_current(self) -> bool:
        """Return whether this object was created on the running event loop and in this process."""
        return self._loop is asyncio.get_running_loop() and self._pid == os.getpid()

    @property
    def is_inherited(self) -> bool:
        """True in a child of the process that created it. Then nothing may be closed, because the parent shares the selector of its sockets."""
        return self._pid != os.getpid()

    @property
    def is_left_behind(self) -> bool:
        """True if its event loop is closed, so that no task can be waiting there."""
        return self._loop.is_closed() and not self.is_inherited

    @property
    def is_dead(self) -> bool:
        """True if it can never be used again."""
        return self.is_inherited or self._loop.is_closed()
