"""Measures how many round trips a cold name takes: its time in a testbed with delay, divided by one round trip."""

import asyncio
from collections.abc import Iterator
from statistics import median

from .implementations import Implementation, Resolve, fast_floor, library, prefetching_library
from .names import STEPS, name_of
from .table import Row
from .testbed import Testbed

Trips = dict[str, float]
_ONE_MORE = {"step34", "step35", "step5", "step6"}
_PREFETCHED = ("step4", "step5", "step6")
_MOST_WITH_PREFETCH = 4


def latency(testbed: Testbed, rounds: int) -> Iterator[Row]:
    """Yield a row for each step that needs the network, and one for some of them with prefetch."""
    floors, ours, prefetched = (
        asyncio.run(_trips(implementation, testbed, rounds))
        for implementation in (fast_floor, library, prefetching_library)
    )
    for kind, step in STEPS.items():
        extra = int(kind in _ONE_MORE)
        limit = "floor + 1" if extra else "floor"
        measured = f"{ours[kind]:.1f} (floor {floors[kind]:.1f})"
        yield Row(f"cold, step {step}: round trips", measured, limit, round(ours[kind]) <= round(floors[kind]) + extra)
    measured = ", ".join(f"{prefetched[kind]:.1f}" for kind in _PREFETCHED)
    met = all(round(prefetched[kind]) <= _MOST_WITH_PREFETCH for kind in _PREFETCHED)
    yield Row("the same, steps 4, 5 and 6, `srv_prefetch_after=0`", measured, f"{_MOST_WITH_PREFETCH}", met)


async def _trips(implementation: Implementation, testbed: Testbed, rounds: int) -> Trips:
    """Return the median for each kind of name.

    The kinds are resolved concurrently, but each starts at a different part of a round trip, so that they do not delay
    each other.
    """
    seconds: dict[str, list[float]] = {kind: [] for kind in STEPS}
    async with implementation(testbed) as resolve:
        await resolve(name_of("step32", rounds))
        for number in range(rounds):
            await asyncio.gather(
                *(
                    _note(resolve, name_of(kind, number), testbed.round_trip * part / len(STEPS), seconds[kind])
                    for part, kind in enumerate(STEPS)
                )
            )
    return {kind: median(seconds[kind]) / testbed.round_trip for kind in STEPS}


async def _note(resolve: Resolve, name: str, wait: float, seconds: list[float]) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(wait)
    began = loop.time()
    await resolve(name)
    seconds.append(loop.time() - began)
