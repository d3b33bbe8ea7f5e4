"""A clock that stands still until it is moved."""


class FakeClock:
    """Gives wall-clock seconds; pass it as ``clock=``.

    Args:
        now: What it says at first, in seconds since 1970.
    """

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now: float = now

    def __call__(self) -> float:
        """Say what time it is."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on by *seconds*."""
        self.now += seconds
