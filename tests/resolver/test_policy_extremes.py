"""With each extreme value that the policy accepts, names are resolved, and every resolution ends."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import pytest

from matrix_resolve import (
    BlockedByPolicy,
    ConnectionTarget,
    DnsAnswer,
    HttpResponse,
    RecordType,
    ResolveError,
    ResolverPolicy,
    ServerNameResolver,
)
from matrix_resolve.testing import FakeClock, FakeDns, FakeHttp, FakeLockingCache
from tests._support.policy_values import extremes, policy_with, with_partner
from tests._support.virtual_clock import VirtualClockLoop
from tests.spec.testbed import MAPPED_DOCUMENTATION

FIELDS = [field.name for field in attrs.fields(ResolverPolicy)]
FAR_TOO_LONG = 20_000.0  # virtual seconds: a few times the longest timeout
OTHERS = [f"s{number}.silent.example" for number in range(3)] + ["mute.example", "locked.example", "missing.example"]
NARROWED = {"families", "max_srv_records", "max_addresses", "max_targets"}
"""Fields with which a name may have fewer targets, or another order."""


class SlowDns(FakeDns):
    """Answers after a millisecond. Names below silent.example never get an answer."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        await (asyncio.Event().wait() if name.endswith("silent.example") else asyncio.sleep(0.001))
        return await super().lookup(name, record_type, refresh=refresh)


class SlowHttp(FakeHttp):
    """Answers after a millisecond. mute.example never answers, and pays no attention to the timeout of the request."""

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        await (asyncio.Event().wait() if "mute" in url else asyncio.sleep(0.001))
        return await super().get(url, addresses=addresses, headers=headers, max_bytes=max_bytes, timeout=timeout)


class PartlyLockedCache(FakeLockingCache):
    """Another worker has locked locked.example, and never stores anything."""

    async def lock(self, key: str, ttl: float) -> str | None:
        return None if "locked" in key else await super().lock(key, ttl)


def federation() -> tuple[SlowDns, SlowHttp]:
    """The federation: example.org delegates to hs.example.net, which has two SRV records."""
    dns, http = SlowDns(), SlowHttp()
    http.well_known("example.org", "hs.example.net")
    dns.srv("_matrix-fed._tcp.hs.example.net", "10 1 1 t1.example.net.", "20 1 2 t2.example.net.")
    for number, name in enumerate(
        ["example.org", "t1.example.net", "t2.example.net", "mute.example", "locked.example"]
    ):
        dns.a(name, f"192.0.2.{number}", f"198.51.100.{number}")
        dns.aaaa(name, f"2001:db8::{number}", f"2001:db8::1:{number}")
    return dns, http


async def resolve_all(policy: ResolverPolicy) -> list[tuple[ConnectionTarget, ...]]:
    """Resolve example.org in every way, with other names at the same time, and return its targets each time."""
    (dns, http), clock = federation(), FakeClock()
    async with (
        asyncio.timeout(FAR_TOO_LONG),
        ServerNameResolver(
            dns=dns,
            http=http,
            cache=PartlyLockedCache(clock),
            policy=policy,
            address_policy=MAPPED_DOCUMENTATION,
            clock=clock,
            random=lambda: 0.999_999,
        ) as resolver,
    ):
        targets = [(await resolver.resolve("example.org")).targets]
        others = await asyncio.gather(*map(resolver.resolve, OTHERS), return_exceptions=True)
        assert [
            other for other in others if isinstance(other, BaseException) and not isinstance(other, ResolveError)
        ] == []
        for seconds, refresh in [(0, False), (0, True), (60, False), (400_000, False)]:
            clock.advance(seconds)
            targets.append((await resolver.resolve("example.org", refresh=refresh)).targets)
        resolver.report_failure(targets[0][0], during="tcp")
        await resolver.invalidate("example.org")
        targets.append((await resolver.resolve("example.org")).targets)
        async with resolver.resolve_many(["example.org", *OTHERS], concurrency=2) as outcomes:
            assert len([outcome async for outcome in outcomes]) == len(OTHERS) + 1
    return targets


def run(policy: ResolverPolicy) -> list[tuple[ConnectionTarget, ...]]:
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        return runner.run(resolve_all(policy))


def single_extremes() -> Iterator[dict[str, Any]]:
    for name in FIELDS:
        for value in extremes(name):
            yield with_partner(name, value)


def all_at_once(index: int) -> dict[str, Any]:
    """The first (0) or the second (1) extreme of every field."""
    return {name: extremes(name)[index] for name in FIELDS}


USUAL = run(ResolverPolicy())[0]


@pytest.mark.parametrize("values", [*single_extremes()], ids=lambda values: next(iter(map(str, values.items())))[:60])
def test_a_name_is_resolved_with_each_extreme(values: dict[str, Any]) -> None:
    for targets in run(policy_with(**values)):
        assert targets
        assert set(targets) <= set(USUAL)
        assert NARROWED & set(values) or set(targets) == set(USUAL)


@pytest.mark.parametrize("index", [0, 1])
def test_a_name_is_resolved_with_all_extremes_at_once(index: int) -> None:
    for targets in run(policy_with(**all_at_once(index))):
        assert targets
        assert set(targets) <= set(USUAL)


def test_the_usual_targets_are_what_the_test_expects() -> None:
    """Two SRV records, each with two addresses of either family."""
    assert len(USUAL) == 8
    assert {target.dns_name for target in USUAL} == {"t1.example.net", "t2.example.net"}


def test_a_refused_zone_is_an_error() -> None:
    with pytest.raises(BlockedByPolicy) as caught:
        run(ResolverPolicy(refused_zones=("org",)))
    assert caught.value.code == "zone-refused"
