"""The statistics of a resolver."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from .models import Step
from .reasons import LimitWarning

LimitCode: TypeAlias = Literal[
    "cache-control-cut",
    "cache-value-refused",
    "connection-gave-way",
    "failed-targets-cut",
    "targets-not-tried",
    "well-known-addresses-cut",
    "well-known-connections-cut",
    LimitWarning,
]
"""A key of `ResolverStats.cut`. docs/reference/warnings.md explains each."""


@attrs.frozen(kw_only=True)
class ResolverStats:
    """What a `ServerNameResolver` has done since it was created. All values except `in_flight`, `queued` and `names` only increase.

    Attributes:
        hits: Resolutions that were answered at once from the cache, including remembered failures.
        joined: Resolutions that joined work on the same name that was already under way.
        resolved: Successful resolutions by step, including those in the background; every step is a key.
        failed: Failed resolutions by error code, including those answered from the cache, and invalid server names.
        in_flight: Names that are being resolved, or are waiting for a free slot.
        queued: Names, DNS queries and requests that are waiting for a free slot.
        queue_seconds: Total seconds that names, DNS queries and requests have waited for a free slot.
        busy: Resolutions that failed with `ResolverBusy`.
        names: Names in the cache.
        dns_asked: Queries that were sent to the DNS backend.
        dns_saved: Queries that were answered from the cache, or joined a query that was under way.
        well_known_asked: Requests that were made for well-known documents, counting each redirect.
        well_known_saved: Delegations that were answered from the cache, or joined a request that was under way.
        cut: How often each limit was exceeded, by code.
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
    cut: Mapping[LimitCode, int]

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-compatible values."""
        return attrs.asdict(self)
