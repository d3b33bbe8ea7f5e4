"""Attempts to connect to the targets of a name: begun one after the other, running beside each other, until one has won.

aiohappyeyeballs races, too; but it does not tell which addresses have failed, so that they could be reported, and of TLS it knows nothing.

Source: RFC 8305, section 5; RFC 2782 (priorities).
"""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import takewhile
from typing import Any, Generic, TypeVar

from .connect_errors import TargetFailure
from .values import ConnectionTarget

ATTEMPT_DELAY = 0.25
"""Seconds for which a target's TCP handshake is waited for before the next target of the priority is tried, too (RFC 8305, section 5)."""

TLS_DELAY = 1.0
"""Seconds for which a target is waited for whose TCP handshake came about in time, and whose TLS handshake goes on."""

PRIORITY_DELAY = 2.0
"""Seconds for which a priority is waited for before the next one is tried, too."""

T = TypeVar("T")
Connect = Callable[[ConnectionTarget, Callable[[], None]], Coroutine[Any, Any, T]]
"""Connects to a target; calls what it is given when TCP has come about and TLS begins."""


class Race(Generic[T]):
    """A race, which is over with `aclose`.

    Args:
        connect: Makes an attempt.
        close: Closes what an attempt has opened that nobody waits for any more.
        report_failure: Is told each target that has failed, or that a later one has overtaken.

    Attributes:
        failures: Why targets failed, in order.
    """

    def __init__(
        self, connect: Connect[T], close: Callable[[T], None], report_failure: Callable[[ConnectionTarget], None]
    ) -> None:
        self.failures: list[TargetFailure] = []
        self._connect = connect
        self._close = close
        self._report_failure = report_failure
        self._running: dict[asyncio.Task[T], ConnectionTarget] = {}
        self._began: dict[ConnectionTarget, float] = {}
        self._in_tls: set[ConnectionTarget] = set()
        self._reported: set[ConnectionTarget] = set()
        self._priority: int | None = None
        self._priority_began = 0.0

    async def run(self, target: ConnectionTarget, following: ConnectionTarget | None) -> T | None:
        """Begin with *target*, and wait for a winner, or until it is the turn of the *following* one."""
        now = asyncio.get_running_loop().time()
        if target.priority != self._priority:
            self._priority, self._priority_began = target.priority, now
        self._running[asyncio.create_task(self._attempt(target))] = target
        self._began[target] = now
        if following is None:
            return await self._winner(None, while_running=lambda _: True)
        if following.priority != target.priority:
            seconds = max(ATTEMPT_DELAY, self._priority_began + PRIORITY_DELAY - now)
            return await self._winner(seconds, while_running=lambda other: other.priority == target.priority)
        winner = await self._winner(ATTEMPT_DELAY, while_running=lambda other: other is target)
        if winner is None and target in self._in_tls:
            winner = await self._winner(TLS_DELAY - ATTEMPT_DELAY, while_running=lambda other: other is target)
        return winner

    def give_up(self) -> None:
        """Count the attempts that run as failed: their time is over."""
        for target in self._running.values():
            self._fail(target, TimeoutError())

    async def aclose(self) -> None:
        """End the attempts that run; those that have been silent for long are reported: whoever waited has gone for that reason."""
        silent_since = asyncio.get_running_loop().time() - PRIORITY_DELAY
        running, self._running = self._running, {}
        for task in running:
            task.add_done_callback(self._close_what_it_opened)
            task.cancel()
        for target in running.values():
            if self._began[target] <= silent_since:
                self._report(target)
        if running:  # unlike `gather`, `wait` does not disturb their cleaning up if it is cancelled
            await asyncio.wait(running)

    def _close_what_it_opened(self, task: "asyncio.Task[T]") -> None:
        """Close what an attempt has opened in the moment in which it was cancelled."""
        if not task.cancelled() and task.exception() is None:
            self._close(task.result())

    async def _attempt(self, target: ConnectionTarget) -> T:
        try:
            return await self._connect(target, lambda: self._in_tls.add(target))
        finally:
            self._in_tls.discard(target)

    async def _winner(self, seconds: float | None, *, while_running: Callable[[ConnectionTarget], bool]) -> T | None:
        """Wait until an attempt has succeeded, none of those that are waited for runs any more, or the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while any(map(while_running, self._running.values())):
                    done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                    for task in [task for task in self._running if task in done]:
                        winner = self._take(task)
                        if winner is not None:
                            return winner
        except TimeoutError:
            pass
        return None

    def _take(self, task: "asyncio.Task[T]") -> T | None:
        """Take an attempt that has ended out of the race."""
        earlier = [self._running[other] for other in takewhile(lambda other: other is not task, self._running)]
        target = self._running.pop(task)
        try:
            winner = task.result()
        except OSError as error:
            self._fail(target, error)
            return None
        try:
            for overtaken in earlier:
                self._report(overtaken)
        except BaseException:
            self._close(winner)
            raise
        return winner

    def _fail(self, target: ConnectionTarget, error: OSError) -> None:
        self._report(target)
        self.failures.append(TargetFailure.of(error, target))

    def _report(self, target: ConnectionTarget) -> None:
        """Report a target, once."""
        if target not in self._reported:
            self._reported.add(target)
            self._report_failure(target)
