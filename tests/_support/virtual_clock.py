"""An event loop with a virtual clock: timers fire in order and without waiting, and a deadlock is an error."""

import asyncio
import selectors
from collections.abc import Callable


class DeadlockError(RuntimeError):
    """Everything waits, and nothing will ever happen."""


class _Selector(selectors.DefaultSelector):
    def __init__(self, wait: Callable[[float], None]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if timeout is None and not events:
            raise DeadlockError("every task waits, and no timer is set")
        if timeout and not events:
            self._wait(timeout)
        return events


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """For work without threads: its clock jumps to the next timer as soon as there is nothing else to do."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Selector(self._wait))

    def _wait(self, seconds: float) -> None:
        self._now += seconds

    def block(self, seconds: float) -> None:
        """Let time pass in which the loop runs nothing."""
        self._now += seconds

    def time(self) -> float:
        """Give the seconds that have been waited for."""
        return self._now
