"""Slots: work that is silent loses its slot if others wait, and none is lost when somebody gives up."""

import asyncio

import pytest

from matrix_resolve.slots import NoSlot, Slot, Slots
from tests.waiting import settle

PATIENT, IMPATIENT = 3600.0, 0.001
"""Seconds: longer than a test, and shorter than any."""


async def started(slots: Slots, *zones: str) -> list["asyncio.Task[Slot]"]:
    """Begin to wait for a slot for each zone, in this order."""
    tasks = [asyncio.create_task(slots.take(zone, max_wait=PATIENT)) for zone in zones]
    await settle()
    return tasks


def done(tasks: list["asyncio.Task[Slot]"]) -> list[bool]:
    return [task.done() for task in tasks]


async def ended(tasks: list["asyncio.Task[Slot]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_slot_that_is_free_is_given_at_once() -> None:
    slots = Slots(2, PATIENT)
    tasks = await started(slots, "a", "b", "c")
    assert done(tasks) == [True, True, False]
    assert slots.waiting == 1
    slots.give_back(tasks[0].result(), was_silent=False)
    await settle()
    assert done(tasks) == [True, True, True]
    assert slots.waiting == 0
    assert slots.waited > 0


async def test_silent_work_loses_its_slot() -> None:
    slots = Slots(1, IMPATIENT)
    first, second, third = await started(slots, "a", "b", "c")
    for task in (first, second, third):
        await asyncio.wait_for(task, PATIENT)
    for task in (first, second, third):
        slots.give_back(task.result(), was_silent=True)
    free = await slots.take("d", max_wait=PATIENT)
    tasks = await started(Slots(1, PATIENT), "a", "b")
    assert done(tasks) == [True, False], "the same without impatience"
    slots.give_back(free, was_silent=False)
    await ended(tasks)


async def test_whoever_waits_too_long_gives_up() -> None:
    slots = Slots(1, PATIENT)
    held = await slots.take("a", max_wait=PATIENT)
    with pytest.raises(NoSlot):
        await slots.take("b", max_wait=IMPATIENT)
    assert slots.waiting == 0
    slots.give_back(held, was_silent=False)
    await slots.take("c", max_wait=IMPATIENT)


async def test_a_slot_that_comes_at_the_moment_of_a_cancellation_passes_on() -> None:
    slots = Slots(1, PATIENT)
    held = await slots.take("a", max_wait=PATIENT)
    (second,) = await started(slots, "b")
    third = asyncio.create_task(slots.take("c", max_wait=PATIENT))
    slots.give_back(held, was_silent=False)
    second.cancel()
    await asyncio.wait([second])
    assert second.cancelled()
    await asyncio.wait_for(third, PATIENT)


async def test_waiters_that_are_cancelled_are_not_counted() -> None:
    slots = Slots(1, PATIENT)
    held = await slots.take("a", max_wait=PATIENT)
    tasks = await started(slots, *"bcd")
    await ended(tasks)
    assert slots.waiting == 0
    slots.give_back(held, was_silent=False)
    await slots.take("e", max_wait=IMPATIENT)
