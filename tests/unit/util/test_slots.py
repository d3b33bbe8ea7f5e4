"""Slots: silent work loses its slot if others wait, and no slot is lost when a waiter gives up."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from matrix_resolve._util.slots import OverloadError, Slot, Slots
from tests._support.virtual_clock import VirtualClockLoop
from tests._support.waiting import settle

PATIENT, IMPATIENT = 3600.0, 0.001
"""Seconds: longer than any test, and shorter than any wait."""


def made(limit: int, *, patience: float = PATIENT, max_wait: float = PATIENT) -> Slots:
    return Slots(limit, max_wait=max_wait, patience=patience, least_patience=patience)


async def started(slots: Slots, *zones: str) -> list["asyncio.Task[Slot]"]:
    """Start to wait for a slot for each zone, in this order."""
    tasks = [asyncio.create_task(slots.take(zone)) for zone in zones]
    await settle()
    return tasks


def done(tasks: list["asyncio.Task[Slot]"]) -> list[bool]:
    return [task.done() for task in tasks]


async def ended(tasks: list["asyncio.Task[Slot]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_slot_that_is_free_is_given_at_once() -> None:
    slots = made(2)
    tasks = await started(slots, "a", "b", "c")
    assert done(tasks) == [True, True, False]
    assert slots.waiting == 1
    slots.release(tasks[0].result(), was_silent=False)
    await settle()
    assert done(tasks) == [True, True, True]
    assert slots.waiting == 0
    assert slots.waited > 0


async def test_silent_work_loses_its_slot() -> None:
    slots = made(1, patience=IMPATIENT)
    first, second, third = await started(slots, "a", "b", "c")
    for task in (first, second, third):
        await asyncio.wait_for(task, PATIENT)
    for task in (first, second, third):
        slots.release(task.result(), was_silent=True)
    free = await slots.take("d")
    tasks = await started(made(1), "a", "b")
    assert done(tasks) == [True, False], "the same without impatience"
    slots.release(free, was_silent=False)
    await ended(tasks)


async def test_whoever_waits_too_long_gives_up() -> None:
    slots = made(1, max_wait=IMPATIENT)
    held = await slots.take("a")
    with pytest.raises(OverloadError):
        await slots.take("b")
    assert slots.waiting == 0
    slots.release(held, was_silent=False)
    await slots.take("c")


async def test_a_slot_that_comes_at_the_moment_of_a_cancellation_passes_on() -> None:
    slots = made(1)
    held = await slots.take("a")
    (second,) = await started(slots, "b")
    third = asyncio.create_task(slots.take("c"))
    slots.release(held, was_silent=False)
    second.cancel()
    await asyncio.wait([second])
    assert second.cancelled()
    await asyncio.wait_for(third, PATIENT)


async def test_waiters_that_are_cancelled_are_not_counted() -> None:
    slots = made(1)
    held = await slots.take("a")
    tasks = await started(slots, *"bcd")
    await ended(tasks)
    assert slots.waiting == 0
    slots.release(held, was_silent=False)
    await slots.take("e")


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run on a clock that jumps from timer to timer."""
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(work())


async def ends(slots: Slots, count: int) -> list[float]:
    """Let a number of zones wait for slots that they never release, and return when each got one or timed out."""
    loop = asyncio.get_running_loop()

    async def one(zone: str) -> float:
        try:
            await slots.take(zone)
        except OverloadError:
            return -loop.time()
        return loop.time()

    return sorted(await asyncio.gather(*(one(f"{number}.example") for number in range(count))), key=abs)


def test_slots_pass_on_at_an_even_pace() -> None:
    async def work() -> None:
        times = await ends(made(10, patience=0.5), 30)
        assert times[:10] == [0.0] * 10
        assert times[10] == pytest.approx(0.5)
        steps = [later - earlier for earlier, later in itertools.pairwise(times[10:20])]
        assert steps == pytest.approx([0.05] * 9)

    run(work)


def test_the_longer_the_line_the_sooner_slots_pass_on() -> None:
    async def work() -> None:
        slots = Slots(10, max_wait=PATIENT, patience=0.5, least_patience=0.1)
        times = await ends(slots, 1010)
        middle = times[500]
        held_for = middle - times[490]
        assert held_for == pytest.approx(0.1)

    run(work)


def test_those_who_wait_too_long_are_turned_away_a_few_at_a_time() -> None:
    async def work() -> None:
        slots = Slots(1, max_wait=30.0, may_pass_on=lambda: False)
        times = await ends(slots, 51)
        assert times[0] == 0.0
        assert all(-30.1 <= each <= -30.0 for each in times[1:]), times
        assert max(Counter(times).values()) == 16
        assert slots.waiting == 0

    run(work)


def test_silent_work_keeps_its_slot_while_more_would_only_lengthen_another_queue() -> None:
    async def work() -> None:
        is_clogged = True
        slots = Slots(1, max_wait=PATIENT, patience=0.5, may_pass_on=lambda: not is_clogged)
        await slots.take("a.example")
        waiting = asyncio.create_task(slots.take("b.example"))
        await asyncio.sleep(10.0)
        assert not waiting.done()
        is_clogged = False
        await asyncio.sleep(0.1)
        assert waiting.done()

    run(work)
