"""What one piece of work has learnt so far: its trace, its warnings and until when all of that holds."""

import math
from collections.abc import Callable, Iterable

import attrs

from .trace import TraceRecord
from .values import ResolutionWarning


@attrs.define
class Journal:
    """The notes of one resolution, or of one well-known request that several resolutions share.

    Attributes:
        on_event: Called with each trace record as it is made, or None.
        trace: The lookups made, in order.
        warnings: What an operator should know.
        expires_at: The earliest end of all that was used.
        refresh_at: The earliest moment at which something used should be asked for again.
        degraded: A DNS question failed, and the work went on without its answer.
        stale: A delegation was used beyond its lifetime.
        cause: The first exception of a backend, or None.
    """

    on_event: Callable[[TraceRecord], None] | None = None
    trace: list[TraceRecord] = attrs.Factory(list[TraceRecord])
    warnings: tuple[ResolutionWarning, ...] = ()
    expires_at: float = math.inf
    refresh_at: float = math.inf
    degraded: bool = False
    stale: bool = False
    cause: Exception | None = None

    def note(self, record: TraceRecord) -> None:
        """Add a lookup and tell whoever listens."""
        self.trace.append(record)
        if self.on_event is not None:
            self.on_event(record)

    def warn(self, code: str, message: str) -> None:
        """Add a warning, once."""
        self.add_warnings((ResolutionWarning(code, message),))

    def add_warnings(self, warnings: Iterable[ResolutionWarning]) -> None:
        """Add the warnings of a shared request, each once."""
        self.warnings += tuple(warning for warning in warnings if warning not in self.warnings)

    def holds_until(self, expires_at: float, refresh_at: float) -> None:
        """Bound the life of the result by an answer that it rests on."""
        self.expires_at = min(self.expires_at, expires_at)
        self.refresh_at = min(self.refresh_at, refresh_at)
