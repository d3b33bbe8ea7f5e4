"""Work in small helpings: what has become due all at once must not hold up the event loop all at once."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter

_HELPING = 0.002
"""Seconds of one iteration of the event loop; what is begun within them is finished."""


class Turns:
    """Gives steps of work their turn, in order, some of them in each iteration of the event loop. It belongs to that loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Callable[[], None]] = deque()

    def take(self, step: Callable[[], None]) -> None:
        """Call *step* when its turn has come; it must not raise."""
        if not self._waiting:
            self._loop.call_soon(self._serve)
        self._waiting.append(step)

    def _serve(self) -> None:
        until = perf_counter() + _HELPING
        while True:
            self._waiting[0]()
            self._waiting.popleft()
            if not self._waiting:
                return
            if perf_counter() >= until:
                self._loop.call_soon(self._serve)
                return
