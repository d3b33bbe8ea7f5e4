"""Measures with tracemalloc how much memory cached names take, and that their number is limited.

The backends keep nothing.
"""

import asyncio
import gc
import tracemalloc
from collections.abc import Iterator

import attrs

from matrix_resolve import ResolverPolicy, ServerNameResolver
from tests._support.processes import start

from .fake_backends import ComputedDns, ComputedHttp
from .table import Row

_KIB = 1024
_LIMIT = 1.5
_GROWTH_LIMIT = 1.05
_AT_A_TIME = 100


@attrs.frozen
class Weight:
    """The memory that a resolver takes.

    Attributes:
        full: Bytes when it has resolved as many names as it keeps.
        after: Bytes when it has resolved a quarter more.
    """

    full: int
    after: int


def memory(names: int) -> Iterator[Row]:
    """Measure without and with DNS answers, each in its own process, and yield the rows."""
    without_dns, with_dns = start(_weigh, names, 1), start(_weigh, names, ResolverPolicy().max_cached_dns_answers)
    weight = without_dns.result()
    kib = weight.full / names / _KIB
    what = f"memory per name, {names:,} delegated names with two targets, resolutions and delegations"
    yield Row(what, f"{kib:.2f} KiB", f"{_LIMIT:g} KiB", kib <= _LIMIT)
    growth = weight.after / weight.full
    yield Row(
        f"the same, after a quarter more names, `max_cached_names={names}`",
        f"{growth:.2f} x",
        "1 x",
        growth <= _GROWTH_LIMIT,
    )
    kept = ResolverPolicy().max_cached_dns_answers
    weight_of_all = with_dns.result().full / names / _KIB
    yield Row(f"the same, with DNS answers, of which it keeps {kept:,}", f"{weight_of_all:.2f} KiB")


def _weigh(names: int, max_cached_dns_answers: int) -> Weight:
    return asyncio.run(
        _weighed(names, ResolverPolicy(max_cached_names=names, max_cached_dns_answers=max_cached_dns_answers))
    )


async def _weighed(names: int, policy: ResolverPolicy) -> Weight:
    async with _resolver(policy) as warm_up:
        await _resolve(warm_up, 0, _AT_A_TIME)
    gc.collect()
    tracemalloc.start()
    async with _resolver(policy) as resolver:
        await _resolve(resolver, 0, names)
        full = _traced()
        await _resolve(resolver, names, names + names // 4)
        return Weight(full, _traced())


def _resolver(policy: ResolverPolicy) -> ServerNameResolver:
    return ServerNameResolver(dns=ComputedDns(), http=ComputedHttp(), policy=policy)


async def _resolve(resolver: ServerNameResolver, first: int, end: int) -> None:
    for number in range(first, end, _AT_A_TIME):
        batch = range(number, min(number + _AT_A_TIME, end))
        await asyncio.gather(*(resolver.resolve(f"delegated-{each}.bench.test") for each in batch))


def _traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
