"""A cache of finished resolutions, which makes a repeated ``resolve`` as fast as a dictionary lookup.

An *entry* is the result for a name: its orderings, or the failure as data. A *fast answer* is an entry prepared for the fast path: an iterator
over its orderings, and the time until which it may be used. When a target is reported as failed, the fast answers of the names at its address
are dropped and made again from their entries, with failed targets last. So a cache hit only has to check the clock.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, repeat
from typing import Self

import attrs

from .._context import StatsCounter
from ..discovery.ordering import failed_last
from ..errors import Failure
from ..models import ConnectionTarget, Resolution
from ..policy import ResolverPolicy
from .failed_targets import FailedTargets, FailurePhase, NamesByAddress

CROWDED_TIME = 1.0
"""Seconds for which a fast answer is valid if its name is not indexed under all its addresses. A failure there takes effect after this time."""

_ORDINARY = 8  # targets and warnings: an entry with fewer counts as one name


@attrs.define(weakref_slot=False)
class CacheEntry:
    """The result for a name.

    Attributes:
        resolutions: One for each SRV-weighted ordering, which may be drawn only when it is needed. Empty after a failure.
        failure: Why there is no resolution, or None.
        expires_at: The time until which the entry may be used. All times in an entry are those of `SteadyClock`.
        refresh_at: When it becomes due for refresh.
        serial: When the work that found it began, or when the name was invalidated.
        refreshed_at: When it was last resolved with the caches bypassed, or None.
        failures: Consecutive failures to resolve it.
        orderings: Yields the orderings in rotation; each new fast answer continues it.
        ordered_for: The failed targets that *orderings* puts last, and how far the clock was ahead.
    """

    resolutions: Sequence[Resolution]
    failure: Failure | None
    expires_at: float
    refresh_at: float
    serial: int = -1
    refreshed_at: float | None = None
    failures: int = 0
    orderings: Iterator[Resolution] | None = None
    ordered_for: tuple[set[ConnectionTarget], float] | None = None

    @classmethod
    def invalidated(cls, serial: int) -> Self:
        """Return the entry of a name that was invalidated at *serial*."""
        return cls((), None, expires_at=0.0, refresh_at=0.0, serial=serial)

    @property
    def is_invalidated(self) -> bool:
        """True if the name was invalidated and has not been resolved since."""
        return not self.resolutions and self.failure is None

    def was_not_refreshed_since(self, moment: float) -> bool:
        """Return whether no resolution of the name has bypassed the caches after *moment*."""
        return self.refreshed_at is None or self.refreshed_at <= moment


FastAnswer = tuple[float, float, Iterator[Resolution]]
"""An entry prepared for the fast path: the wall-clock times between which it may be used without checking the entry, and the iterator over its
orderings."""

_MAX_AGE = 60.0
"""Seconds for which hits check only the wall clock. If the clock is set back to before the fast answer was made, this is noticed at once. A smaller
step is noticed at the end of this time."""


class ResolutionCache:
    """Entries and fast answers by exact server name. Their number is limited. The entry stored longest ago is removed first.

    Args:
        policy: Its ``max_cached_names``, ``failed_target_ttl`` and ``max_failed_targets``.
        stats: Counts how often limits are exceeded.
    """

    def __init__(self, policy: ResolverPolicy, stats: StatsCounter) -> None:
        self.fast_answers: dict[str, FastAnswer] = {}
        # OrderedDict: finding the first key of a dict scans all keys deleted before it.
        self._entries: OrderedDict[str, CacheEntry] = OrderedDict()
        self._failed = FailedTargets(policy, stats)
        self._weight = 0
        self._names_at = NamesByAddress()
        self._policy = policy

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, name: str) -> CacheEntry | None:
        """Return the entry of *name*, expired or not, or None."""
        return self._entries.get(name)

    def store(self, name: str, entry: CacheEntry) -> None:
        """Store *entry* for *name*, and replace any previous one."""
        self.drop(name)
        self._entries[name] = entry
        self._weight += _weight(entry)
        while self._weight > self._policy.max_cached_names and self._entries:
            self.drop(next(iter(self._entries)))

    def drop(self, name: str) -> None:
        """Forget *name*."""
        entry = self._entries.pop(name, None)
        self.fast_answers.pop(name, None)
        self._weight -= 0 if entry is None else _weight(entry)
        if entry is not None and entry.resolutions:
            self._names_at.remove(name, entry.resolutions[0].targets)

    def clear(self) -> None:
        """Forget everything."""
        self._weight = 0
        self._entries.clear()
        self.fast_answers.clear()
        self._names_at.clear()

    def fast_answer(self, name: str, entry: CacheEntry, *, now: float, ahead: float) -> tuple[FastAnswer, bool]:
        """Prepare an unexpired entry with resolutions for the fast path.

        Args:
            name: The server name.
            entry: Its entry.
            now: The time, by `SteadyClock`.
            ahead: How many seconds *now* is ahead of the wall clock.

        Returns:
            The fast answer, and True if every target has failed. In that case it is not kept, so that the caller can resolve the name again.
        """
        targets = entry.resolutions[0].targets
        failed = {target: until for target in targets if (until := self._failed.until(target, now=now)) is not None}
        if entry.orderings is None or entry.ordered_for != (set(failed), ahead):
            entry.orderings, entry.ordered_for = _orderings(entry, set(failed), ahead), (set(failed), ahead)
        until = min(entry.expires_at, entry.refresh_at, now + _MAX_AGE, *failed.values())
        since, until = now - ahead, until - ahead
        all_failed = len(failed) == len(targets)
        if not all_failed:
            is_found = self._names_at.add(name, targets)
            until = until if is_found else min(until, since + CROWDED_TIME)
            self.fast_answers[name] = since, until, entry.orderings
        return (since, until, entry.orderings), all_failed

    def report_failure(self, target: ConnectionTarget, during: FailurePhase, *, now: float) -> None:
        """Move a target to the end of its priority for a while, in all entries."""
        self._failed.add(target, during, now=now)
        for name in self._names_at.at(target.ip):
            self.fast_answers.pop(name, None)


def _orderings(entry: CacheEntry, failed: set[ConnectionTarget], ahead: float) -> Iterator[Resolution]:
    resolutions: Iterable[Resolution] = entry.resolutions
    if failed:
        resolutions = (attrs.evolve(one, targets=failed_last(one.targets, failed)) for one in resolutions)
    if ahead:
        resolutions = (attrs.evolve(one, expires_at=one.expires_at - ahead) for one in resolutions)
    if len(entry.resolutions) == 1:
        return repeat(next(iter(resolutions)))
    return cycle(resolutions)  # it takes each ordering only when it is first needed, and then keeps it


def _weight(entry: CacheEntry) -> int:
    """Return how many ordinary names an entry counts as. An entry that a hostile zone has filled needs fifteen times as much memory."""
    if not entry.resolutions:
        return 1
    first = entry.resolutions[0]
    return 1 + (len(first.targets) + len(first.warnings)) // _ORDINARY
