"""Names that are not known: the CPU time of this process, the library against the floor, on the event loop of asyncio and on uvloop."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from time import process_time

import uvloop

from .contenders import Contender, floor, library, resolve_all
from .names import COLD_MIX, names_of
from .table import Row, ratios
from .world import Counts, World

CONCURRENCY = 100
_BAR = 1.0
_TOLERANCE = 0.005  # the bar has no more digits
_LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


def cold(world: World, rounds: int, names: int) -> Iterator[Row]:
    """Measure on each event loop."""
    batch = names_of(COLD_MIX, names)
    for loop, new_loop in _LOOPS.items():
        ours, floors = list[float](), list[float]()
        asked = set[Counts]()
        _cpu_seconds(library, world, batch[:CONCURRENCY], new_loop)
        world.take_counts()
        for _ in range(rounds):
            for contender, spent in ((floor, floors), (library, ours)):
                spent.append(_cpu_seconds(contender, world, batch, new_loop))
                asked.add(world.take_counts())
        found = ratios(ours, floors)
        what = f"cold, {names:,} names, {CONCURRENCY} at a time, {loop}: CPU per name"
        remark = "" if len(asked) == 1 else " (not all rounds asked the same)"
        yield Row(what, f"{found}{remark}", f"{_BAR:.1f} x floor", found.middle < _BAR + _TOLERANCE)


def _cpu_seconds(
    contender: Contender, world: World, names: list[str], new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> float:
    async def run() -> float:
        async with contender(world) as resolve:
            gc.collect()
            began = process_time()
            await resolve_all(resolve, names, CONCURRENCY)
            return process_time() - began

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(run())
