"""Slots for work that waits for other servers. Work without an answer loses its slot if others wait.

The servers of a name may be silent until the deadline. If the work for it kept its slot, a few such names would hold all slots, and all other
names would have to wait. So after `PATIENCE`, or sooner if the queue is long, the slot passes to the next waiter, while the work itself continues.
Slots pass on one at a time, at an even pace, and waiters that time out are removed a few at a time. So even thousands of dead names that begin
together do not block the event loop.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable

from .waiting_line import WaitingLine

PATIENCE = 0.5
"""Seconds of silence after which work loses its slot if others wait. Most servers answer sooner."""

LEAST_PATIENCE = 0.25
"""The shortest patience, for a long queue. Most servers answer even sooner, and later answers are still used."""

_MIN_INTERVAL = 0.001  # seconds from one slot to the next: the timers of the event loop are not more precise
_TIMEOUTS_AT_A_TIME = 16
_CHECK_INTERVAL = 0.01  # seconds between two checks of whether slots may pass on


class OverloadError(Exception):
    """This process was too busy: no slot became free in time, or the event loop was late. It says nothing about the server."""


class Slot:
    """A slot in use for a zone."""

    __slots__ = ("zone",)

    def __init__(self, zone: str) -> None:
        self.zone: str = zone


class Slots:
    """The slots of one kind on one event loop.

    Args:
        limit: How many pieces of work can hold a slot at once. Work that has lost its slot continues: if each piece takes at most T
            seconds, at most ``limit * T / least_patience`` run at the same time.
        max_wait: Longest wait for a slot, in seconds.
        patience: Seconds after which work loses its slot if the queue is short.
        least_patience: Seconds after which work loses its slot if the queue is long.
        may_pass_on: Returns False while slots must not pass on: the work that holds them is waiting in another queue, which more work
            would only lengthen.

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
        self._waiting_line: WaitingLine[asyncio.Future[Slot]] = WaitingLine()
        self._times_out_at: OrderedDict[asyncio.Future[Slot], float] = OrderedDict()  # when each waiter times out
        self._held: OrderedDict[Slot, float] = OrderedDict()  # since when, oldest first; without slots that passed on
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many pieces of work wait for a slot."""
        return len(self._waiting_line)

    @property
    def has_newcomers(self) -> bool:
        """True if work is waiting whose zone is not known to be silent and holds no slot, or one if it answered last time."""
        return self._waiting_line.has_newcomers

    async def take(self, zone: str) -> Slot:
        """Wait for a slot.

        Args:
            zone: The zone whose servers the work depends on.

        Raises:
            OverloadError: If no slot became free in time.
        """
        if len(self._held) < self._limit and not self._waiting_line:
            self._waiting_line.count(zone)
            return self._occupy(zone)
        return await self._wait(zone)

    def release(self, slot: Slot, *, was_silent: bool | None) -> None:
        """Release *slot*.

        Args:
            slot: The slot, whether or not it has passed on in the meantime.
            was_silent: True if the servers of its zone did not answer; None if they may not have had the time to.
        """
        self._waiting_line.uncount(slot.zone)
        if was_silent is not None:
            self._waiting_line.mark(slot.zone, is_silent=was_silent)
        if self._held.pop(slot, None) is not None:
            self._assign_free_slots()

    async def _wait(self, zone: str) -> Slot:
        began = self._loop.time()
        waiter: asyncio.Future[Slot] = self._loop.create_future()
        self._waiting_line.add(zone, waiter)
        self._times_out_at[waiter] = began + self._max_wait
        self._set_timer(began)
        try:
            return await waiter
        except BaseException:
            self._remove_waiter(zone, waiter)
            raise
        finally:
            self.waited += self._loop.time() - began

    def _remove_waiter(self, zone: str, waiter: "asyncio.Future[Slot]") -> None:
        """Remove a waiter that was cancelled or timed out, and release the slot that it may have got at the same moment."""
        self._waiting_line.remove(zone, waiter)
        self._times_out_at.pop(waiter, None)
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            self._waiting_line.uncount(zone)
            self._held.pop(waiter.result(), None)
        self._assign_free_slots()

    def _occupy(self, zone: str) -> Slot:
        slot = Slot(zone)
        self._held[slot] = self._loop.time()
        return slot

    def _assign_free_slots(self) -> None:
        while self._waiting_line and len(self._held) < self._limit:
            zone, waiter = self._waiting_line.pop()
            self._times_out_at.pop(waiter, None)
            if waiter.done():  # cancelled or timed out, and not removed yet
                self._waiting_line.uncount(zone)
            else:
                waiter.set_result(self._occupy(zone))
        if self._timer is not None and not self._waiting_line:
            self._timer.cancel()
            self._timer = None

    @property
    def _patience(self) -> float:
        """Seconds after which work loses its slot: fewer if the queue is longer."""
        return max(self._least_patience, self._most_patience / (1 + len(self._waiting_line) / self._limit))

    def _set_timer(self, earliest: float) -> None:
        """Schedule the next time at which a slot passes on or a waiter times out, but not before *earliest*."""
        if self._timer is None and self._waiting_line:
            times_out_at = next(iter(self._times_out_at.values()), math.inf)
            passes_on_at = next(iter(self._held.values()), math.inf) + self._patience
            when = max(earliest, min(times_out_at, passes_on_at))
            self._timer = self._loop.call_at(when, self._step, when)

    def _step(self, now: float) -> None:
        self._timer = None
        self._time_out_waiters(now)
        if self._may_pass_on():
            self._pass_on(now)
            self._set_timer(now + max(_MIN_INTERVAL, self._patience / self._limit))
        else:
            self._set_timer(now + _CHECK_INTERVAL)

    def _time_out_waiters(self, now: float) -> None:
        """End waits that are too long, a few at a time, because each waiter then has work to do in the same iteration of the loop."""
        for _ in range(_TIMEOUTS_AT_A_TIME):
            waiter, until = next(iter(self._times_out_at.items()), (None, math.inf))
            if waiter is None or until > now:
                return
            del self._times_out_at[waiter]
            if not waiter.done():
                waiter.set_exception(OverloadError("no slot was free in time"))

    def _pass_on(self, now: float) -> None:
        slot, since = next(iter(self._held.items()), (None, now))
        if slot is not None and since + self._patience <= now:
            del self._held[slot]
            self._waiting_line.mark(slot.zone, is_silent=True)
            self._assign_free_slots()
