"""Slots for work that waits for strangers: work that is silent loses its slot if others wait.

Work for one name may be silent until its deadline. If it kept its slot, a few names whose servers are silent would hold all slots, and every
other name would wait for them. So after `PATIENCE` the slot passes to the next in line, while the work itself goes on; the longer the line,
the sooner. Slots pass on one at a time, at an even pace, and those who have waited too long are turned away a few at a time: where thousands of
dead names begin at once, something happens every few milliseconds instead of all at once.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable

from .waiting_line import WaitingLine

PATIENCE = 0.5
"""Seconds of silence after which work loses its slot if others wait: most servers answer sooner."""

LEAST_PATIENCE = 0.25
"""The same where the line is long: most servers answer sooner than that, too, and the answers of others still count."""

_LEAST_PACE = 0.001  # seconds from one slot to the next: the timers of the event loop are no finer
_TURNED_AWAY = 16  # of those who have waited too long, at a time
_PACE_OF_LOOKING = 0.01  # seconds from one look to the next at whether slots may pass on


class NoSlot(Exception):  # noqa: N818 - named by what happened
    """No slot came free in time."""


class Slot:
    """A slot in use for a zone."""

    __slots__ = ("zone",)

    def __init__(self, zone: str) -> None:
        self.zone: str = zone


class Slots:
    """Slots of one kind on one event loop.

    Args:
        limit: How many there are for work that is not silent. At most ``limit * T / least_patience`` pieces of work go on at the same time,
            where each takes T seconds at most.
        max_wait: Seconds after which those who wait are turned away.
        patience: Seconds after which work counts as silent, while nobody waits.
        least_patience: The same, however many wait.
        may_pass_on: Returns False while silent work keeps its slots: what it does waits in another queue, and more would only lengthen that.

    Attributes:
        waited: For how many seconds all that waited for a slot have waited.
    """

    def __init__(
        self,
        limit: int,
        *,
        max_wait: float,
        patience: float = PATIENCE,
        least_patience: float = LEAST_PATIENCE,
        may_pass_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self.waited: float = 0.0
        self._limit, self._max_wait = limit, max_wait
        self._most_patience, self._least_patience = patience, min(patience, least_patience)
        self._may_pass_on = may_pass_on
        self._loop = asyncio.get_running_loop()
        self._line: WaitingLine[asyncio.Future[Slot]] = WaitingLine()
        self._arrivals: OrderedDict[asyncio.Future[Slot], float] = OrderedDict()  # when those that wait are turned away
        self._held: OrderedDict[Slot, float] = OrderedDict()  # since when, oldest first; without those that were silent
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    @property
    def has_newcomers(self) -> bool:
        """True if work waits for a zone that is not known to be silent, and uses one slot at most."""
        return self._line.has_newcomers

    async def take(self, zone: str) -> Slot:
        """Wait for a slot.

        Args:
            zone: Whose servers the work asks.

        Raises:
            NoSlot: If none came free in time.
        """
        if len(self._held) < self._limit and not self._line:
            self._line.count(zone)
            return self._hold(zone)
        return await self._wait(zone)

    def give_back(self, slot: Slot, *, was_silent: bool) -> None:
        """End the use of *slot*.

        Args:
            slot: The slot, whether or not it has passed to others in the meantime.
            was_silent: True if the servers of its zone did not answer.
        """
        self._line.uncount(slot.zone)
        self._line.mark(slot.zone, is_silent=was_silent)
        if self._held.pop(slot, None) is not None:
            self._let_in()

    async def _wait(self, zone: str) -> Slot:
        began = self._loop.time()
        waiter: asyncio.Future[Slot] = self._loop.create_future()
        self._line.add(zone, waiter)
        self._arrivals[waiter] = began + self._max_wait
        self._set_timer(began)
        try:
            return await waiter
        except BaseException:
            self._leave(zone, waiter)
            raise
        finally:
            self.waited += self._loop.time() - began

    def _leave(self, zone: str, waiter: "asyncio.Future[Slot]") -> None:
        """Drop a waiter that was cancelled or turned away, and the slot that it may have got at the same moment."""
        self._line.remove(zone, waiter)
        self._arrivals.pop(waiter, None)
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            self._line.uncount(zone)
            self._held.pop(waiter.result(), None)
        self._let_in()

    def _hold(self, zone: str) -> Slot:
        slot = Slot(zone)
        self._held[slot] = self._loop.time()
        return slot

    def _let_in(self) -> None:
        while self._line and len(self._held) < self._limit:
            zone, waiter = self._line.pop()
            self._arrivals.pop(waiter, None)
            if waiter.done():  # cancelled or turned away, and not removed yet
                self._line.uncount(zone)
            else:
                waiter.set_result(self._hold(zone))
        if self._timer is not None and not self._line:
            self._timer.cancel()
            self._timer = None

    @property
    def _patience(self) -> float:
        """After how many seconds work loses its slot: the longer the line, the sooner."""
        return max(self._least_patience, self._most_patience / (1 + len(self._line) / self._limit))

    def _set_timer(self, earliest: float) -> None:
        """Have a slot pass on or a waiter turned away when it is time, but not before *earliest*."""
        if self._timer is None and self._line:
            turned_away = next(iter(self._arrivals.values()), math.inf)
            passed_on = next(iter(self._held.values()), math.inf) + self._patience
            when = max(earliest, min(turned_away, passed_on))
            self._timer = self._loop.call_at(when, self._step, when)

    def _step(self, now: float) -> None:
        self._timer = None
        self._turn_away(now)
        if self._may_pass_on():
            self._pass_on(now)
            self._set_timer(now + max(_LEAST_PACE, self._patience / self._limit))
        else:
            self._set_timer(now + _PACE_OF_LOOKING)

    def _turn_away(self, now: float) -> None:
        """Turn away those who have waited too long, but not all at once: each of them has something to do then."""
        for _ in range(_TURNED_AWAY):
            waiter, until = next(iter(self._arrivals.items()), (None, math.inf))
            if waiter is None or until > now:
                return
            del self._arrivals[waiter]
            if not waiter.done():
                waiter.set_exception(NoSlot("too much else is under way"))

    def _pass_on(self, now: float) -> None:
        slot, since = next(iter(self._held.items()), (None, now))
        if slot is not None and since + self._patience <= now:
            del self._held[slot]
            self._line.mark(slot.zone, is_silent=True)
            self._let_in()
