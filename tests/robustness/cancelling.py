"""A harness that disturbs a resolution at its n-th moment: whenever any task on the loop hands back control, something can be done.

Tasks are wrapped as they are made, so the moments of the library's own tasks count like those of the caller's. Each trial has an event loop
of its own, on which waiting takes no time and a deadlock is an error.
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
    """A coroutine that tells whenever it hands back control."""

    def __init__(
        self, inner: Coroutine[Any, Any, Any] | Generator[Any, None, Any], tell: Callable[[bool], None]
    ) -> None:
        self._inner = inner
        self._tell = tell

    def send(self, value: Any, /) -> Any:
        return self._step(self._inner.send, value)

    def throw(self, error: Any, value: Any = None, traceback: Any = None, /) -> Any:
        assert value is traceback is None, "the way of old"
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
    """Counts the moments at which a task hands back control, from `arm` on, and calls something at one of them.

    Attributes:
        suspensions: Those at which a task suspended.
        passed: Those and the ends of tasks.
        has_come: True if the moment has come.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.suspensions = 0
        self.passed = 0
        self.has_come = False
        self._at = 0
        self._action: Callable[[], object] | None = None
        loop.set_task_factory(self._make_task)

    def arm(self, at: int, action: Callable[[], object]) -> None:
        """Call *action* at the moment number *at*, counted from 1."""
        self.suspensions = self.passed = 0
        self._at, self._action = at, action

    def disarm(self) -> None:
        """Count no more."""
        self._action = None

    def _make_task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        **options: Any,
    ) -> asyncio.Task[Any]:
        return asyncio.Task(_Watched(work, self._tell), loop=loop, **options)

    def _tell(self, is_suspended: bool) -> None:  # noqa: FBT001 - the only thing there is to tell
        if self._action is None:
            return
        self.passed += 1
        self.suspensions += is_suspended
        if self.passed == self._at:
            self.has_come = True
            self._action()


@attrs.frozen
class Trial:
    """What is tried: who is on the stage, and how much they may do at the same time.

    Attributes:
        case: The resolution.
        company: True if others wait for the same name, and for one that shares a question.
        limit: Resolutions and DNS questions at the same time; with 1, a place that is not given back is missed at once.
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
        """Give the names that are asked for, that of the one who is disturbed first."""
        case = self.case
        return [case.name, case.name, case.neighbour, case.name] if self.company else [case.name]

    def start(self, resolver: Resolver) -> list[asyncio.Task[Resolution]]:
        return [asyncio.create_task(_act(self.case, resolver, name)) for name in self.names()]

    def undisturbed(self) -> list[str]:
        """Say how the resolutions end if nothing is done to them, each on a stage of its own."""
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
    """Run *work* on a loop of its own, and fail if the loop has something to complain about."""
    complaints: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: complaints.append(context))
        result = runner.run(work(*arguments))
    assert not complaints, complaints
    return result


def cancel_everywhere(trial: Trial) -> int:
    """Cancel the first who asks at each moment until it ends before the moment comes.

    Returns:
        The suspensions of the whole work until then.
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
    """See that all have the right answer, but for the first if it was cancelled."""
    if may_be_cancelled and tasks[0].cancelled():
        tasks, ends = tasks[1:], ends[1:]
    assert [await outcome(task) for task in tasks] == ends


async def check_still_usable(trial: Trial, resolver: Resolver, end: str) -> None:
    """See that the next resolutions of the same name have the right answer: from what is known, and from anew."""
    assert await outcome(resolver.resolve(trial.case.name)) == end
    assert await outcome(resolver.resolve(trial.case.name, refresh=True)) == end


def check_nothing_left(stage: Stage, at: int) -> None:
    """See that no task, no call of a backend and no timer is left."""
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    assert not tasks, f"moment {at}: tasks are left: {tasks}"
    assert not stage.gauge.open, f"moment {at}: calls of backends are left"
    is_late = loop.time() > 0  # then a deadline and the disturbance may both have cancelled
    assert is_late or not stage.gauge.disturbed, f"moment {at}: a backend was cancelled twice while it cleaned up"
    timers = [timer for timer in vars(loop)["_scheduled"] if not timer.cancelled()]
    assert not timers, f"moment {at}: timers are left: {timers}"
