"""What a resolver has done, in numbers: counted where it happens, and read as one value."""

from collections import Counter
from collections.abc import Mapping

import attrs

from .models import Step


@attrs.frozen(kw_only=True)
class ResolverStats:
    """What a `ServerNameResolver` has done since it was created. All values except `in_flight`, `queued` and `names` only increase.

    Attributes:
        hits: Resolutions that were answered at once from what was known, remembered failures among them.
        joined: Resolutions that waited for work on the same name that was under way.
        resolved: Work that found targets, by step, also that in the background; every step is there.
        failed: Work that did not, by the code of the error, also where something known was given instead; and names that are none.
        in_flight: Names that are being resolved, or are waiting for a free slot.
        queued: Names, DNS questions and requests that are waiting for a free slot.
        queue_seconds: Total seconds that names, DNS questions and requests have waited for a free slot.
        busy: Resolutions that failed with `ResolverBusy`.
        names: Names that are remembered.
        dns_asked: Questions that were put to the DNS backend.
        dns_saved: Questions for which the answer was known, or already on its way.
        well_known_asked: Requests that were made for well-knowns, one for each hop.
        well_known_saved: Well-known documents for which the answer was known, or already requested.
        cut: How often each limit has cut something off, by code.
    """

    hits: int
    joined: int
    resolved: Mapping[Step, int]
    failed: Mapping[str, int]
    in_flight: int
    queued: int
    queue_seconds: float
    busy: int
    names: int
    dns_asked: int
    dns_saved: int
    well_known_asked: int
    well_known_saved: int
    cut: Mapping[str, int]

    def to_dict(self) -> dict[str, object]:
        """Give the numbers as JSON-compatible values."""
        return attrs.asdict(self)


@attrs.frozen
class Queues:
    """The queues of one event loop.

    Attributes:
        length: How many wait.
        seconds: Total waiting time so far, in seconds.
    """

    length: int = 0
    seconds: float = 0.0


@attrs.define
class Counters:
    """The numbers of one resolver, counted up by whoever does what they are about; see `ResolverStats`.

    Attributes:
        failure_hits: Those of the hits that were failures; the hot layer counts the others.
    """

    failure_hits: int = 0
    joined: int = 0
    busy: int = 0
    resolved: dict[Step, int] = attrs.Factory(lambda: dict.fromkeys(Step, 0))
    failed: Counter[str] = attrs.Factory(Counter[str])
    dns_asked: int = 0
    dns_saved: int = 0
    well_known_asked: int = 0
    well_known_saved: int = 0
    cut: Counter[str] = attrs.Factory(Counter[str])

    def read(self, *, draws: int, in_flight: int, queues: Queues, names: int) -> ResolverStats:
        """Return the current numbers. This can be called from any thread, because each copy is one step of the interpreter.

        Args:
            draws: Hits that the hot layer has counted.
            in_flight: Names that are being resolved.
            queues: The queues of the event loop.
            names: Names that are remembered.
        """
        return ResolverStats(
            hits=draws + self.failure_hits,
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
