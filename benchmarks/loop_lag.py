"""Measures how long other tasks wait for the event loop while cold names are resolved on it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from statistics import median, quantiles
from time import perf_counter

from .implementations import Implementation, Resolve, floor, library, resolve_all
from .names import COLD_MIX, names_of
from .table import Row, ratios
from .testbed import Testbed

_CONCURRENCY = 100
_INTERVAL = 0.002
_LIMIT = 1.0
_TOLERANCE = 0.005  # because ratios are printed with two decimal places


def loop_lag(testbed: Testbed, rounds: int, names: int) -> Row:
    """Measure the 99th percentile of how long a cache hit waits after it was due, compared with the floor's.

    A single round is not enough: one percent of its hits is eight hits, and one full garbage collection can delay that
    many.
    """
    ours, floors = list[float](), list[float]()
    for _ in range(rounds):
        for implementation, lags in ((floor, floors), (library, ours)):
            lags.append(asyncio.run(_lag_of(implementation, testbed, names)))
    where = f"{testbed.round_trip * 1e3:.0f} ms away" if testbed.round_trip else "without delay"
    found = ratios(ours, floors)
    return Row(
        f"a hit while {_CONCURRENCY} cold names, {where}, are being resolved: 99th percentile of its wait",
        f"{median(ours) * 1e3:.0f} ms ({min(ours) * 1e3:.0f} to {max(ours) * 1e3:.0f}), {found} floor",
        f"{_LIMIT:g} x floor",
        found.middle < _LIMIT + _TOLERANCE,
    )


async def _lag_of(implementation: Implementation, testbed: Testbed, names: int) -> float:
    hot, *cold = names_of(COLD_MIX, names + 1)
    async with implementation(testbed) as resolve:
        hit = resolve if implementation is library else nothing
        async with watching(hit, hot) as waits:
            await resolve_all(resolve, cold, _CONCURRENCY)
    return percentile_99(waits)


@asynccontextmanager
async def watching(hit: Resolve, hot: str) -> AsyncGenerator[list[float]]:
    """Resolve *hot* at fixed intervals, and yield how many seconds after its due time each resolution ended."""
    await hit(hot)
    waits = list[float]()
    watch = asyncio.create_task(_watch(hit, hot, waits))
    try:
        yield waits
    finally:
        watch.cancel()


async def _watch(hit: Resolve, hot: str, waits: list[float]) -> None:
    """Resolve *hot* once per interval, including the intervals that passed while the event loop was blocked."""
    due = perf_counter()
    while True:
        due += _INTERVAL
        await asyncio.sleep(due - perf_counter())
        while due < perf_counter():
            await hit(hot)
            waits.append(perf_counter() - due)
            due += _INTERVAL


async def nothing(_: str) -> None:
    """Do nothing. It stands for a hit of the floor, whose own time is negligible."""


def percentile_99(values: list[float]) -> float:
    """Return the 99th percentile of *values*."""
    return quantiles(values, n=100)[98]
