"""Logs failures of this program at most once an hour for each cause."""

import logging
from collections.abc import Callable

from .causes import os_error_text

_LOGGER = logging.getLogger("matrix_resolve")
_QUIET = 3600.0  # seconds for which the same failure is not logged again
_MAX_CAUSES = 1000


class ThrottledLog:
    """Logs failures of this program as WARNING, once per cause and hour. Mistakes in the configuration of other servers are not logged.

    Args:
        clock: Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._logged_at: dict[str, float] = {}

    def warn(self, what: str, error: BaseException) -> None:
        """Log that *what* failed because of *error*, unless it was logged within the last hour."""
        cause = f"{what}: {type(error).__name__}"
        now = self._clock()
        if now - self._logged_at.get(cause, -_QUIET) < _QUIET:
            return
        if len(self._logged_at) >= _MAX_CAUSES:
            self._logged_at.clear()
        self._logged_at[cause] = now
        _LOGGER.warning("%s (%s)", cause, os_error_text(error))
