"""A resolver is closed at any moment, its loop ends, or its process forks: no caller hangs, and nothing is left."""

import asyncio
import gc
import os
import sys
from itertools import count
from typing import Any

import pytest
import uvloop

from matrix_resolve import Resolution, ServerNameResolver
from matrix_resolve.testing import LoopbackFederation
from tests._support.forking import forked
from tests._support.waiting import until

from .cancelling import Moments, Trial
from .cancelling_cases import CASES, IN_A_QUEUE, Case, Stage, outcome
from .closing import close_everywhere

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
ON_LOOPS = ["1", "3.3", "6", "redirects", "everything ahead", "prefetch"]


@pytest.mark.parametrize("case", CASES)
def test_closed_at_every_moment(case: str) -> None:
    assert close_everywhere(Trial(CASES[case], company=True)) > 0


@pytest.mark.parametrize("case", IN_A_QUEUE)
def test_closed_with_a_queue(case: str) -> None:
    assert close_everywhere(Trial(CASES[case], company=True, limit=1)) > 0


@pytest.mark.parametrize("case", CASES)
def test_closed_in_two_attempts_at_every_moment(case: str) -> None:
    """The first attempt is cancelled while it waits for background work, if any; the second one succeeds."""
    assert close_everywhere(Trial(CASES[case], company=True), given_up_after=1) > 0


@pytest.mark.parametrize("case", ["2", "3.2", "redirects"])
def test_closed_in_two_attempts_while_flights_end(case: str) -> None:
    """The first attempt is cancelled while it waits for lookups to clean up; the cleanup is not disturbed."""
    assert close_everywhere(Trial(CASES[case], company=True), given_up_after=2) > 0


def test_closing_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    close_everywhere(Trial(CASES["everything ahead"], company=True))
    assert caplog.messages == []


@pytest.mark.parametrize("case", ON_LOOPS)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_that_ends_at_every_moment(loop: str, case: str, caplog: pytest.LogCaptureFixture) -> None:
    """The runner cancels the work in progress; the same resolver works on the next loop."""
    trial = Trial(CASES[case], company=True, limit=1)
    moments = next(at for at in count(1) if not _on_two_loops(trial, loop, at))
    gc.collect()
    assert moments > 3
    assert caplog.messages == []


def _on_two_loops(trial: Trial, loop: str, at: int) -> bool:
    stage = trial.stage()
    resolver = stage.resolver()
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        has_come = runner.run(_leave_at(trial, stage, resolver, at))
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        assert runner.run(outcome(resolver.resolve(trial.case.name))).split(" ")[0] == trial.case.ends
        runner.run(resolver.aclose())
    assert not stage.gauge.open
    return has_come


async def _leave_at(trial: Trial, stage: Stage, resolver: ServerNameResolver, at: int) -> bool:
    """Return while resolutions are in progress."""
    moments = Moments(asyncio.get_running_loop())
    await stage.prepare(resolver)
    come = asyncio.Event()
    moments.arm(at, come.set)
    ended = asyncio.ensure_future(asyncio.wait(trial.start(resolver)))
    ended.add_done_callback(lambda _: come.set())
    await come.wait()
    has_come = moments.has_come
    moments.disarm()
    return has_come


def test_a_loop_that_is_closed_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop reports the lost tasks, the library reports nothing; the resolver works on the next loop."""
    complaints: list[str] = []

    def take_down(unraisable: Any) -> None:
        complaints.append(str(unraisable.exc_value))

    monkeypatch.setattr(sys, "unraisablehook", take_down)
    stage = Trial(CASES["6"]).stage()
    resolver = stage.resolver()
    _lose(resolver)
    with asyncio.Runner() as runner:
        assert runner.run(outcome(resolver.resolve("example.org"))).startswith("6 ")
        runner.run(resolver.aclose())
    gc.collect()
    assert [complaint for complaint in complaints if "never awaited" not in complaint] == []


def _lose(resolver: ServerNameResolver) -> None:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _, __: None)
    lost = [loop.create_task(resolver.resolve(name)) for name in ("example.org", "example.org:1")]
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert not any(task.done() for task in lost)


@pytest.mark.parametrize("case", ON_LOOPS)
def test_a_child_forked_at_work(case: str) -> None:
    """Parent and child both continue, independently."""
    trial = Trial(CASES[case], company=True)
    stage = trial.stage()
    resolver = stage.resolver()

    def has_right_answer() -> bool:
        return asyncio.run(outcome(resolver.resolve(trial.case.name))).startswith(trial.case.ends)

    with asyncio.Runner() as runner:
        runner.run(stage.prepare(resolver))
        callers = [runner.get_loop().create_task(resolver.resolve(name)) for name in trial.names()]
        runner.run(asyncio.sleep(0))
        assert os.waitpid(forked(has_right_answer), 0)[1] == 0
        runner.run(_all_end_with(callers, trial.case))
        runner.run(resolver.aclose())


async def _all_end_with(callers: list[asyncio.Task[Resolution]], case: Case) -> None:
    for caller in callers:
        await caller
    assert callers[0].result().step == case.ends


def test_a_child_forked_at_work_over_sockets() -> None:
    """The child does not touch what the parent has open: its sockets, and its query to the name server.

    The process forks while the name server delays its reply. A child cannot use TLS if another thread used it at the
    moment of the fork.
    """
    with LoopbackFederation() as federation, asyncio.Runner() as runner:
        federation.well_known("delegating.example", "port.example:8448")
        federation.server("port.example")
        federation.zone.delay("delegating.example", "A", 0.5)
        resolver = federation.resolver()
        caller = runner.get_loop().create_task(resolver.resolve("delegating.example"))
        runner.run(until(lambda: "A delegating.example" in federation.zone.asked))
        pid = forked(lambda: asyncio.run(_is_resolved(resolver)))
        _, status = runner.run(asyncio.to_thread(os.waitpid, pid, 0))
        assert status == 0
        assert runner.run(asyncio.wait_for(caller, 10)).step == "3.2"
        runner.run(resolver.aclose())


async def _is_resolved(resolver: ServerNameResolver) -> bool:
    async with resolver:
        return (await resolver.resolve("delegating.example")).step == "3.2"
