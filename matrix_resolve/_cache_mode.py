"""Which cached answers are acceptable: one value that is passed from `ServerNameResolver.resolve` down to the DNS queries.

Serial numbers record the order in time: each call that bypasses the cache, and each piece of work when it begins, takes the resolver's next
number. So no clock is needed to know whether work began after a call.
"""

from typing import Literal

import attrs


@attrs.frozen
class CacheMode:
    """Which cached answers are acceptable.

    Attributes:
        kind: Any; those not yet due for refresh; or only answers to requests that began after *newer_than*.
        newer_than: With ``"bypass"``, a serial number.
        keeps_known: With ``"bypass"``, True if an older answer that is still valid is used when the new request fails. False after
            `ServerNameResolver.invalidate`.
    """

    kind: Literal["any", "not-due", "bypass"] = "any"
    newer_than: int = -1
    keeps_known: bool = True

    @property
    def bypasses(self) -> bool:
        """True if cached answers are not acceptable."""
        return self.kind == "bypass"

    @property
    def strictness(self) -> int:
        """How strict the mode is. Work done for a mode also serves all less strict modes."""
        if self.bypasses:
            return 1 if self.keeps_known else 2
        return 0

    def accepts(self, serial: int = -1, *, is_due: bool) -> bool:
        """Return whether the answer to a request is acceptable.

        Args:
            serial: When the request began; -1 if that is not known, because the answer may come from another worker.
            is_due: True if the answer is due for refresh.
        """
        if self.bypasses:
            return serial > self.newer_than
        return self.kind == "any" or not is_due

    def since(self, serial: int) -> "CacheMode":
        """Return the mode for work that begins at *serial* and serves all callers that came before."""
        return attrs.evolve(self, newer_than=serial) if self.bypasses else self


ANY = CacheMode()
NOT_DUE = CacheMode("not-due")
