"""How late an event loop is."""

import asyncio

import pytest

from matrix_resolve._util.loop_lag import LoopLag
from tests._support.virtual_clock import VirtualClockLoop


@pytest.mark.parametrize(
    ("blocked", "is_late"), [(0.0, False), (0.005, False), (0.04, False), (0.2, True), (1.0, True)]
)
def test_a_loop_that_is_blocked_is_late(blocked: float, is_late: bool) -> None:  # noqa: FBT001 - a column of the table
    loop = VirtualClockLoop()

    async def work() -> bool:
        lag = LoopLag()
        measurement = lag.start()
        for _ in range(20):
            await asyncio.sleep(0.05)
            loop.block(blocked)
        lag.stop()
        return lag.is_too_late(measurement)

    assert loop.run_until_complete(work()) is is_late
    loop.close()


async def test_nothing_is_left_when_nobody_measures() -> None:
    lag = LoopLag()
    lag.start()
    lag.start()
    lag.stop()
    timers = vars(asyncio.get_running_loop())["_scheduled"]
    assert any("LoopLag" in repr(timer) for timer in timers if not timer.cancelled())
    lag.stop()
    assert not any("LoopLag" in repr(timer) for timer in timers if not timer.cancelled())
