"""Time limits of one length, which share one timer of the event loop.

Nearly all limits are over long before their time. A timer of the loop's for each would be put into a heap and taken out again; but those of one
length run out in the order in which they began, so a queue will do.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self


class _Waiting(ABC):
    """Something in the queue.

    Attributes:
        when: At which time of the event loop it is due.
        is_over: True if it no longer matters.
    """

    __slots__ = ("is_over", "when")

    is_over: bool
    when: float

    @abstractmethod
    def ring(self) -> None:
        """Its time has come."""


class Alarm(_Waiting):
    """Something that is done after a while, unless it is called off.

    Args:
        time_limits: Where it waits.
        ring: What is done; it must not raise.
    """

    __slots__ = ("_ring", "_time_limits")

    def __init__(self, time_limits: "TimeLimits", ring: Callable[[], None]) -> None:
        self.is_over: bool = False
        self._time_limits = time_limits
        self._ring: Callable[[], None] | None = ring

    def call_off(self) -> None:
        """Do nothing then."""
        if not self.is_over:
            self.is_over = True
            self._ring = None
            self._time_limits.drop_what_is_over()

    def ring(self) -> None:
        """Do it, once."""
        ring, self._ring = self._ring, None
        self.is_over = True
        if ring is not None:
            ring()


class TimeLimit(_Waiting):
    """A time limit on a block: `asyncio.timeout`, but for whose timer it is.

    Raises:
        TimeoutError: At the end of the block, if its time is over.
    """

    __slots__ = ("_cancelling", "_is_expired", "_task", "_time_limits")

    _task: "asyncio.Task[object] | None"

    def __init__(self, time_limits: "TimeLimits") -> None:
        self.is_over: bool = False
        self._time_limits = time_limits
        self._is_expired = False

    def __enter__(self) -> Self:
        task = self._task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit needs a task that it can cancel")
        self._cancelling = task.cancelling()
        self._time_limits.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        self.is_over = True
        self._time_limits.drop_what_is_over()
        # As in `asyncio.timeout`: who was cancelled by somebody else as well stays cancelled.
        if (
            self._is_expired
            and task is not None
            and task.uncancel() <= self._cancelling
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error

    def ring(self) -> None:
        """Let the time be over now, if it is not."""
        if not self.is_over and self._task is not None:
            self.is_over = True
            self._is_expired = True
            self._task.cancel()


class TimeLimits:
    """Makes time limits. It belongs to one event loop, and leaves nothing there when all are over.

    Args:
        seconds: How long they are.

    Attributes:
        waiting: Those whose time has begun, in order; what is over may stay behind what is not.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds: float = seconds
        self.waiting: deque[_Waiting] = deque()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def limit(self) -> TimeLimit:
        """Give a limit for one block, which begins where the block begins."""
        return TimeLimit(self)

    def set_alarm(self, ring: Callable[[], None]) -> Alarm:
        """Have *ring* called when the time is over."""
        alarm = Alarm(self, ring)
        self.add(alarm)
        return alarm

    def add(self, waiting: _Waiting) -> None:
        """Let the time of *waiting* begin."""
        waiting.when = self._loop.time() + self.seconds
        self.waiting.append(waiting)
        if self._timer is None:
            self._set_timer()

    def drop_what_is_over(self) -> None:
        """Take it out of the queue, as far as it is at the front."""
        while self.waiting and self.waiting[0].is_over:
            self.waiting.popleft()
        if not self.waiting and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        when = self.waiting[0].when
        self._timer = self._loop.call_at(when, self._ring, when)

    def _ring(self, when: float) -> None:
        self._timer = None
        while self.waiting and self.waiting[0].when <= when:
            self.waiting.popleft().ring()
        self.drop_what_is_over()
        if self.waiting and self._timer is None:
            self._set_timer()


async def end_now(deadlines: set[asyncio.Timeout]) -> None:
    """Bring *deadlines* forward to now, and wait until the set is empty: each task removes its own deadline when it ends."""
    now = asyncio.get_running_loop().time()
    for deadline in deadlines:
        if not deadline.expired():
            deadline.reschedule(now)
    while deadlines:  # noqa: ASYNC110 - the tasks are cancelled, and need a few iterations to end
        await asyncio.sleep(0)
