"""Each limit is exceeded by exactly the results that should exceed it."""

from collections import Counter
from collections.abc import Callable

import attrs
import pytest

from .load.honest_names import HonestNames
from .load.hostile_names import HostileNames
from .load.limits import MEMORY, STOP, STOP_FOR_FLOODS, Limits
from .load.measure import Measured
from .load.resources import Resources
from .load.scenarios import ALONE, DEAD_300, DEAD_5000, TWENTY_FLOODS, Scenario

_GENEROUS = 4.0


def _measured() -> Measured:
    """Return results that are within all limits."""
    return Measured(
        honest=HonestNames(waits=[0.1]),
        hostile=HostileNames(),
        late=0,
        stop=0,
        resources=Resources(),
        logged=0,
        floods=1,
    )


_Change = Callable[[Measured], Measured]


def _honest(names: HonestNames) -> _Change:
    return lambda measured: attrs.evolve(measured, honest=names)


def _wait(seconds: float) -> _Change:
    return _honest(HonestNames(waits=[0.1, seconds]))


def _floods(number: int) -> _Change:
    return lambda measured: attrs.evolve(measured, floods=number)


def _stop(seconds: float) -> _Change:
    return lambda measured: attrs.evolve(measured, stop=seconds)


def _resources(name: str, amount: int) -> _Change:
    def change(measured: Measured) -> Measured:
        setattr(measured.resources, name, getattr(measured.resources, name) + amount)
        return measured

    return change


def _missed(scenario: Scenario, change: _Change, generosity: float = 1.0) -> list[str]:
    return list(Limits(generosity).missed(scenario, "asyncio", change(_measured()), _measured()))


@pytest.mark.parametrize(
    ("scenario", "change", "sentence"),
    [
        (DEAD_300, _wait(3.1), "1 of 2 honest names took longer than 3 s"),
        (DEAD_5000, _wait(5.1), "1 of 2 honest names took longer than 5 s"),
        (DEAD_300, _stop(STOP + 0.01), "the loop was stopped for 0.06 s of CPU time longer"),
        (TWENTY_FLOODS, _stop(STOP_FOR_FLOODS["asyncio"] + 0.01), "the loop was stopped for 0.31 s"),
        (ALONE, _resources("memory", MEMORY + 1), "memory grew by 256 MiB"),
        (ALONE, _resources("descriptors", 3_000), "3000 descriptors were opened; the limit is 1732"),
        (ALONE, _resources("descriptors_after", 1), "1 descriptors were still open"),
        (ALONE, _honest(HonestNames(waits=[1], wrong=["a: b"])), "1 wrong answers"),
        (
            ALONE,
            _honest(HonestNames(waits=[1], errors=Counter(["busy"]))),
            "1 honest names",
        ),
        (ALONE, _honest(HonestNames()), "no honest name"),
        (TWENTY_FLOODS, _floods(0), "no host has flooded"),
    ],
)
def test_a_bar_is_missed(scenario: Scenario, change: _Change, sentence: str) -> None:
    assert [each.startswith(sentence) for each in _missed(scenario, change)] == [True]


@pytest.mark.parametrize(
    ("scenario", "change"),
    [
        (DEAD_300, _wait(2.9)),
        (DEAD_5000, _wait(4.9)),
        (DEAD_300, _stop(STOP)),
        (TWENTY_FLOODS, _stop(STOP_FOR_FLOODS["asyncio"])),
        (ALONE, _resources("memory", MEMORY // 2)),
    ],
)
def test_a_bar_is_met(scenario: Scenario, change: _Change) -> None:
    assert _missed(scenario, change) == []


def test_generous_bars_are_longer() -> None:
    assert _missed(DEAD_300, _wait(11.9), _GENEROUS) == []
    assert _missed(DEAD_300, _wait(12.1), _GENEROUS) == ["1 of 2 honest names took longer than 12 s"]
