"""What a resolver has done, in numbers."""

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
