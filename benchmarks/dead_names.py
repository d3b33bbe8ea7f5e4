"""Measures how long an honest name takes while many names with silent name servers are being resolved."""

from collections.abc import Iterator
from statistics import median

from tests.robustness.load.measure import Measured, measure
from tests.robustness.load.scenarios import ALONE, DEAD_300, DEAD_5000
from tests.robustness.load.testbed import run_testbed

from .table import Row

_MAX_WAIT = 30.0  # seconds; the longest wait for a name


def dead_names(seconds: float) -> Iterator[Row]:
    """Resolve a new honest name every 50 ms for *seconds*, first without dead names, and yield the rows.

    The name server and the web host are separate processes, and each name is in its own zone.
    """
    with run_testbed() as testbed:
        alone = measure(testbed, ALONE, "asyncio", seconds, _MAX_WAIT)
        yield Row("an honest name every 50 ms: how long it takes", _words(alone))
        for scenario, number in (DEAD_300, "300"), (DEAD_5000, "5,000"):
            found = measure(testbed, scenario, "asyncio", seconds, _MAX_WAIT)
            ratio = median(found.honest.waits) / median(alone.honest.waits)
            met = max(found.honest.waits) <= scenario.longest_wait and not (found.honest.wrong or found.honest.errors)
            measured = f"{_words(found)}; the median is {ratio:.2f} x alone"
            yield Row(f"the same, with {number} dead names", measured, f"{scenario.longest_wait:g} s", met)


def _words(found: Measured) -> str:
    honest = found.honest
    counted = {"given up": honest.unresolved, "failed": honest.errors.total(), "wrong": len(honest.wrong)}
    remarks = [f"{number} of {len(honest.waits)} {what}" for what, number in counted.items() if number]
    return ", ".join([f"{median(honest.waits):.3f} s, at most {max(honest.waits):.3f} s", *remarks])
