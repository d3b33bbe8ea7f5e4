"""Measures the join of a large room: all its servers at once, over a distance, some of them dead."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter

import attrs

from matrix_resolve import ResolverPolicy
from tests._support.processes import memory_of_this_process, start

from .implementations import floor, resolve_all, resolver_in
from .loop_lag import nothing, percentile_99, watching
from .names import ROOM_MIX, name_of, names_of
from .table import Row
from .testbed import Counts, Testbed

_CONCURRENCY = 500
_HOT = name_of("step32", 0)
_MIB = 1 << 20


@attrs.frozen
class Joined:
    """The result of one join.

    Attributes:
        seconds: Seconds from the first name to the last.
        counts: The numbers of queries and requests.
        memory: By how many bytes the memory of the process grew, at its peak.
        lag: The 99th percentile of the wait for the event loop, in seconds.
    """

    seconds: float
    counts: Counts
    memory: int
    lag: float


def mass_join(servers: int, round_trip: float) -> Iterator[Row]:
    """Measure the library and the floor, each in its own process, and yield the rows."""
    ours, theirs = (start(_join, join, servers, round_trip).result() for join in (_join_with_library, _join_with_floor))
    what = f"join of a room of {servers:,} servers, {_CONCURRENCY} at a time, {round_trip * 1e3:.0f} ms away"
    yield Row(f"{what}: time", f"{ours.seconds / theirs.seconds:.2f} x floor")
    yield Row("the same: DNS queries", f"{ours.counts.questions:,} (floor {theirs.counts.questions:,})")
    yield Row("the same: well-known requests", f"{ours.counts.requests:,} (floor {theirs.counts.requests:,})")
    yield Row("the same: peak memory", f"{ours.memory / _MIB:.0f} MiB (floor {theirs.memory / _MIB:.0f} MiB)")
    yield Row(
        "the same: 99th percentile of the wait for the event loop",
        f"{ours.lag * 1e3:.0f} ms, {ours.lag / theirs.lag:.2f} x floor",
    )


Join = Callable[[Testbed, list[str]], Awaitable[list[float]]]


def _join(join: Join, servers: int, round_trip: float) -> Joined:
    names = names_of(ROOM_MIX, servers, first=1)
    with Testbed(round_trip=round_trip) as testbed:
        before, began = memory_of_this_process(), perf_counter()
        waits = asyncio.run(_as_coroutine(join(testbed, names)))
        seconds = perf_counter() - began
        return Joined(seconds, testbed.take_counts(), memory_of_this_process("VmHWM") - before, percentile_99(waits))


async def _as_coroutine(waits: Awaitable[list[float]]) -> list[float]:
    return await waits


async def _join_with_library(testbed: Testbed, names: list[str]) -> list[float]:
    # These limits allow as many lookups at the same time as the floor makes.
    policy = ResolverPolicy(max_resolutions=_CONCURRENCY, max_dns_queries=2 * _CONCURRENCY)
    async with resolver_in(testbed, policy) as resolver, watching(resolver.resolve, _HOT) as waits:
        async with resolver.resolve_many(names, concurrency=_CONCURRENCY) as outcomes:
            async for _ in outcomes:
                pass
        return waits


async def _join_with_floor(testbed: Testbed, names: list[str]) -> list[float]:
    async with floor(testbed) as resolve, watching(nothing, _HOT) as waits:
        await resolve_all(resolve, names, _CONCURRENCY)
        return waits
