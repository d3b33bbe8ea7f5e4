"""The progress of fetching one well-known document, including redirects."""

import asyncio

import attrs

_NO_WAIT = 0.001  # seconds: the timers of the event loop are not more precise, and setting one takes CPU time


@attrs.define
class FetchProgress:
    """The progress of one fetch.

    Attributes:
        is_asking: True while a request is under way. Before that, a timeout says nothing about the host.
        is_waiting: True while a request waits for a slot.
        has_timed_out: True if the last request timed out.
        connections: How many connections were made.
        limit: The time limit of the fetch, or None before it begins.
    """

    is_asking: bool = False
    is_waiting: bool = False
    has_timed_out: bool = False
    connections: int = 0
    limit: asyncio.Timeout | None = None

    def extend(self, seconds: float) -> None:
        """Extend the time limit by the time spent waiting for a slot, which the host did not cause."""
        if seconds < _NO_WAIT:
            return
        when = self.limit.when() if self.limit is not None and not self.limit.expired() else None
        if self.limit is not None and when is not None:
            self.limit.reschedule(when + seconds)
