"""What belongs to one event loop in one process, and has to be made again for another."""

import asyncio
import os


class LoopBound:
    """Remembers where it was made: sockets, tasks and threads are of no use on another event loop or after a fork."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pid = os.getpid()

    def is_current(self) -> bool:
        """Return whether the running event loop and the process are those in which this was made."""
        return self._loop is asyncio.get_running_loop() and self._pid == os.getpid()

    @property
    def is_inherited(self) -> bool:
        """True in a child of the process that made it: the parent shares what watches the sockets, so nothing may be closed."""
        return self._pid != os.getpid()

    @property
    def is_left_behind(self) -> bool:
        """True if its event loop is closed, so that nobody waits for anything there."""
        return self._loop.is_closed() and not self.is_inherited

    @property
    def is_dead(self) -> bool:
        """True if it can never be used again."""
        return self.is_inherited or self._loop.is_closed()
