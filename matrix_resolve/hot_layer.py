"""Finished resolutions as objects, in front of everything: what makes a repeated ``resolve`` cost a dictionary look-up.

An *entry* is what is known about a name: the resolutions drawn for it, or the failure as data. A *view* is an entry made ready for the fast
path: an iterator that hands out the draws in turn, good until one moment. When a target is reported as failed, the views of the names at its address
are dropped and made again from their entries, with failed targets last: so a hit has nothing to check but the clock.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, cycle, repeat
from operator import length_hint

import attrs

from .counters import Counters
from .errors import Failure
from .failed_targets import During, FailedTargets, NamesByAddress
from .policy import ResolverPolicy
from .target_order import failed_last
from .values import ConnectionTarget, Resolution

CROWDED_TIME = 1.0
"""Seconds for which a view holds whose name is not found through all its addresses: so long may it take until a failure there is seen."""


@attrs.define(weakref_slot=False)
class Entry:
    """What is known about a name.

    Attributes:
        resolutions: One per order drawn by SRV weight, perhaps drawn only when it is asked for; empty after a failure.
        failure: Why there is none, or None.
        expires_at: Until when this holds, by the clock that is never set back; so are the times of resolutions and failure in here.
        refresh_at: From when it is due for refresh.
        serial: When the work that found it began, or when the name was invalidated.
        asked_at: When it was last looked up past the caches, or None.
        failures: Failures to look it up, in a row.
        draw: Hands out the draws in turn, from one view to the next.
        drawn_for: The failed targets that it puts last, and how far the clock was ahead.
    """

    resolutions: Sequence[Resolution]
    failure: Failure | None
    expires_at: float
    refresh_at: float
    serial: int = -1
    asked_at: float | None = None
    failures: int = 0
    draw: Callable[[], Resolution] | None = None
    drawn_for: tuple[set[ConnectionTarget], float] | None = None

    @property
    def is_invalidated(self) -> bool:
        """True if the name was invalidated and not resolved since."""
        return not self.resolutions and self.failure is None


View = tuple[float, float, Callable[[], Resolution]]
"""An entry made ready for the fast path: from when and until when, by the wall clock, it may be used without a look at the entry; and what
hands out its draws in turn."""

_MAX_VIEW_AGE = 60.0
"""Seconds for which a hit looks at the wall clock only. A clock that was set back to before the view was made is noticed at once, one that
was set back by less at the end of this time."""


class HotLayer:
    """Entries and views by exact server name, bounded; the entry stored longest ago goes first.

    Args:
        policy: Its ``max_names``, ``failed_target_time`` and ``max_failed_targets``.
        counters: Count what is cut.
    """

    def __init__(self, policy: ResolverPolicy, counters: Counters) -> None:
        self.views: dict[str, View] = {}
        # Ordered: looking for the first key of a dict steps over every key that was deleted before it.
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._failed = FailedTargets(policy, counters)
        self._names_at = NamesByAddress()
        self._policy = policy
        # All views share it and take one with each draw: it counts hits, and a hit runs no Python code for that.
        self._draws_left = repeat(True, sys.maxsize)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def draws(self) -> int:
        """How many draws have been handed out."""
        return sys.maxsize - length_hint(self._draws_left)

    def entry(self, name: str) -> Entry | None:
        """Give what is known about *name*, expired or not."""
        return self._entries.get(name)

    def store(self, name: str, entry: Entry) -> None:
        """Keep *entry* for *name*, instead of what was there."""
        self.drop(name)
        self._entries[name] = entry
        if len(self._entries) > self._policy.max_names:
            self.drop(next(iter(self._entries)))

    def drop(self, name: str) -> None:
        """Forget *name*."""
        entry = self._entries.pop(name, None)
        self.views.pop(name, None)
        if entry is not None and entry.resolutions:
            self._names_at.remove(name, entry.resolutions[0].targets)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.views.clear()
        self._names_at.clear()

    def view(self, name: str, entry: Entry, *, now: float, ahead: float) -> tuple[View, bool]:
        """Make an unexpired entry with resolutions ready for the fast path.

        Args:
            name: The server name.
            entry: Its entry.
            now: The time by which entries end.
            ahead: By how many seconds it is ahead of the wall clock.

        Returns:
            The view, and True if every target has failed: then it is not kept, so that the caller can see to it each time.
        """
        targets = entry.resolutions[0].targets
        failed = {target: until for target in targets if (until := self._failed.until(target, now=now)) is not None}
        if entry.draw is None or entry.drawn_for != (set(failed), ahead):
            entry.drawn_for, entry.draw = (set(failed), ahead), self._draw(entry, set(failed), ahead)
        until = min(entry.expires_at, entry.refresh_at, now + _MAX_VIEW_AGE, *failed.values())
        view = (now - ahead, until - ahead, entry.draw)
        all_failed = len(failed) == len(targets)
        if not all_failed:
            is_found = self._names_at.add(name, targets)
            self.views[name] = view if is_found else (view[0], min(view[1], view[0] + CROWDED_TIME), view[2])
        return view, all_failed

    def _draw(self, entry: Entry, failed: set[ConnectionTarget], ahead: float) -> Callable[[], Resolution]:
        resolutions: Iterable[Resolution] = entry.resolutions
        if failed:
            resolutions = (attrs.evolve(one, targets=failed_last(one.targets, failed)) for one in resolutions)
        if ahead:
            resolutions = (attrs.evolve(one, expires_at=one.expires_at - ahead) for one in resolutions)
        # a cycle takes each resolution once, when its turn comes, and keeps it
        draws = repeat(next(iter(resolutions))) if len(entry.resolutions) == 1 else cycle(resolutions)
        return compress(draws, self._draws_left).__next__

    def report_failure(self, target: ConnectionTarget, during: During, *, now: float) -> None:
        """Put a target at the end of its priority for a while, wherever it occurs."""
        self._failed.add(target, during, now=now)
        for name in self._names_at.at(target.ip):
            self.views.pop(name, None)
