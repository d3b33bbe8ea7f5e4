"""A cache of finished resolutions, which makes a repeated ``resolve`` as cheap as a dictionary look-up.

An *entry* is what is known about a name: its orderings, or the failure as data. A *view* is an entry prepared for the fast path: an iterator
that returns the orderings in rotation, valid until a certain time. When a target is reported as failed, the views of the names at its address
are dropped and rebuilt from their entries, with failed targets last. So a hit only has to check the clock.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, cycle, repeat
from operator import length_hint

import attrs

from .._context import StatsCounter
from ..discovery.ordering import failed_last
from ..errors import Failure
from ..models import ConnectionTarget, Resolution
from ..policy import ResolverPolicy
from .failed_targets import During, FailedTargets, NamesByAddress

CROWDED_TIME = 1.0
"""Seconds for which a view is valid if its name is not indexed under all its addresses. A failure there takes effect after this time."""

_ORDINARY = 8  # targets and warnings: fewer count as nothing


@attrs.define(weakref_slot=False)
class Entry:
    """What is known about a name.

    Attributes:
        resolutions: One for each SRV-weighted ordering, perhaps drawn only when it is needed; empty after a failure.
        failure: Why there is no resolution, or None.
        expires_at: Until when the entry may be used, by `SteadyClock`, as all times in an entry.
        refresh_at: When it becomes due for refresh.
        serial: When the work that found it began, or when the name was invalidated.
        asked_at: When it was last resolved with the caches bypassed, or None.
        failures: Consecutive failures to resolve it.
        draw: Returns the orderings in rotation; each new view continues it.
        drawn_for: The failed targets that *draw* puts last, and how far the clock was ahead.
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
"""An entry prepared for the fast path: the wall-clock times between which it may be used without checking the entry, and the iterator of its
orderings."""

_MAX_VIEW_AGE = 60.0
"""Seconds for which hits check only the wall clock. If it is set back to before the view was made, this is noticed at once; a smaller step is
noticed at the end of this time."""


class HotLayer:
    """Entries and views by exact server name. Their number is bounded; the entry stored longest ago is removed first.

    Args:
        policy: Its ``max_names``, ``failed_target_time`` and ``max_failed_targets``.
        stats: Counts what is cut off.
    """

    def __init__(self, policy: ResolverPolicy, stats: StatsCounter) -> None:
        self.views: dict[str, View] = {}
        # OrderedDict: finding the first key of a dict scans all keys deleted before it.
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._failed = FailedTargets(policy, stats)
        self._weight = 0
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
        self._weight += _weight(entry)
        while self._weight > self._policy.max_names and self._entries:
            self.drop(next(iter(self._entries)))

    def drop(self, name: str) -> None:
        """Forget *name*."""
        entry = self._entries.pop(name, None)
        self.views.pop(name, None)
        self._weight -= 0 if entry is None else _weight(entry)
        if entry is not None and entry.resolutions:
            self._names_at.remove(name, entry.resolutions[0].targets)

    def clear(self) -> None:
        """Forget everything."""
        self._weight = 0
        self._entries.clear()
        self.views.clear()
        self._names_at.clear()

    def view(self, name: str, entry: Entry, *, now: float, ahead: float) -> tuple[View, bool]:
        """Prepare an unexpired entry with resolutions for the fast path.

        Args:
            name: The server name.
            entry: Its entry.
            now: The time by which entries expire.
            ahead: How many seconds *now* is ahead of the wall clock.

        Returns:
            The view, and True if every target has failed. Such a view is not kept, so that the caller can resolve the name again.
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
        # `cycle` takes each ordering once, when it is first needed, and keeps it
        draws = repeat(next(iter(resolutions))) if len(entry.resolutions) == 1 else cycle(resolutions)
        return compress(draws, self._draws_left).__next__

    def report_failure(self, target: ConnectionTarget, during: During, *, now: float) -> None:
        """Put a target at the end of its priority for a while, in all entries."""
        self._failed.add(target, during, now=now)
        for name in self._names_at.at(target.ip):
            self.views.pop(name, None)


def _weight(entry: Entry) -> int:
    """Return how many ordinary names an entry counts as: one that a hostile zone has filled takes fifteen times as much memory."""
    if not entry.resolutions:
        return 1
    first = entry.resolutions[0]
    return 1 + (len(first.targets) + len(first.warnings)) // _ORDINARY
