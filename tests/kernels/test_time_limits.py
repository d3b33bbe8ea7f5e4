"""Time limits: as `asyncio.timeout`, on one timer; and alarms, in the order in which they were set."""

import asyncio
from functools import partial

import pytest

from matrix_resolve.time_limits import TimeLimits
from tests.waiting import settle

NOW, LATE = 0.0, 3600.0


async def wait(limits: TimeLimits) -> None:
    with limits.limit():
        await asyncio.sleep(LATE)


async def test_a_block_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        await wait(TimeLimits(NOW))
    assert current_task().cancelling() == 0


async def test_a_block_in_time_is_left_alone() -> None:
    limits = TimeLimits(NOW)
    with limits.limit():
        pass
    await settle()
    assert current_task().cancelling() == 0


async def test_what_a_block_raises_comes_out() -> None:
    with pytest.raises(KeyError), TimeLimits(LATE).limit():
        raise KeyError


async def test_who_is_cancelled_by_another_stays_cancelled() -> None:
    task = asyncio.create_task(wait(TimeLimits(LATE)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_is_cancelled_by_another_as_well_stays_cancelled() -> None:
    limits = TimeLimits(LATE)
    task = asyncio.create_task(wait(limits))
    await asyncio.sleep(0)
    task.cancel()
    limits.waiting[0].ring()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_inner_of_two_limits_does_not_end_the_outer_block() -> None:
    with TimeLimits(LATE).limit():
        with pytest.raises(TimeoutError):
            await wait(TimeLimits(NOW))
        await asyncio.sleep(0)


async def test_the_outer_of_two_limits_ends_both_blocks() -> None:
    inner = TimeLimits(LATE)
    with pytest.raises(TimeoutError), TimeLimits(NOW).limit():
        await wait(inner)
    assert not inner.waiting


async def test_a_limit_that_is_over_is_not_rung() -> None:
    limit = TimeLimits(LATE).limit()
    with limit:
        pass
    limit.ring()
    await asyncio.sleep(0)


async def test_a_limit_needs_a_task() -> None:
    said = asyncio.get_running_loop().create_future()

    def enter() -> None:
        try:
            TimeLimits(LATE).limit().__enter__()
        except RuntimeError as error:
            said.set_result(str(error))

    asyncio.get_running_loop().call_soon(enter)
    assert "task" in await said


async def test_alarms_ring_in_order_and_once() -> None:
    limits, rung = TimeLimits(NOW), list[int]()
    alarms = [limits.set_alarm(partial(rung.append, number)) for number in range(5)]
    alarms[1].call_off()
    alarms[3].call_off()
    await asyncio.sleep(0.001)
    await settle()
    for alarm in alarms:
        alarm.ring()
    assert rung == [0, 2, 4]


async def test_an_alarm_may_set_the_next() -> None:
    limits, rung = TimeLimits(NOW), list[str]()

    def first() -> None:
        rung.append("first")
        limits.set_alarm(done.set)

    done = asyncio.Event()
    limits.set_alarm(first)
    await done.wait()
    assert rung == ["first"]


async def test_all_share_one_timer_and_nothing_is_kept_of_what_is_over() -> None:
    loop = asyncio.get_running_loop()
    before = timers_of(loop)
    limits = TimeLimits(LATE)
    pending = limits.set_alarm(lambda: None)
    for _ in range(100):
        with limits.limit():
            pass
    assert timers_of(loop) == before + 1
    pending.call_off()
    assert not limits.waiting
    assert timers_of(loop) == before


def timers_of(loop: asyncio.AbstractEventLoop) -> int:
    return sum(not timer.cancelled() for timer in loop._scheduled)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType] - asyncio shows it nowhere else


def current_task() -> "asyncio.Task[object]":
    task = asyncio.current_task()
    if task is None:
        raise AssertionError
    return task
