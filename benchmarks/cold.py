"""Measures the CPU time of this process for names that are not cached, for each implementation and the floor."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from time import process_time

import attrs
import uvloop

from .implementations import Implementation, dnspython_library, floor, library, resolve_all, threaded_library
from .names import COLD_MIX, names_of
from .table import Row, ratios
from .testbed import Counts, Testbed

CONCURRENCY = 100
_LIMIT = 1.05
_TOLERANCE = 0.005  # because ratios are printed with two decimal places
_NewLoop = Callable[[], asyncio.AbstractEventLoop]
_LOOPS: dict[str, tuple[_NewLoop, dict[str, Implementation]]] = {
    "asyncio": (
        asyncio.new_event_loop,
        {
            "the default": library,
            "c-ares on a thread of its own": threaded_library,
            "the dnspython backend": dnspython_library,
        },
    ),
    "uvloop": (uvloop.new_event_loop, {"the default": library}),
}


@attrs.define
class _Spent:
    """What one implementation used in all rounds.

    Attributes:
        seconds: The CPU time of each round.
        asked: The numbers of queries and requests in each round.
    """

    seconds: list[float] = attrs.field(factory=list[float])
    asked: set[Counts] = attrs.field(factory=set[Counts])


def cold(testbed: Testbed, rounds: int, names: int) -> Iterator[Row]:
    """Yield a row for each event loop and implementation."""
    for loop, (new_loop, implementations) in _LOOPS.items():
        by_floor, *by_others = _measure([floor, *implementations.values()], testbed, rounds, names, new_loop)
        for title, implementation, spent in zip(implementations, implementations.values(), by_others, strict=True):
            found = ratios(spent.seconds, by_floor.seconds)
            what = f"cold, {names:,} names, {CONCURRENCY} at a time, {loop}, {title}: CPU per name"
            remark = "" if spent.asked == by_floor.asked else " (not the same queries in all rounds)"
            is_met = found.middle < _LIMIT + _TOLERANCE if implementation is library else None
            limit = "" if is_met is None else f"{_LIMIT:g} x floor"
            yield Row(what, f"{found} floor{remark}", limit, is_met)


def _measure(
    implementations: list[Implementation], testbed: Testbed, rounds: int, names: int, new_loop: _NewLoop
) -> Iterator[_Spent]:
    """Run *implementations* in alternation, and yield what each used.

    Each runs once before the first measurement, so that everything is loaded.
    """
    batch = names_of(COLD_MIX, names)
    results = [_Spent() for _ in implementations]
    for implementation in implementations:
        _cpu_seconds(implementation, testbed, batch[:CONCURRENCY], new_loop)
    testbed.take_counts()
    for _ in range(rounds):
        for implementation, spent in zip(implementations, results, strict=True):
            spent.seconds.append(_cpu_seconds(implementation, testbed, batch, new_loop))
            spent.asked.add(testbed.take_counts())
    yield from results


def _cpu_seconds(implementation: Implementation, testbed: Testbed, names: list[str], new_loop: _NewLoop) -> float:
    async def run() -> float:
        async with implementation(testbed) as resolve:
            gc.collect()
            began = process_time()
            await resolve_all(resolve, names, CONCURRENCY)
            return process_time() - began

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(run())
