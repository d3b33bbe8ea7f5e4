"""Happy Eyeballs with TLS: attempts to connect to targets start one after the other and run in parallel, until one succeeds.

The package aiohappyeyeballs does this only for TCP, and does not report which addresses have failed.

Source: RFC 8305, section 5; RFC 2782 (priorities).
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from itertools import takewhile
from operator import is_
from typing import Any, Generic, TypeVar

from .._engine.connection_slots import Place
from .._engine.failed_targets import FailurePhase
from ..models import ConnectionTarget
from .errors import RouteFailed, TargetFailure, is_local_error

ATTEMPT_DELAY = 0.25
"""Seconds to wait for a TCP handshake before the next target of the same priority is also tried (RFC 8305, section 5)."""

TLS_DELAY = 1.0
"""Seconds to wait for a target whose TCP handshake was completed in time, but not yet its TLS handshake."""

PRIORITY_DELAY = 2.0
"""Seconds to wait for the targets of one priority before the next priority is also tried."""

MAX_AT_ONCE = 8
"""Targets that are tried at the same time for one connection. One starts every 0.25 s, so each gets at least two seconds."""

T = TypeVar("T")
Connect = Callable[[ConnectionTarget, Callable[[], None]], Coroutine[Any, Any, T]]
"""Connects to a target, and calls its second argument when TCP is connected and TLS begins."""


async def race(
    targets: Sequence[ConnectionTarget],
    *,
    connect: Connect[T],
    close: Callable[[T], None],
    report_failure: Callable[[ConnectionTarget, FailurePhase], None],
    place: Place,
    limit: AbstractAsyncContextManager[asyncio.Timeout],
) -> T:
    """Return a connection to the first of *targets* that can be connected to.

    Args:
        targets: Where to connect, in order.
        connect: Makes an attempt.
        close: Closes the connection of an attempt that is no longer needed.
        report_failure: Called with each target that failed, or was slower than a later one, and with the phase in which it failed.
        place: The place of the connection, which limits how many targets may be tried at the same time.
        limit: The timeout for all attempts together.

    Raises:
        RouteFailed: If none of them could be connected to, or time runs out.
    """
    attempts, winner = Attempts(connect, close, report_failure, place), None
    try:
        async with limit as timeout:
            await place.take(timeout)
            winner = await _first(attempts, targets)
            place.keep()
    except TimeoutError:
        attempts.give_up()
        raise RouteFailed(attempts.failures, out_of_time=True) from None
    finally:
        await _end(attempts, winner, close)
    if winner is None:
        raise RouteFailed(attempts.failures)
    return winner


async def _first(attempts: "Attempts[T]", targets: Sequence[ConnectionTarget]) -> T | None:
    for target, following in zip(targets, [*targets[1:], None], strict=True):
        winner = await attempts.start(target, following)
        if winner is not None:
            return winner
    return None


async def _end(attempts: "Attempts[T]", winner: T | None, close: Callable[[T], None]) -> None:
    """End the attempts. If this is cancelled, no caller gets the connection that won, so it is closed."""
    try:
        await attempts.aclose()
    except BaseException:
        if winner is not None:
            close(winner)
        raise


class Attempts(Generic[T]):
    """The attempts to connect to one of several targets; `aclose` ends them.

    Args:
        connect: Makes an attempt.
        close: Closes the connection of an attempt that is no longer needed.
        report_failure: Called with each target that failed, or was slower than a later one, and with the phase in which it failed.
        place: The place of the connection, which limits how many targets may be tried at the same time.

    Attributes:
        failures: Why targets failed, in order.
    """

    def __init__(
        self,
        connect: Connect[T],
        close: Callable[[T], None],
        report_failure: Callable[[ConnectionTarget, FailurePhase], None],
        place: Place,
    ) -> None:
        self.failures: list[TargetFailure] = []
        self._connect = connect
        self._close = close
        self._report_failure = report_failure
        self._place = place
        self._running: dict[asyncio.Task[T], ConnectionTarget] = {}
        self._began: dict[ConnectionTarget, float] = {}
        self._in_tls: set[ConnectionTarget] = set()
        self._had_tcp: set[ConnectionTarget] = set()
        self._ending: set[asyncio.Task[T]] = set()
        self._reported: set[ConnectionTarget] = set()
        self._priority: int | None = None
        self._priority_began = 0.0

    async def start(self, target: ConnectionTarget, following: ConnectionTarget | None) -> T | None:
        """Start an attempt at *target*. Return the winner, or None when it is time to start with the *following* target."""
        winner = await self._make_room()
        if winner is not None:
            return winner
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

    async def _make_room(self) -> T | None:
        """Wait until one more target may be tried. If there is no room, the oldest attempt ends after `TLS_DELAY`."""
        while len(self._running) >= MAX_AT_ONCE or not self._place.resize(len(self._running) + 1):
            task, oldest = next(iter(self._running.items()))
            seconds = self._began[oldest] + TLS_DELAY - asyncio.get_running_loop().time()
            winner = await self._winner(max(0.0, seconds), while_running=partial(is_, oldest))
            if winner is not None:
                return winner
            if task in self._running:
                self._fail(self._running.pop(task), TimeoutError())
                self._end(task)
        return None

    def give_up(self) -> None:
        """Count the pending attempts as failed, because time ran out."""
        for target in self._running.values():
            self._fail(target, TimeoutError())

    async def aclose(self) -> None:
        """End the pending attempts. Those pending for longer than `PRIORITY_DELAY` are reported: they are probably why the caller gave up."""
        silent_since = asyncio.get_running_loop().time() - PRIORITY_DELAY
        running, self._running = self._running, {}
        for task in running:
            self._end(task)
        for target in running.values():
            if self._began[target] <= silent_since:
                self._report(target)
        if self._ending:  # unlike `gather`, `wait` does not interrupt their clean-up if it is cancelled
            await asyncio.wait(self._ending)

    def _end(self, task: "asyncio.Task[T]") -> None:
        self._ending.add(task)
        task.add_done_callback(self._close_what_it_opened)
        task.cancel()

    def _close_what_it_opened(self, task: "asyncio.Task[T]") -> None:
        """Close the connection of an attempt that succeeded at the moment when it was cancelled."""
        if not task.cancelled() and task.exception() is None:
            self._close(task.result())

    async def _attempt(self, target: ConnectionTarget) -> T:
        try:
            return await self._connect(target, lambda: self._begin_tls(target))
        finally:
            self._in_tls.discard(target)

    def _begin_tls(self, target: ConnectionTarget) -> None:
        self._in_tls.add(target)
        self._had_tcp.add(target)

    async def _winner(self, seconds: float | None, *, while_running: Callable[[ConnectionTarget], bool]) -> T | None:
        """Wait until an attempt has succeeded, none of those that *while_running* selects is pending, or *seconds* have passed."""
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
        """Remove an attempt that has ended, and return its connection if it has succeeded."""
        earlier = [self._running[other] for other in takewhile(lambda other: other is not task, self._running)]
        target = self._running.pop(task)
        self._place.resize(len(self._running))
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
        self._report(target, error)
        self.failures.append(TargetFailure.of(error, target))

    def _report(self, target: ConnectionTarget, error: OSError | None = None) -> None:
        """Report *target* as failed, at most once, and not if this machine caused the failure."""
        if target not in self._reported and not is_local_error(error):
            self._reported.add(target)
            self._report_failure(target, self._failed_during(target, error))

    def _failed_during(self, target: ConnectionTarget, error: OSError | None) -> FailurePhase:
        """Return ``"tcp"`` if the target refused the connection or was silent for a long time, and otherwise ``"tls"``.

        A short silence counts only for this TLS name. Otherwise an attacker could have another operator's server reported as failed for all
        names. The attacker would publish the address of that server before the address of a nearby server, which then wins the race, or
        after the addresses of slow servers, so that the caller's timeout ends the attempt.
        """
        is_refused = error is not None and not isinstance(error, TimeoutError)
        is_silent = self._began[target] + PRIORITY_DELAY <= asyncio.get_running_loop().time()
        return "tcp" if target not in self._had_tcp and (is_refused or is_silent) else "tls"
