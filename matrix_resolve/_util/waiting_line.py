"""Decides which waiter gets the next slot.

The zone that uses the fewest slots comes first, so that one zone with thousands of names cannot crowd out others. A zone that answered last
time comes before an unknown one, and an unknown one before a silent one. Among equals, the newest zone comes first, so that a new name does not
wait behind thousands of dead ones. Every fourth slot goes to the zone that has waited longest, so that no zone waits forever.
"""

from collections import Counter, OrderedDict
from collections.abc import Hashable
from enum import IntEnum
from typing import Generic, TypeVar

W = TypeVar("W", bound=Hashable)

_MAX_ZONES = 10_000  # zones that are remembered: about 1 MB
_LONGEST_WAITING_EVERY = 4


class _LastTime(IntEnum):
    """What a zone's servers did last time. The number is added to the slots in use."""

    ANSWERED, UNKNOWN, SILENT = 0, 1, 2


class WaitingLine(Generic[W]):
    """The waiters by zone, and how the servers of these zones behaved last time."""

    def __init__(self) -> None:
        self._slots = Counter[str]()
        self._last_time: OrderedDict[str, _LastTime] = OrderedDict()
        self._waiters: OrderedDict[str, dict[W, None]] = OrderedDict()
        # The waiting zones by rank, in the order in which they got this rank.
        self._ranks: dict[int, OrderedDict[str, None]] = {}
        self._length = 0
        self._popped = 0

    def __len__(self) -> int:
        return self._length

    @property
    def has_newcomers(self) -> bool:
        """True if there is a waiter whose zone is not known to be silent and holds no slot, or one if it answered last time."""
        return any(rank in self._ranks for rank in (_LastTime.ANSWERED, _LastTime.UNKNOWN))

    def add(self, zone: str, waiter: W) -> None:
        """Add a waiter for *zone*."""
        if zone not in self._waiters:
            self._waiters[zone] = {}
            self._enter_rank(zone)
        self._waiters[zone][waiter] = None
        self._length += 1

    def remove(self, zone: str, waiter: W) -> None:
        """Remove *waiter*, if it still waits."""
        waiters = self._waiters.get(zone)
        if waiters is None or waiter not in waiters:
            return
        del waiters[waiter]
        self._length -= 1
        if not waiters:
            self._leave_rank(zone)
            del self._waiters[zone]

    def pop(self) -> tuple[str, W]:
        """Remove and return the next waiter and its zone, and count the slot as used.

        Raises:
            IndexError: If there are no waiters.
        """
        if not self._length:
            raise IndexError("there are no waiters")
        zone = self._next_zone()
        waiter = next(iter(self._waiters[zone]))
        self.remove(zone, waiter)
        self.count(zone)
        return zone, waiter

    def count(self, zone: str) -> None:
        """Count a slot that *zone* uses."""
        self._leave_rank(zone)
        self._slots[zone] += 1
        self._enter_rank(zone)

    def uncount(self, zone: str) -> None:
        """Count one slot fewer for *zone*."""
        self._leave_rank(zone)
        self._slots[zone] -= 1
        if self._slots[zone] <= 0:
            del self._slots[zone]
        self._enter_rank(zone)

    def mark(self, zone: str, *, is_silent: bool) -> None:
        """Remember whether the servers of *zone* were silent."""
        last_time = _LastTime.SILENT if is_silent else _LastTime.ANSWERED
        if self._last_time.get(zone) == last_time:
            return
        self._leave_rank(zone)
        self._last_time[zone] = last_time
        self._enter_rank(zone)
        if len(self._last_time) > _MAX_ZONES:
            oldest = next(iter(self._last_time))
            self._leave_rank(oldest)
            del self._last_time[oldest]
            self._enter_rank(oldest)

    def _next_zone(self) -> str:
        self._popped += 1
        if self._popped % _LONGEST_WAITING_EVERY == 0:
            return next(iter(self._waiters))
        return next(reversed(self._ranks[min(self._ranks)]))

    def _rank(self, zone: str) -> int:
        return self._slots[zone] + self._last_time.get(zone, _LastTime.UNKNOWN)

    def _leave_rank(self, zone: str) -> None:
        if zone in self._waiters:
            zones = self._ranks[rank := self._rank(zone)]
            del zones[zone]
            if not zones:
                del self._ranks[rank]

    def _enter_rank(self, zone: str) -> None:
        if zone in self._waiters:
            self._ranks.setdefault(self._rank(zone), OrderedDict())[zone] = None
