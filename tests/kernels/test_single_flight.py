"""One piece of work for all who ask: sharing, leaving, ending."""

import asyncio

import pytest

from matrix_resolve.single_flight import SingleFlight
from tests.waiting import settle


class Work:
    """Work that waits for an event, and counts how often it was begun and cancelled."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = self.cancelled = 0

    async def __call__(self, _: str) -> str:
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return "done"


async def test_all_who_ask_share_one_flight() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    work = Work()
    waiters = [asyncio.create_task(flights.run("key", work)) for _ in range(3)]
    await settle()
    assert ("key" in flights, len(flights), work.begun) == (True, 1, 1)
    work.go.set()
    assert await asyncio.gather(*waiters) == ["done"] * 3
    assert len(flights) == 0
    assert await flights.run("key", work) == "done"
    assert work.begun == 2


async def test_who_leaves_leaves_the_others_their_flight_and_the_last_one_ends_it() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    work, later = Work(), Work()
    first, second = (asyncio.create_task(flights.run("key", work)) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    assert (first.cancelled(), work.cancelled) == (True, 0)
    second.cancel()
    await asyncio.sleep(0)
    assert "key" not in flights
    newcomer = asyncio.create_task(flights.run("key", later))
    await settle()
    assert (work.cancelled, later.begun) == (1, 1)
    later.go.set()
    assert await newcomer == "done"


async def test_closing_tells_those_who_were_not_cancelled_themselves() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    waiter = asyncio.create_task(flights.run("key", Work()))
    await settle()
    await flights.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await waiter
    assert len(asyncio.all_tasks()) == 1


async def test_closing_waits_for_work_that_nobody_waits_for_any_more() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    waiter = asyncio.create_task(flights.run("key", Work()))
    await settle()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await flights.aclose()
    assert len(asyncio.all_tasks()) == 1


async def test_a_bug_reaches_every_waiter_and_is_not_remembered() -> None:
    flights: SingleFlight[str, str] = SingleFlight()

    async def broken(_: str) -> str:
        raise ZeroDivisionError

    results = await asyncio.gather(*(flights.run("key", broken) for _ in range(2)), return_exceptions=True)
    assert [type(result) for result in results] == [ZeroDivisionError] * 2
    assert len(flights) == 0


async def test_closing_does_not_disturb_work_that_is_cleaning_up() -> None:
    flights: SingleFlight[str, None] = SingleFlight()
    cleaned: list[bool] = []

    async def work(_: str) -> None:
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
