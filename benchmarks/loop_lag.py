"""How long others wait for the event loop while cold names are resolved on it."""

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
_TOLERANCE = 0.005  # the figures have two decimal places


def loop_lag(testbed: Testbed, rounds: int, names: int) -> Row:
    """Measure the 99th percentile of a hit's wait, from the moment when it was due, compared with the floor's.

    One round alone says little: a hundredth of its hits is eight hits, and one full garbage collection delays as many.
    """
    ours, floors = list[float](), list[float]()
    for _ in range(rounds):
        for implementation, lags in ((floor, floors), (library, ours)):
            lags.append(asyncio.run(_lag_of(implementation, testbed, names)))
    where = f"{testbed.round_trip * 1e3:.0f} ms away" if testbed.round_trip else "next door"
    found = ratios(ours, floors)
    return Row(
        f"a hit while {_CONCURRENCY} cold names, {where}, are under way: 99th percentile of its wait",
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
    """Resolve *hot* at fixed times, and give how long after its time each was done, in seconds."""
    await hit(hot)
    waits = list[float]()
    watch = asyncio.create_task(_watch(hit, hot, waits))
    try:
        yield waits
    finally:
        watch.cancel()


async def _watch(hit: Resolve, hot: str, waits: list[float]) -> None:
    """Serve a hit each interval, those too that became due while the loop was held up."""
    due = perf_counter()
    while True:
        due += _INTERVAL
        await asyncio.sleep(due - perf_counter())
        while due < perf_counter():
            await hit(hot)
            waits.append(perf_counter() - due)
            due += _INTERVAL


async def nothing(_: str) -> None:
    """What a hit of the floor costs, compared with a wait."""


def percentile_99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(values, n=100)[98]
