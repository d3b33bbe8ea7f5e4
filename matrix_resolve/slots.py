"""Slots for work that waits for strangers: work that is silent loses its slot if others wait.

Work for one name may be silent until its deadline. If it kept its slot, a few names whose servers are silent would hold all slots, and every
other name would wait for them. So after `PATIENCE` the slot passes to the next in line, while the work itself goes on. Slots pass on one
at a time, at an even pace: where thousands of dead names begin at once, a slot comes free every few milliseconds instead of all together.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from .waiting_line import WaitingLine

PATIENCE = 0.5
"""Seconds of silence after which work loses its slot if others wait: most servers answer sooner."""


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
        limit: How many there are for work that is not silent. At most ``limit * T / patience`` pieces of work go on at the same time, where
            each takes T seconds at most.
        patience: Seconds after which work counts as silent.
        may_pass_on: Returns False while silent work keeps its slots: what it does waits in another queue, and more would only lengthen that.

    Attributes:
        waited: For how many seconds all that waited for a slot have waited.
    """

    def __init__(
        self, limit: int, patience: float = PATIENCE, *, may_pass_on: Callable[[], bool] = lambda: True
    ) -> None:
        self.waited: float = 0.0
        self._limit, self._patience = limit, patience
        self._may_pass_on = may_pass_on
        self._loop = asyncio.get_running_loop()
        self._line: WaitingLine[asyncio.Future[Slot]] = WaitingLine()
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

    async def take(self, zone: str, *, max_wait: float) -> Slot:
        """Wait for a slot.

        Args:
            zone: Whose servers the work asks.
            max_wait: Seconds.

        Raises:
            NoSlot: If none came free in that time.
        """
        if len(self._held) < self._limit and not self._line:
            self._line.count(zone)
            return self._hold(zone)
        return await self._wait(zone, max_wait)

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

    async def _wait(self, zone: str, max_wait: float) -> Slot:
        waiter: asyncio.Future[Slot] = self._loop.create_future()
        self._line.add(zone, waiter)
        self._set_timer(self._loop.time())
        began = self._loop.time()
        try:
            async with asyncio.timeout(max_wait):
                return await waiter
        except BaseException as error:
            self._give_up(zone, waiter)
            if isinstance(error, TimeoutError):
                raise NoSlot from None
            raise
        finally:
            self.waited += self._loop.time() - began

    def _give_up(self, zone: str, waiter: "asyncio.Future[Slot]") -> None:
        self._line.remove(zone, waiter)
        if waiter.done() and not waiter.cancelled():  # the slot came at the same moment
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
            if waiter.done():  # cancelled, and not removed yet
                self._line.uncount(zone)
            else:
                waiter.set_result(self._hold(zone))
        if self._timer is not None and not self._line:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, earliest: float) -> None:
        """Have the slot that is held longest pass on when its patience is over, but not before *earliest*."""
        if self._timer is None and self._line and self._held:
            when = max(earliest, next(iter(self._held.values())) + self._patience)
            self._timer = self._loop.call_at(when, self._pass_on, when)

    def _pass_on(self, now: float) -> None:
        self._timer = None
        slot, since = next(iter(self._held.items()), (None, now))
        if slot is not None and since + self._patience <= now and self._may_pass_on():
            del self._held[slot]
            self._line.mark(slot.zone, is_silent=True)
            self._let_in()
        self._set_timer(now + self._patience / self._limit)
