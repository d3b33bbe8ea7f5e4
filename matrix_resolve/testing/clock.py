"""A clock that stands still until a test advances it."""


class FakeClock:
    """A clock that returns wall-clock seconds; pass it as ``clock=``.

    Attributes:
        now: The wall-clock time. Set it to move the wall clock forward or back without any time passing.

    Args:
        now: The initial time, in seconds since 1970.
    """

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now: float = now
        self._passed = 0.0

    def __call__(self) -> float:
        """Return the wall-clock time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Advance the time by *seconds*."""
        self.now += seconds
        self._passed += max(0.0, seconds)

    def monotonic(self) -> float:
        """Return how many seconds have passed. The resolver calls this method instead of `time.monotonic`."""
        return self._passed
