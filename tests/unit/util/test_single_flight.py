"""One piece of work for all callers: how they share it, leave it, and what happens at its end."""

import asyncio
from itertools import count

import pytest

from matrix_resolve._cache_mode import ANY, NOT_DUE, CacheMode
from matrix_resolve._util.single_flight import Flight, SingleFlight
from tests._support.waiting import settle


class Work:
    """Work that waits for an event, and counts how often it was begun and cancelled."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = self.cancelled = 0
        self.modes: list[CacheMode] = []

    async def __call__(self, flight: Flight[str, str]) -> str:
        self.begun += 1
        self.modes.append(flight.mode)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return "done"


async def test_all_who_ask_share_one_flight() -> None:
    flights: SingleFlight[str, str] = SingleFlight(count().__next__)
    work = Work()
    waiters = [asyncio.create_task(flights.run("key", work)) for _ in range(3)]
    await settle()
    assert (flights.would_join("key"), len(flights), work.begun) == (True, 1, 1)
    work.go.set()
    assert await asyncio.gather(*waiters) == ["done"] * 3
    assert len(flights) == 0
    assert await flights.run("key", work) == "done"
    assert work.begun == 2


async def test_who_leaves_leaves_the_others_their_flight_and_the_last_one_ends_it() -> None:
    flights: SingleFlight[str, str] = SingleFlight(count().__next__)
    work, later = Work(), Work()
    first, second = (asyncio.create_task(flights.run("key", work)) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    assert (first.cancelled(), work.cancelled) == (True, 0)
    second.cancel()
    await asyncio.sleep(0)
    assert not flights.would_join("key")
    newcomer = asyncio.create_task(flights.run("key", later))
    await settle()
    assert (work.cancelled, later.begun) == (1, 1)
    later.go.set()
    assert await newcomer == "done"


async def test_closing_tells_those_who_were_not_cancelled_themselves() -> None:
    flights: SingleFlight[str, str] = SingleFlight(count().__next__)
    waiter = asyncio.create_task(flights.run("key", Work()))
    await settle()
    await flights.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await waiter
    assert len(asyncio.all_tasks()) == 1


async def test_closing_waits_for_work_that_nobody_waits_for_any_more() -> None:
    flights: SingleFlight[str, str] = SingleFlight(count().__next__)
    waiter = asyncio.create_task(flights.run("key", Work()))
    await settle()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await flights.aclose()
    assert len(asyncio.all_tasks()) == 1


async def test_a_bug_reaches_every_waiter_and_is_not_remembered() -> None:
    flights: SingleFlight[str, str] = SingleFlight(count().__next__)

    async def broken(_: Flight[str, str]) -> str:
        raise ZeroDivisionError

    results = await asyncio.gather(*(flights.run("key", broken) for _ in range(2)), return_exceptions=True)
    assert [type(result) for result in results] == [ZeroDivisionError] * 2
    assert len(flights) == 0


async def test_closing_does_not_disturb_work_that_is_cleaning_up() -> None:
    flights: SingleFlight[str, None] = SingleFlight(count().__next__)
    cleaned: list[bool] = []

    async def work(_: Flight[str, None]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await settle()
            cleaned.append(True)

    waiter = asyncio.create_task(flights.run("key", work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await flights.aclose()
    assert cleaned == [True]


class Asking:
    """Flights with one key, each with its own work. Records the serial numbers."""

    def __init__(self) -> None:
        self.serials = count().__next__
        self.flights: SingleFlight[str, str] = SingleFlight(self.serials)
        self.works: list[Work] = []
        self.tasks: list[asyncio.Task[str]] = []

    def bypass(self, *, keeps_known: bool = True) -> CacheMode:
        return CacheMode("bypass", self.serials(), keeps_known=keeps_known)

    async def ask(self, mode: CacheMode) -> Work:
        work = Work()
        self.works.append(work)
        self.tasks.append(asyncio.create_task(self.flights.run("key", work, mode)))
        await settle()
        return work

    @property
    def begun(self) -> list[int]:
        return [work.begun for work in self.works]


async def test_those_who_bypass_wait_for_work_that_is_under_way_and_share_the_next() -> None:
    asking = Asking()
    first = await asking.ask(ANY)
    for _ in range(3):
        await asking.ask(asking.bypass())
    await asking.ask(ANY)
    await asking.ask(NOT_DUE)
    assert (asking.begun, len(asking.flights)) == ([1, 0, 0, 0, 0, 0], 2)
    first.go.set()
    await settle()
    assert [task.done() for task in asking.tasks] == [True, False, False, False, True, True]
    assert asking.begun == [1, 1, 0, 0, 0, 0]
    asking.works[1].go.set()
    assert await asyncio.gather(*asking.tasks) == ["done"] * 6
    assert len(asking.flights) == 0


async def test_work_that_began_after_the_call_is_joined() -> None:
    asking = Asking()
    early = asking.bypass()
    await asking.ask(asking.bypass())
    await asking.ask(early)
    assert asking.begun == [1, 0]
    assert len(asking.flights) == 1
    await asking.flights.aclose()
    await asyncio.gather(*asking.tasks, return_exceptions=True)


async def test_work_that_has_not_begun_is_done_as_strictly_as_anybody_needs_it() -> None:
    asking, strict = Asking(), CacheMode("bypass", 7, keeps_known=False)
    works = [Work(), Work(), Work()]
    modes = [ANY, strict, CacheMode("bypass", 8)]
    tasks = [
        asyncio.create_task(asking.flights.run("key", work, mode)) for work, mode in zip(works, modes, strict=True)
    ]
    await settle()
    assert [work.modes for work in works] == [[], [strict], []]
    works[1].go.set()
    assert await asyncio.gather(*tasks) == ["done"] * 3


async def test_outdated_work_serves_only_those_who_came_before() -> None:
    asking = Asking()
    first = await asking.ask(ANY)
    asking.flights.outdate("key")
    second = await asking.ask(ANY)
    first.go.set()
    await settle()
    assert (asking.begun, asking.tasks[0].done(), asking.tasks[1].done()) == ([1, 1], True, False)
    second.go.set()
    assert await asking.tasks[1] == "done"


async def test_when_all_leave_the_work_the_next_begins_at_once() -> None:
    asking = Asking()
    first = await asking.ask(ANY)
    await asking.ask(asking.bypass())
    asking.tasks[0].cancel()
    await settle()
    assert (first.cancelled, asking.begun) == (1, [1, 1])
    asking.works[1].go.set()
    assert await asking.tasks[1] == "done"


async def test_work_that_nobody_waits_for_any_more_is_never_begun() -> None:
    asking = Asking()
    first = await asking.ask(ANY)
    await asking.ask(asking.bypass())
    asking.tasks[1].cancel()
    await settle()
    first.go.set()
    assert await asking.tasks[0] == "done"
    await settle()
    assert (asking.begun, len(asking.flights)) == ([1, 0], 0)


async def test_closing_also_tells_those_who_wait_for_the_next() -> None:
    asking = Asking()
    await asking.ask(ANY)
    await asking.ask(asking.bypass())
    await asking.flights.aclose()
    results = await asyncio.gather(*asking.tasks, return_exceptions=True)
    assert [type(result) for result in results] == [RuntimeError] * 2
    assert asking.begun == [1, 0]
    assert len(asyncio.all_tasks()) == 1
