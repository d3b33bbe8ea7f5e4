"""An event loop with a virtual clock: timers run in order and without waiting, and a deadlock is an error."""

import asyncio
import selectors
from collections.abc import Callable


class DeadlockError(RuntimeError):
    """Every task waits, and no timer is set."""


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
    """An event loop for work without threads. Its clock jumps to the next timer when nothing else is ready."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Selector(self._wait))

    def _wait(self, seconds: float) -> None:
        self._now += seconds

    def block(self, seconds: float) -> None:
        """Advance the clock as if a callback had blocked the loop."""
        self._now += seconds

    def time(self) -> float:
        """Return the virtual time in seconds since the start of the loop."""
        return self._now
