"""Measures the resident memory of a process that resolves over the network or on fake backends, as Linux reports it.

Memory is read while nothing is in progress, after a run of the garbage collector. It includes memory that Python and C
libraries have freed but not returned to the system.
"""

import asyncio
import gc
from collections.abc import Iterator
from itertools import islice, pairwise
from statistics import median

import attrs

from matrix_resolve import ResolveError, ResolverPolicy, ServerNameResolver
from tests._support.processes import memory_of_this_process, start

from .fake_backends import ComputedDns, ComputedHttp
from .implementations import resolve_all, resolver_in
from .names import COLD_MIX, FLAT_MIX, all_names
from .table import Row
from .testbed import Testbed

_CONCURRENCY = 100
_KIB, _MB = 1024, 1_000_000
_LIMIT_PER_NAME = 4.0
_LIMIT_IN_TOTAL = 100.0
_FLAT_LIMIT = 1.05
_FAKE_MIX = ("delegated", "choice", "plain")


@attrs.frozen
class _Plan:
    """What a process resolves.

    Attributes:
        sizes: The numbers of names after which memory is read.
        kinds: The kinds of the names.
        policy: The policy of the resolver.
    """

    sizes: tuple[int, ...]
    kinds: tuple[str, ...]
    policy: ResolverPolicy | None = None


@attrs.frozen
class _Readings:
    """The results of a process.

    Attributes:
        resident: Bytes of resident memory after each number of names.
        failed: The number of names that could not be resolved.
    """

    resident: list[int]
    failed: int


def resident(processes: int, sizes: tuple[int, int, int]) -> Iterator[Row]:
    """Measure how the memory of new processes grows with the number of names that they resolve over the network.

    Args:
        processes: The number of processes, which run one after the other.
        sizes: The numbers of names after which memory is read.
    """
    found = [start(_over_the_network, _Plan(sizes, COLD_MIX)).result().resident for _ in range(processes)]
    first, middle, last = sizes
    per_name = [(end - begin) / (last - middle) / _KIB for _, begin, end in found]
    in_all = [(end - begin) / _MB for begin, _, end in found]
    what = f"resident memory over the network, growth from {middle:,} to {last:,} names: per name"
    yield Row(what, _words(per_name, "KiB"), f"{_LIMIT_PER_NAME:g} KiB", median(per_name) <= _LIMIT_PER_NAME)
    what = f"the same, growth from {first:,} to {last:,} names: in total"
    yield Row(what, _words(in_all, "MB"), f"{_LIMIT_IN_TOTAL:g} MB", median(in_all) <= _LIMIT_IN_TOTAL)


def _words(values: list[float], unit: str) -> str:
    return f"{median(values):.1f} {unit} ({min(values):.1f} to {max(values):.1f})"


def flat(names: int, policy: ResolverPolicy) -> Row:
    """Measure over the network whether memory stops growing once there are more names than are kept.

    Half of the names do not exist.
    """
    plan = _Plan((names * 2 // 5, names), FLAT_MIX, policy)
    expected = sum(kind in {"gone", "unanswered"} for kind in islice(FLAT_MIX * (names // len(FLAT_MIX) + 1), names))
    found = start(_over_the_network, plan).result()
    remark = "" if found.failed == expected else f"; {found.failed:,} names failed instead of {expected:,}"
    return _flat_row("over the network, half of the names NXDOMAIN", plan, found, remark)


def million(names: int, policy: ResolverPolicy) -> Row:
    """Measure the same as `flat` on fake backends."""
    plan = _Plan((names * 2 // 5, names), _FAKE_MIX, policy)
    return _flat_row("on fake backends", plan, start(_on_fake_backends, plan).result())


def _flat_row(where: str, plan: _Plan, found: _Readings, remark: str = "") -> Row:
    begin, end = found.resident
    growth = end / begin
    limit = "" if plan.policy is None else f", `max_cached_names={plan.policy.max_cached_names}`"
    what = f"resident memory {where}{limit}, after {plan.sizes[-1]:,} names compared with after {plan.sizes[0]:,}"
    measured = f"{growth:.2f} x ({begin / _MB:.0f} MB, {end / _MB:.0f} MB){remark}"
    return Row(what, measured, f"{_FLAT_LIMIT:g} x", growth <= _FLAT_LIMIT and not remark)


def _over_the_network(plan: _Plan) -> _Readings:
    with Testbed() as testbed:
        return asyncio.run(_resolve_in(testbed, plan))


async def _resolve_in(testbed: Testbed, plan: _Plan) -> _Readings:
    async with resolver_in(testbed, plan.policy) as resolver:
        return await _read(resolver, plan)


def _on_fake_backends(plan: _Plan) -> _Readings:
    return asyncio.run(_resolve_on_fakes(plan))


async def _resolve_on_fakes(plan: _Plan) -> _Readings:
    async with ServerNameResolver(dns=ComputedDns(), http=ComputedHttp(), policy=plan.policy) as resolver:
        return await _read(resolver, plan)


async def _read(resolver: ServerNameResolver, plan: _Plan) -> _Readings:
    names, readings, failed = all_names(plan.kinds), list[int](), 0

    async def resolve(name: str) -> None:
        nonlocal failed
        try:
            await resolver.resolve(name)
        except ResolveError:
            failed += 1

    for begin, end in pairwise((0, *plan.sizes)):
        await resolve_all(resolve, islice(names, end - begin), _CONCURRENCY)
        gc.collect()
        readings.append(memory_of_this_process())
    return _Readings(readings, failed)
