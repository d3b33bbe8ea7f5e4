"""A harness that disturbs a resolution at its n-th moment.

A moment is whenever any task on the event loop suspends or ends. Every new task is wrapped, so the tasks of the library
count as well as those of the caller. Each trial has its own event loop, on which waiting takes no time and a deadlock
is an error.
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Generator
from itertools import count
from typing import Any

import attrs

from matrix_resolve import DnsBackend, Resolution
from tests._support.virtual_clock import VirtualClockLoop
from tests._support.waiting import settle

from .cancelling_cases import Case, Resolver, Stage, outcome

Plant = Callable[[DnsBackend], DnsBackend]
MakeResolver = Callable[[Stage], Resolver]


class _Watched(Coroutine[Any, Any, Any]):
    """A coroutine that calls `tell` whenever it suspends or ends."""

    def __init__(
        self, inner: Coroutine[Any, Any, Any] | Generator[Any, None, Any], tell: Callable[[bool], None]
    ) -> None:
        self._inner = inner
        self._tell = tell

    def send(self, value: Any, /) -> Any:
        return self._step(self._inner.send, value)

    def throw(self, error: Any, value: Any = None, traceback: Any = None, /) -> Any:
        assert value is traceback is None, "the deprecated signature of throw()"
        return self._step(self._inner.throw, error)

    def _step(self, function: Callable[[Any], Any], value: Any) -> Any:
        is_suspended = False
        try:
            handed = function(value)
            is_suspended = True
            return handed
        finally:
            self._tell(is_suspended)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        raise NotImplementedError


class Moments:
    """Counts the moments at which a task suspends or ends, from `arm` on, and calls a function at one of them.

    Attributes:
        suspensions: The moments at which a task suspended.
        passed: All moments: suspensions and ends of tasks.
        has_come: True if the chosen moment has come.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.suspensions = 0
        self.passed = 0
        self.has_come = False
        self._at = 0
        self._action: Callable[[], object] | None = None
        loop.set_task_factory(self._make_task)

    def arm(self, at: int, action: Callable[[], object]) -> None:
        """Call *action* at moment number *at*, counted from 1."""
        self.suspensions = self.passed = 0
        self._at, self._action = at, action

    def disarm(self) -> None:
        """Stop counting."""
        self._action = None

    def _make_task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        **options: Any,
    ) -> asyncio.Task[Any]:
        return asyncio.Task(_Watched(work, self._tell), loop=loop, **options)

    def _tell(self, is_suspended: bool) -> None:  # noqa: FBT001 - the only argument
        if self._action is None:
            return
        self.passed += 1
        self.suspensions += is_suspended
        if self.passed == self._at:
            self.has_come = True
            self._action()


@attrs.frozen
class Trial:
    """One experiment: which resolutions run, and how many may run at the same time.

    Attributes:
        case: The resolution.
        company: True if other callers resolve the same name, and another name that needs one of the same DNS queries.
        limit: The most resolutions and DNS queries at the same time; with 1, a slot that is not released is noticed at
            once.
        plant: Wraps the DNS backend.
        resolver: Makes the resolver.
    """

    case: Case
    company: bool = False
    limit: int = 100
    plant: Plant | None = None
    resolver: MakeResolver = Stage.resolver

    def stage(self) -> Stage:
        return Stage(self.case, self.limit, self.plant)

    def names(self) -> list[str]:
        """Return the names to resolve; the first one is that of the caller who is disturbed."""
        case = self.case
        return [case.name, case.name, case.neighbour, case.name] if self.company else [case.name]

    def start(self, resolver: Resolver) -> list[asyncio.Task[Resolution]]:
        return [asyncio.create_task(_act(self.case, resolver, name)) for name in self.names()]

    def undisturbed(self) -> list[str]:
        """Return how each resolution ends if it is not disturbed, each with its own backends."""
        ends = {name: run(self._alone, name) for name in dict.fromkeys(self.names())}
        assert ends[self.case.name].split(" ")[0] == self.case.ends
        return [ends[name] for name in self.names()]

    async def _alone(self, name: str) -> str:
        stage = attrs.evolve(self, plant=None).stage()
        resolver = stage.resolver()
        await stage.prepare(resolver)
        ended = await outcome(_act(self.case, resolver, name))
        await resolver.aclose()
        return ended


async def _act(case: Case, resolver: Resolver, name: str) -> Resolution:
    return await case.act(resolver, name)


def run(work: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Any:
    """Run *work* on its own event loop, and fail if the loop reports an error."""
    complaints: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: complaints.append(context))
        result = runner.run(work(*arguments))
    assert not complaints, complaints
    return result


def cancel_everywhere(trial: Trial) -> int:
    """Cancel the first caller at each moment, until it ends before the moment comes.

    Returns:
        The number of suspensions of all tasks in the last run.
    """
    ends = trial.undisturbed()
    for at in count(1):
        has_come, suspensions = run(_cancel, trial, at, ends)
        if not has_come:
            gc.collect()
            return int(suspensions)
    raise AssertionError("endless")


async def _cancel(trial: Trial, at: int, ends: list[str]) -> tuple[bool, int]:
    moments = Moments(asyncio.get_running_loop())
    stage = trial.stage()
    resolver = trial.resolver(stage)
    await stage.prepare(resolver)
    caller, *others = trial.start(resolver)
    caller.add_done_callback(lambda _: moments.disarm())
    moments.arm(at, caller.cancel)
    await asyncio.wait([caller])
    suspensions = moments.suspensions
    if others:
        await asyncio.wait(others)
    await check_ends([caller, *others], ends, may_be_cancelled=moments.has_come)
    await settle()
    check_nothing_left(stage, at)
    await check_still_usable(trial, resolver, ends[0])
    await settle()
    check_nothing_left(stage, at)
    await resolver.aclose()
    return moments.has_come, suspensions


async def check_ends(tasks: list[asyncio.Task[Resolution]], ends: list[str], *, may_be_cancelled: bool) -> None:
    """Check that all tasks have the right result; the first one may have been cancelled."""
    if may_be_cancelled and tasks[0].cancelled():
        tasks, ends = tasks[1:], ends[1:]
    assert [await outcome(task) for task in tasks] == ends


async def check_still_usable(trial: Trial, resolver: Resolver, end: str) -> None:
    """Check that the next resolutions of the same name have the right result, from the cache and with refresh."""
    assert await outcome(resolver.resolve(trial.case.name)) == end
    assert await outcome(resolver.resolve(trial.case.name, refresh=True)) == end


def check_nothing_left(stage: Stage, at: int) -> None:
    """Check that no task, no backend call and no timer is left."""
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    assert not tasks, f"moment {at}: tasks are left: {tasks}"
    assert not stage.gauge.open, f"moment {at}: calls of backends are left"
    is_late = loop.time() > 0  # then both a deadline and the disturbance may have cancelled the call
    assert is_late or not stage.gauge.disturbed, f"moment {at}: a backend was cancelled twice while it cleaned up"
    timers = [timer for timer in vars(loop)["_scheduled"] if not timer.cancelled()]
    assert not timers, f"moment {at}: timers are left: {timers}"
