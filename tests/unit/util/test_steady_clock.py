"""Wall-clock time that is never set back."""

import time

import pytest

from matrix_resolve._util.steady_clock import SteadyClock
from matrix_resolve.testing import FakeClock

NOW, DAY = 1_800_000_000.0, 86_400.0


def test_it_is_the_wall_clock_until_that_is_set_back() -> None:
    wall = FakeClock(NOW)
    clock = SteadyClock(wall)
    for seconds in (0.1, 1e-6, 3_600.0, 0.3):
        wall.advance(seconds)
        assert (clock(), clock.ahead) == (wall(), 0.0)


@pytest.mark.parametrize(
    ("set_by", "passed", "gone_on"),
    [
        (-DAY, 0, 0),
        (-DAY, 60, 60),
        (-2, 60, 60),
        (+DAY, 0, DAY),
        (+DAY, 60, DAY + 60),
        (0, 60, 60),
    ],
)
def test_it_goes_on_by_what_either_clock_says(set_by: float, passed: float, gone_on: float) -> None:
    wall = FakeClock(NOW)
    clock = SteadyClock(wall)
    wall.now += set_by
    wall.advance(passed)
    assert clock() == pytest.approx(NOW + gone_on)
    assert clock.to_wall(clock()) == pytest.approx(wall())


def test_set_forward_and_back_again() -> None:
    wall = FakeClock(NOW)
    clock = SteadyClock(wall)
    for set_by in (DAY, -DAY, DAY, -DAY):
        wall.now += set_by
        before = clock()
        wall.advance(10)
        assert clock() == pytest.approx(before + 10)


def test_many_small_steps_back_add_up() -> None:
    wall = FakeClock(NOW)
    clock = SteadyClock(wall)
    for _ in range(1_000):
        wall.now -= 0.1
        clock()
    assert NOW - 1 <= clock() <= NOW + 1


def test_reading_it_often_moves_nothing() -> None:
    """The time between reading the two clocks varies."""

    class Interrupted(FakeClock):
        readings = 0

        def monotonic(self) -> float:
            self.readings += 1
            return 0.9 if self.readings % 2 else 0.0

    clock = SteadyClock(Interrupted(NOW))
    assert {clock() for _ in range(1_000)} == {NOW}


def test_by_default_it_compares_with_the_monotonic_clock_of_the_system() -> None:
    before, now = time.monotonic(), [NOW]
    clock = SteadyClock(lambda: now[0])
    now[0] -= DAY
    assert NOW - 1 <= clock() <= NOW + 1 + time.monotonic() - before
