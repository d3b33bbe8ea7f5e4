"""Measures how late the event loop is. A deadline that passes while the loop is late says nothing about a server."""

import asyncio

_INTERVAL = 0.05  # seconds between two measurements
_PRECISION = 0.01  # seconds by which timers may be late on an idle machine
_TOO_LATE = 0.5  # fraction of the time: with this lag, work in several steps takes twice as long


class LoopLag:
    """Measures the lag of one event loop. It has a timer only between `start` and `stop`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._measurements = 0
        self._late = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> tuple[float, float]:
        """Begin a measurement, and return it for `is_too_late`. Each measurement must be ended with `stop`."""
        self._measurements += 1
        if self._timer is None:
            self._set_timer()
        return self._loop.time(), self._late

    def stop(self) -> None:
        """End a measurement."""
        self._measurements -= 1
        if not self._measurements and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def is_too_late(self, measurement: tuple[float, float]) -> bool:
        """Return whether the event loop has been late for at least half of the time since a measurement began."""
        began, late = measurement
        return self._late - late > _TOO_LATE * (self._loop.time() - began)

    def _set_timer(self) -> None:
        due = self._loop.time() + _INTERVAL
        self._timer = self._loop.call_at(due, self._look, due)

    def _look(self, due: float) -> None:
        lateness = self._loop.time() - due
        self._late += lateness if lateness > _PRECISION else 0.0
        self._set_timer()
