"""A harness that closes a resolver at the n-th moment of the resolutions that run on it."""

import asyncio
import gc
from itertools import count
from typing import Any

from matrix_resolve import Resolution
from tests._support.waiting import settle

from .cancelling import Moments, Trial, check_nothing_left, run
from .cancelling_cases import Resolver, outcome

CLOSED = "closed"


class _Closer:
    """Closes a resolver in a separate task, and records which tasks are left at the moment when it is closed.

    Args:
        resolver: The resolver to close.
        given_up_after: The iteration of the event loop in which a first attempt to close is cancelled; 0 for no first
            attempt.
    """

    def __init__(self, resolver: Resolver, given_up_after: int) -> None:
        self.task: asyncio.Task[None] | None = None
        self._resolver = resolver
        self._given_up_after = given_up_after
        self._waited = 0.0
        self._left: list[asyncio.Task[Any]] = []

    def start(self) -> None:
        """Start closing. It can be called from any callback of the event loop."""
        self.task = asyncio.create_task(self._close())

    async def _close(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self._given_up_after:
            await self._give_up()
        await self._resolver.aclose()
        self._waited = loop.time() - began
        self._left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    async def _give_up(self) -> None:
        first = asyncio.create_task(self._resolver.aclose())
        for _ in range(self._given_up_after):
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])

    async def check(self, others: set[asyncio.Task[Any]]) -> None:
        """Check that no tasks but *others* were left, and that closing took no time."""
        assert self.task is not None
        await self.task
        left = [task for task in self._left if task not in others]
        assert not left, f"{len(left)} tasks are left when the resolver is closed"
        assert not self._waited, f"closing took {self._waited} s"


def close_everywhere(trial: Trial, *, given_up_after: int = 0) -> int:
    """Close the resolver at each moment, until all resolutions end before the moment comes.

    Args:
        trial: The experiment.
        given_up_after: The iteration of the event loop in which a first attempt to close is cancelled; 0 for no first
            attempt.

    Returns:
        The number of suspensions of all tasks in the last run.
    """
    ends = trial.undisturbed()
    for at in count(1):
        has_come, suspensions = run(_close, trial, at, ends, given_up_after)
        if not has_come:
            gc.collect()
            return int(suspensions)
    raise AssertionError("endless")


async def _close(trial: Trial, at: int, ends: list[str], given_up_after: int) -> tuple[bool, int]:
    moments = Moments(asyncio.get_running_loop())
    stage = trial.stage()
    resolver = trial.resolver(stage)
    await stage.prepare(resolver)
    callers = trial.start(resolver)
    closer = _Closer(resolver, given_up_after)
    moments.arm(at, closer.start)
    await asyncio.wait(callers)
    await settle()  # until work in the background has ended
    moments.disarm()
    if moments.has_come:
        await closer.check({*callers, *filter(None, [asyncio.current_task()])})
    await resolver.aclose()
    for task, end in zip(callers, ends, strict=True):
        assert await _outcome(task) in {end, CLOSED}
    check_nothing_left(stage, at)
    return moments.has_come, moments.suspensions


async def _outcome(task: asyncio.Task[Resolution]) -> str:
    try:
        return await outcome(task)
    except RuntimeError as error:
        assert "closed" in str(error)
        return CLOSED
