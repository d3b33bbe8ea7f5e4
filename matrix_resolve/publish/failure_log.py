"""Log failures that any client can cause, with at most one line a minute."""

import asyncio
from collections import Counter
from collections.abc import Callable

LOG_INTERVAL = 60.0
"""Seconds between two lines."""


class FailureLog:
    """Counts failures by kind, and logs the numbers after the first failure, and then after each interval with further failures.

    Args:
        log: Called with each line.
        interval: Seconds between two lines.
    """

    def __init__(self, log: Callable[[str], None], interval: float = LOG_INTERVAL) -> None:
        self._log, self._interval = log, interval
        self._counts = Counter[str]()
        self._timer: asyncio.TimerHandle | None = None

    def count(self, kind: str) -> None:
        """Count a failure."""
        self._counts[kind] += 1
        if self._timer is None:
            self._log_counts()

    @property
    def is_quiet(self) -> bool:
        """True if the last interval had no failure, so that the next one is logged at once."""
        return self._timer is None

    def _log_counts(self) -> None:
        self._timer = None
        if self._counts:
            numbers = ", ".join(f"{number} {kind}" for kind, number in self._counts.most_common())
            self._counts.clear()
            self._timer = asyncio.get_running_loop().call_later(self._interval, self._log_counts)
            self._log(f"failed connections: {numbers}")

    def close(self) -> None:
        """Stop logging."""
        if self._timer is not None:
            self._timer.cancel()
