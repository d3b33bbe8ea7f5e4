"""The addresses of the hosts of one resolution."""

import asyncio

import pytest

from matrix_resolve import AddressPolicy, ResolverBusy, ResolverPolicy
from matrix_resolve._address_families import QueriedFamilies, all_families
from matrix_resolve._cache_mode import ANY
from matrix_resolve._context import LoopContext, StatsCounter
from matrix_resolve._dns.client import DnsClient
from matrix_resolve._dns.hosts import HostLookups
from matrix_resolve._dns.scope import LookupScope
from matrix_resolve._notes import ResolutionNotes
from matrix_resolve._util.loop_lag import LoopLag
from matrix_resolve._util.steady_clock import SteadyClock
from matrix_resolve._util.tasks import BackgroundTasks
from matrix_resolve._util.throttled_log import ThrottledLog
from matrix_resolve.backends import DnsAnswer
from matrix_resolve.models import Endpoint
from matrix_resolve.testing import FakeClock


class _Exhausted:
    """This machine has no descriptor left for the host "0", and all others stay silent."""

    async def lookup(self, name: str, record_type: str, *, refresh: bool = False) -> DnsAnswer:  # noqa: ARG002
        if name == "0.example":
            raise OSError(24, "Too many open files")
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("count", [1, 2, 20])
async def test_an_error_ends_all_lookups(count: int) -> None:
    """It is raised as it is, not in a group of errors."""
    policy = ResolverPolicy()
    clock, numbers = SteadyClock(FakeClock()), iter(range(1000))
    context = LoopContext(
        policy=policy,
        families=QueriedFamilies(policy.families, all_families, clock),
        clock=clock,
        serials=lambda: next(numbers),
        random=lambda: 0.0,
        stats=StatsCounter(),
        background=BackgroundTasks(ThrottledLog(clock), 1),
        lag=LoopLag(),
    )
    dns = DnsClient(_Exhausted(), context)
    endpoints = [Endpoint(f"{number}.example", 1) for number in range(count)]
    with pytest.raises(ResolverBusy):
        await HostLookups(dns, AddressPolicy(), {}, context).all_addresses(
            endpoints, LookupScope(ResolutionNotes(), ANY), are_srv_targets=True
        )
    await dns.aclose()
