"""Compares the resolver, for cached names, with an ``async def`` that looks up a dictionary and checks the clock."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, repeat
from time import perf_counter, time

from matrix_resolve import Resolution, ServerNameResolver

from .fake_backends import ComputedDns, ComputedHttp
from .table import Ratios, Row, ratios

_LIMIT = 1.6
_NAMES = 10
Resolve = Callable[[str], Awaitable[Resolution]]


def warm(rounds: int, hits: int) -> Iterator[Row]:
    """Yield a row for names with one result, and one for names with several SRV records of the same priority."""
    for what, kind in (("delegated names", "delegated"), ("SRV names with a choice", "choice")):
        found = asyncio.run(_compared([f"{kind}-{number}.test" for number in range(_NAMES)], rounds, hits))
        yield Row(f"warm `resolve`, {what}: time per hit", str(found), f"{_LIMIT:g} x floor", found.middle <= _LIMIT)


async def _compared(names: list[str], rounds: int, hits: int) -> Ratios:
    async with ServerNameResolver(dns=ComputedDns(), http=ComputedHttp()) as resolver:
        known = {name: (time() + 3600, await resolver.resolve(name)) for name in names}
        floor = _floor_of(known)
        ours, floors = list[float](), list[float]()
        for _ in range(rounds):
            floors.append(await _seconds(floor, names, hits))
            ours.append(await _seconds(resolver.resolve, names, hits))
        return ratios(ours, floors)


def _floor_of(known: dict[str, tuple[float, Resolution]], clock: Callable[[], float] = time) -> Resolve:
    async def floor(name: str) -> Resolution:
        until, resolution = known[name]
        if clock() < until:
            return resolution
        raise KeyError(name)

    return floor


async def _seconds(resolve: Resolve, names: list[str], hits: int) -> float:
    gc.collect()
    began = perf_counter()
    for name in chain.from_iterable(repeat(names, hits // len(names))):
        await resolve(name)
    return perf_counter() - began
