"""Slots for work that waits for other servers: work without an answer loses its slot if others wait.

Work for one name may be silent until its deadline. If it kept its slot, a few names with silent servers would hold all slots, and every other
name would wait for them. So after `PATIENCE`, or sooner if the queue is long, the slot passes to the next waiter, while the work itself
continues. Slots pass on one at a time, at an even pace, and waiters that time out are removed a few at a time. So thousands of dead names that
begin together do not block the event loop all at once.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable

from .waiting_line import WaitingLine

PATIENCE = 0.5
"""Seconds of silence after which work loses its slot if others wait. Most servers answer sooner."""

LEAST_PATIENCE = 0.25
"""The same for a long queue. Most servers answer even sooner, and later answers still count."""

_LEAST_PACE = 0.001  # seconds from one slot to the next: the timers of the event loop are not more precise
_TURNED_AWAY = 16  # waiters that time out, at a time
_PACE_OF_LOOKING = 0.01  # seconds between two checks of whether slots may pass on


class NoSlot(Exception):  # noqa: N818 - named after what happened
    """No slot became free in time."""


class Slot:
    """A slot in use for a zone."""

    __slots__ = ("zone",)

    def __init__(self, zone: str) -> None:
        self.zone: str = zone


class Slots:
    """The slots of one kind on one event loop.

    Args:
        limit: The number of slots for work that is not silent. If each piece of work takes at most T seconds, at most ``limit * T /
            least_patience`` run at the same time.
        max_wait: Longest wait for a slot, in seconds.
        patience: Seconds after which work counts as silent if the queue is short.
        least_patience: The same for a long queue.
        may_pass_on: Returns False while silent work should keep its slots because it waits in another queue, which more work would only
            lengthen.

    Attributes:
        waited: Total seconds that work has waited for a slot.
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
        self._arrivals: OrderedDict[asyncio.Future[Slot], float] = OrderedDict()  # when each waiter times out
        self._held: OrderedDict[Slot, float] = OrderedDict()  # since when, oldest first; without slots that passed on
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._line)

    @property
    def has_newcomers(self) -> bool:
        """True if work waits for a zone that is not known to be silent and uses at most one slot."""
        return self._line.has_newcomers

    async def take(self, zone: str) -> Slot:
        """Wait for a slot.

        Args:
            zone: The zone whose servers the work asks.

        Raises:
            NoSlot: If none became free in time.
        """
        if len(self._held) < self._limit and not self._line:
            self._line.count(zone)
            return self._hold(zone)
        return await self._wait(zone)

    def give_back(self, slot: Slot, *, was_silent: bool | None) -> None:
        """Release *slot*.

        Args:
            slot: The slot, whether or not it has passed on in the meantime.
            was_silent: True if the servers of its zone did not answer; None if they may not have had the time to.
        """
        self._line.uncount(slot.zone)
        if was_silent is not None:
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
        """Remove a waiter that was cancelled or timed out, and release the slot that it may have got at the same moment."""
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
            if waiter.done():  # cancelled or timed out, and not removed yet
                self._line.uncount(zone)
            else:
                waiter.set_result(self._hold(zone))
        if self._timer is not None and not self._line:
            self._timer.cancel()
            self._timer = None

    @property
    def _patience(self) -> float:
        """Seconds after which work loses its slot: the longer the queue, the sooner."""
        return max(self._least_patience, self._most_patience / (1 + len(self._line) / self._limit))

    def _set_timer(self, earliest: float) -> None:
        """Schedule the next time at which a slot passes on or a waiter times out, but not before *earliest*."""
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
        """End waits that are too long, a few at a time, because each waiter then has work to do."""
        for _ in range(_TURNED_AWAY):
            waiter, until = next(iter(self._arrivals.items()), (None, math.inf))
            if waiter is None or until > now:
                return
            del self._arrivals[waiter]
            if not waiter.done():
                waiter.set_exception(NoSlot("no free slot in time"))

    def _pass_on(self, now: float) -> None:
        slot, since = next(iter(self._held.items()), (None, now))
        if slot is not None and since + self._patience <= now:
            del self._held[slot]
            self._line.mark(slot.zone, is_silent=True)
            self._let_in()
