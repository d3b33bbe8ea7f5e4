"""What the lookups of one resolution have in common; handed down from the resolution to the DNS queries."""

import attrs

from .._cache_mode import CacheMode
from .._notes import Journal
from ..models import HostAddresses


@attrs.frozen(weakref_slot=False)
class LookupScope:
    """What the lookups of one resolution, or of one well-known request, have in common.

    Attributes:
        journal: Records the lookups.
        mode: Which cached answers are acceptable.
        applies_address_policy: False for what an override leads to: the caller wrote it, so the address policy is not applied.
        found: The hosts with addresses so far. An answer, even of one family while the other failed, serves the whole resolution.
    """

    journal: Journal
    mode: CacheMode
    applies_address_policy: bool = True
    found: dict[str, HostAddresses] = attrs.Factory(dict[str, HostAddresses])

    def part(self, journal: Journal, mode: CacheMode) -> "LookupScope":
        """Return the scope of work that several resolutions may share, with notes and a mode of its own."""
        return LookupScope(journal, mode, self.applies_address_policy, self.found)
