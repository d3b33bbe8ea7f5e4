"""Limits how many connections are being opened at the same time, and decides which of them end early when others need a place.

Hostile names may lead to targets that never answer. Each connection that is being opened has a place. While there is room, it may also make
extra attempts in parallel with its first. When no place is free, the connections that have been trying longest end early.
"""

import asyncio
from collections import Counter, OrderedDict

from .._context import StatsCounter
from ..policy import ResolverPolicy
from ..stats import LimitCode

GIVE_WAY_AFTER = 2.0
"""Seconds that each connection gets even if others wait for its place. A lost SYN is retransmitted after one second (RFC 6298, section 2.1)."""


class ConnectionSlots:
    """The places of one resolver, on one event loop after the other.

    Args:
        policy: At most ``max_connecting`` connections are being opened at the same time, with half as many extra attempts in total. Each has
            ``connecting_deadline`` seconds.
        stats: Counts how often limits are exceeded.

    Attributes:
        deadline: Seconds for one connection.
        cut: Counts how often limits are exceeded, by code.
        taken: The places in use, in the order in which they were taken.
        waiting: The places that are waited for, in order.
        extra: How many attempts there are in addition to the first one of each connection.
    """

    def __init__(self, policy: ResolverPolicy, stats: StatsCounter) -> None:
        self.deadline: float = policy.connecting_deadline
        self.taken: OrderedDict[Place, None] = OrderedDict()
        self.waiting: OrderedDict[Place, asyncio.Future[None]] = OrderedDict()
        self.extra: int = 0
        self._limit = policy.max_connecting
        self.cut: Counter[LimitCode] = stats.cut
        self._loop: asyncio.AbstractEventLoop | None = None

    def place(self) -> "Place":
        """Return a place that is not taken yet."""
        return Place(self)

    async def take(self, place: "Place") -> None:
        """Wait until *place* is taken."""
        self._start_anew_on_another_loop()
        if len(self.taken) < self._limit:
            self._enter(place)
            return
        self.waiting[place] = asyncio.get_running_loop().create_future()
        oldest = next((one for one in self.taken if not one.is_wanted), None)
        if oldest is not None:
            oldest.give_way()
        await self.waiting[place]

    def release(self, place: "Place") -> None:
        """Release *place*, whether it is taken or still waited for, and pass it to the next connection in line."""
        self.waiting.pop(place, None)
        if place not in self.taken:
            return
        del self.taken[place]
        if place.gave_way:
            self.cut["connection-gave-way"] += 1
        while self.waiting:
            following, future = self.waiting.popitem(last=False)
            if not future.done():
                self._enter(following)
                future.set_result(None)
                return

    def resize(self, before: int, after: int) -> bool:
        """Change the number of extra attempts of a connection from *before* to *after*. Return False if there is no room."""
        if after > before and self.extra + after - before > self._limit // 2:
            return False
        self.extra += after - before
        return True

    def _enter(self, place: "Place") -> None:
        self.taken[place] = None
        place.began = asyncio.get_running_loop().time()
        if self.waiting:
            place.give_way()

    def _start_anew_on_another_loop(self) -> None:
        """Forget the places of a loop that ended before its tasks did."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self.extra = loop, 0
            self.taken.clear()
            self.waiting.clear()


class Place:
    """The place of one connection that is being opened.

    Args:
        places: The places that it belongs to.

    Attributes:
        began: When it was taken, in event loop time.
        is_wanted: True if another connection waits for it.
        gave_way: True if the connection therefore ended early.
    """

    def __init__(self, places: ConnectionSlots) -> None:
        self.began: float = 0.0
        self.is_wanted: bool = False
        self._places = places
        self._limit: asyncio.Timeout | None = None
        self._shortened: asyncio.Timeout | None = None
        self._extra = 0

    async def take(self, limit: asyncio.Timeout) -> None:
        """Wait for the place. After that, *limit*, the timeout for connecting, may be shortened."""
        await self._places.take(self)
        self._limit = limit
        if self.is_wanted:
            self.give_way()

    def resize(self, attempts: int) -> bool:
        """Set the number of attempts. Return False if there is no room for that many. There is always room for one."""
        extra = max(0, attempts - 1)
        is_possible = self._places.resize(self._extra, extra)
        if is_possible:
            self._extra = extra
        return is_possible

    def give_way(self) -> None:
        """Shorten the timeout to `GIVE_WAY_AFTER`, because others wait."""
        self.is_wanted = True
        limit, when = self._limit, self.began + GIVE_WAY_AFTER
        if limit is not None and not limit.expired() and when < (limit.when() or float("inf")):
            limit.reschedule(when)
            self._shortened = limit

    @property
    def gave_way(self) -> bool:
        """True if its timeout was shortened, and has passed."""
        return self._shortened is not None and self._shortened.expired()

    def keep(self) -> None:
        """Keep the place until it is released, because the connection is open."""
        self._limit = None

    def release(self) -> None:
        """Release the place."""
        self._limit = None
        self.resize(0)
        self._places.release(self)
