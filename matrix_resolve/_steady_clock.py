"""The time by which everything that is kept in this process ends: wall-clock time that is never set back.

The wall clock alone is not enough: where it is set back by a day, everything lives a day longer. Nor is the monotonic clock: on Linux it
stops while the machine sleeps, and it knows nothing of the days between a snapshot of a virtual machine and its return.
"""

import time
from collections.abc import Callable
from functools import partial

_SET_BACK = 1.0
"""Seconds by which the wall clock has to fall behind to count as set back; less than that is a clock that is being adjusted slowly, or the
time that passes between reading the two."""


class SteadyClock:
    """Returns wall-clock seconds plus all by which the wall clock was ever set back.

    So it moves on by what either clock says, whichever is more, to within a second.

    Args:
        wall: Wall-clock seconds. If its class has a method ``monotonic``, as `FakeClock` has, that is the monotonic clock; otherwise it is
            `time.monotonic`.

    Attributes:
        wall: The wall clock itself: for what goes to users, and to caches that others read.
        ahead: By how many seconds this clock is ahead of the wall clock.
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
