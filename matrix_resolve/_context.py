"""What the parts of a resolver share on one event loop, and the counters behind its statistics."""

from collections import Counter
from collections.abc import Callable

import attrs

from ._address_families import QueriedFamilies
from ._util.loop_lag import LoopLag
from ._util.steady_clock import SteadyClock
from ._util.tasks import BackgroundTasks
from .models import Step
from .policy import ResolverPolicy
from .stats import LimitCode, ResolverStats


@attrs.frozen
class Queues:
    """The queues of one event loop.

    Attributes:
        length: How many names, queries and requests wait.
        seconds: Total waiting time so far, in seconds.
    """

    length: int = 0
    seconds: float = 0.0


@attrs.define
class StatsCounter:
    """The counters of one resolver, each increased where the work is done. See `ResolverStats`."""

    hits: int = 0
    joined: int = 0
    busy: int = 0
    resolved: dict[Step, int] = attrs.Factory(lambda: dict.fromkeys(Step, 0))
    failed: Counter[str] = attrs.Factory(Counter[str])
    dns_asked: int = 0
    dns_saved: int = 0
    well_known_asked: int = 0
    well_known_saved: int = 0
    cut: Counter[LimitCode] = attrs.Factory(Counter[LimitCode])

    def snapshot(self, *, in_flight: int, queues: Queues, names: int) -> ResolverStats:
        """Return the current numbers. This can be called in any thread, because each copy is one atomic step of the interpreter.

        Args:
            in_flight: Names that are being resolved.
            queues: The queues of the event loop.
            names: Names in the cache.
        """
        return ResolverStats(
            hits=self.hits,
            joined=self.joined,
            resolved=dict(self.resolved),
            failed=dict(self.failed),
            in_flight=in_flight,
            queued=queues.length,
            queue_seconds=queues.seconds,
            busy=self.busy,
            names=names,
            dns_asked=self.dns_asked,
            dns_saved=self.dns_saved,
            well_known_asked=self.well_known_asked,
            well_known_saved=self.well_known_saved,
            cut=dict(self.cut),
        )


@attrs.frozen(kw_only=True)
class LoopContext:
    """What the parts of a resolver share on one event loop. It is created once per loop and passed down.

    Attributes:
        policy: Limits, lifetimes, and how strict the resolver is.
        families: Returns the address families in which hosts are looked up.
        clock: The clock by which everything in the caches expires.
        serials: Returns the next serial number, which orders requests in time.
        random: Returns floats from 0 up to, but not including, 1.
        stats: Counts what is done.
        background: Runs background tasks.
        lag: Measures how late the event loop is.
    """

    policy: ResolverPolicy
    families: QueriedFamilies
    clock: SteadyClock
    serials: Callable[[], int]
    random: Callable[[], float]
    stats: StatsCounter
    background: BackgroundTasks
    lag: LoopLag
