"""Resolving many names at once, and the two classes of outcomes."""

import asyncio
import pickle

import pytest

from matrix_resolve import Outcome, Resolved, ServerNotFound, Unresolved
from tests._support.many_names import BOTH, EXAMPLES, HOSTS, HeldDns, Names, Plain, check_nothing_is_left
from tests._support.waiting import settle
from tests.spec.testbed import Testbed

NAMES = ["nowhere.example", "example.org:1", "hs.example.net:2", "nowhere.example"]


def in_short(outcome: Outcome) -> str:
    match outcome:
        case Resolved(name, resolution):
            return f"{name} {resolution.step}"
        case Unresolved(name, error):
            return f"{name} {error.code}"


async def test_outcomes_are_in_the_order_of_the_names_and_once() -> None:
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        found = await resolver.resolve_all(NAMES)
        assert resolver.stats().hits == 0
    assert [*found] == ["nowhere.example", "example.org:1", "hs.example.net:2"]
    assert [in_short(outcome) for outcome in found.values()] == [
        "nowhere.example no-address",
        "example.org:1 2",
        "hs.example.net:2 2",
    ]


async def test_order_does_not_depend_on_which_lookup_ends_first() -> None:
    dns = HeldDns()
    async with dns.resolver() as resolver:
        resolving = asyncio.create_task(resolver.resolve_all(EXAMPLES))
        for host in reversed(HOSTS):
            await settle()
            dns.let_go(host)
        assert [*await resolving] == EXAMPLES


@BOTH
async def test_names_may_be_any_iterable(kind: type[Plain]) -> None:
    async with Testbed().resolver() as resolver:
        assert [*await resolver.resolve_all(kind(NAMES))] == NAMES[:3]
        assert await resolver.resolve_all([]) == {}


async def test_no_more_names_at_a_time_than_concurrency() -> None:
    dns = HeldDns()
    async with dns.resolver() as resolver:
        resolving = asyncio.create_task(resolver.resolve_all(EXAMPLES, concurrency=3))
        await settle()
        assert dns.held == 3
        dns.let_go(*HOSTS)
        assert len(await resolving) == len(EXAMPLES)


async def test_refresh_bypasses_the_cache() -> None:
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org:1")
        testbed.clock.advance(31)
        before = len(testbed.log)
        await resolver.resolve_all(["example.org:1"])
        assert len(testbed.log) == before
        await resolver.resolve_all(["example.org:1"], refresh=True)
        assert len(testbed.log) > before


async def test_a_cancellation_leaves_nothing_behind() -> None:
    dns = HeldDns()
    async with dns.resolver() as resolver:
        resolving = asyncio.create_task(resolver.resolve_all(EXAMPLES))
        await settle()
        resolving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await resolving
        check_nothing_is_left(dns)


@pytest.mark.parametrize(
    ("names", "concurrency", "error"), [("example.org", 100, TypeError), ([], 0, ValueError), ([], -1, ValueError)]
)
async def test_refuses_wrong_arguments(names: Names, concurrency: int, error: type[Exception]) -> None:
    async with HeldDns().resolver() as resolver:
        with pytest.raises(error):
            await resolver.resolve_all(names, concurrency=concurrency)


async def test_refuses_when_the_resolver_is_closed() -> None:
    resolver = HeldDns().resolver()
    await resolver.aclose()
    with pytest.raises(RuntimeError, match="is closed"):
        await resolver.resolve_all([])


async def test_outcomes_are_values() -> None:
    error = ServerNotFound("no", code="no-address")
    assert Unresolved("a.example", error) == Unresolved("a.example", error)
    assert (Resolved.__match_args__, Unresolved.__match_args__) == (
        ("server_name", "resolution"),
        ("server_name", "error"),
    )
    async with Testbed().resolver() as resolver:
        found = await resolver.resolve_all(["example.org:1"])
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own data
