"""A wall clock that is never set back. It determines when entries in the caches of this process expire.

The wall clock alone is not enough: if it is set back by a day, everything lives a day longer. The monotonic clock is not enough either: on Linux
it stops while the machine sleeps, and it does not count the time between a snapshot of a virtual machine and its restoration.
"""

import time
from collections.abc import Callable
from functools import partial

_SET_BACK = 1.0
"""Seconds by which the wall clock has to fall behind to count as set back. A smaller difference may be a slow adjustment, or the time that
passes between reading the two clocks."""


class SteadyClock:
    """A clock that returns wall-clock seconds plus the total by which the wall clock has been set back.

    It advances by as much as the faster of the two clocks, to within a second.

    Args:
        wall: Returns wall-clock seconds. If its class has a method ``monotonic``, as `FakeClock` has, that method replaces
            `time.monotonic`.

    Attributes:
        wall: The wall clock itself, for times that users see and times in shared caches.
        ahead: How many seconds this clock is ahead of the wall clock.
    """

    def __init__(self, wall: Callable[[], float]) -> None:
        self.wall = wall
        self.ahead: float = 0.0
        own = getattr(type(wall), "monotonic", None)
        self._monotonic: Callable[[], float] = time.monotonic if own is None else partial(own, wall)
        self._lead = wall() - self._monotonic()

    def __call__(self) -> float:
        """Return the time."""
        wall = self.wall()
        lead = wall - self._monotonic()
        if lead > self._lead:  # set forward, or the machine was asleep
            self._lead = lead
        elif self._lead - lead >= _SET_BACK:
            self.ahead += self._lead - lead
            self._lead = lead
        return wall + self.ahead

    def to_wall(self, moment: float) -> float:
        """Return what the wall clock will show at *moment* of this clock."""
        return moment - self.ahead
