"""What the lookups of one resolution have in common. It is passed from the resolution down to the DNS queries."""

import attrs

from .._cache_mode import CacheMode
from .._notes import ResolutionNotes
from ..models import HostAddresses


@attrs.frozen(weakref_slot=False)
class LookupScope:
    """What the lookups of one resolution, or of one well-known request, have in common.

    Attributes:
        notes: Records the lookups.
        mode: Which cached answers are acceptable.
        applies_address_policy: False for a server name with an entry in *overrides*: the caller wrote it, so the address policy does not apply.
        found: The hosts with addresses so far. They are used for the whole resolution, even if the query for one family failed.
    """

    notes: ResolutionNotes
    mode: CacheMode
    applies_address_policy: bool = True
    found: dict[str, HostAddresses] = attrs.Factory(dict[str, HostAddresses])

    def part(self, notes: ResolutionNotes, mode: CacheMode) -> "LookupScope":
        """Return the scope of a part of the work that several resolutions may share, with its own notes and mode."""
        return LookupScope(notes, mode, self.applies_address_policy, self.found)
