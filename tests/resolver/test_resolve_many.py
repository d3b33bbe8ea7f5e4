"""Resolving many names: the outcomes, their order, and how many names are in progress."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from typing import Any

import pytest
import uvloop

from matrix_resolve import InvalidServerName, Resolved, ResolverPolicy, Unresolved
from tests._support.many_names import (
    BOTH,
    EXAMPLES,
    HOSTS,
    Async,
    HeldDns,
    Names,
    Plain,
    all_of,
    check_nothing_is_left,
    names_of,
)
from tests._support.waiting import settle
from tests.spec.testbed import Testbed


async def test_outcomes_come_in_the_order_in_which_they_are_found() -> None:
    dns = HeldDns()
    async with dns.resolver() as resolver, resolver.resolve_many(EXAMPLES[:3]) as outcomes:
        for host in ("b.example", "c.example", "a.example"):
            dns.let_go(host)
            outcome = await anext(outcomes)
            assert outcome.server_name == f"{host}:1"
            assert isinstance(outcome, Resolved)
            assert outcome.resolution.server_name == outcome.server_name
        assert [outcome async for outcome in outcomes] == []


async def test_an_error_is_an_outcome_and_ends_nothing() -> None:
    names = ["example.org:1", "@alice:example.org", "nowhere.example", "some.onion", "hs.example.net:2"]
    async with Testbed().resolver() as resolver:
        found = {outcome.server_name: outcome for outcome in await all_of(resolver, names)}
    errors = {name: outcome.error for name, outcome in found.items() if isinstance(outcome, Unresolved)}
    assert {name: error.code for name, error in errors.items()} == {
        "@alice:example.org": "invalid-name",
        "nowhere.example": "no-address",
        "some.onion": "zone-refused",
    }
    assert isinstance(errors["@alice:example.org"], InvalidServerName)
    assert [error.__traceback__ for error in errors.values()] == [None, None, None]
    assert {name for name, outcome in found.items() if isinstance(outcome, Resolved)} == {names[0], names[-1]}


async def test_a_name_given_twice_has_two_outcomes_of_one_lookup() -> None:
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        found = await all_of(resolver, ["example.org:1"] * 3)
        found += await all_of(resolver, ["example.org:1"] * 2)
    assert names_of(found) == ["example.org:1"] * 5
    assert sorted(testbed.log) == ["A example.org", "AAAA example.org"]


def _generator(names: list[str]) -> Iterator[str]:
    yield from names


async def _async_generator(names: list[str]) -> AsyncIterator[str]:
    for name in names:
        yield name


ITERABLES: dict[str, Callable[[list[str]], Names]] = {
    "list": list[str],
    "tuple": tuple[str],
    "dict": dict[str, None].fromkeys,
    "generator": _generator,
    "async generator": _async_generator,
    "own iterator": Plain,
    "own async iterator": Async,
}


@pytest.mark.parametrize("make", ITERABLES.values(), ids=ITERABLES)
async def test_names_may_be_any_iterable(make: Callable[[list[str]], Names]) -> None:
    async with Testbed().resolver() as resolver:
        found = await all_of(resolver, make(["example.org:1", "example.org:2", "192.0.2.7"]))
        assert sorted(names_of(found)) == ["192.0.2.7", "example.org:1", "example.org:2"]
        assert await all_of(resolver, make([])) == []


@BOTH
@pytest.mark.parametrize("are_known", [False, True], ids=["new", "known"])
async def test_only_so_many_names_are_under_way_or_not_taken(kind: type[Plain | Async], *, are_known: bool) -> None:
    dns = HeldDns()
    names = kind(EXAMPLES)
    async with dns.resolver() as resolver:
        dns.let_go(*HOSTS)
        if are_known:
            await all_of(resolver, EXAMPLES * 2)
        async with resolver.resolve_many(names, concurrency=3) as outcomes:
            await settle()
            assert names.taken == 3  # all have finished, but no outcome has been taken
            for taken in range(1, 6):
                await anext(outcomes)
                await settle()
                assert names.taken == 3 + taken
            assert len([outcome async for outcome in outcomes]) == 3


@BOTH
async def test_only_so_many_names_are_worked_on(kind: type[Plain | Async]) -> None:
    dns = HeldDns()
    async with dns.resolver() as resolver, resolver.resolve_many(kind(EXAMPLES), concurrency=3) as outcomes:
        for number, host in enumerate(HOSTS):
            await settle()
            assert dns.asked == HOSTS[: number + 3]
            dns.let_go(host)
            assert (await anext(outcomes)).server_name == f"{host}:1"


async def test_names_that_are_slow_to_come_keep_no_outcome_back() -> None:
    dns, names = HeldDns(), asyncio.Queue[str]()

    async def queued() -> AsyncIterator[str]:
        while True:
            yield await names.get()

    async with dns.resolver() as resolver, resolver.resolve_many(queued()) as outcomes:
        for name, host in zip(EXAMPLES, HOSTS, strict=True):
            names.put_nowait(name)
            dns.let_go(host)
            assert (await anext(outcomes)).server_name == name
    check_nothing_is_left(dns)


async def test_known_names_need_no_tasks() -> None:
    tasks = 0

    def count(
        loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **options: Any
    ) -> asyncio.Task[Any]:
        nonlocal tasks
        tasks += 1
        return asyncio.Task(work, loop=loop, **options)

    async with Testbed().resolver() as resolver:
        await all_of(resolver, ["example.org:1"] * 2)
        await resolver.resolve("example.org:1")
        asyncio.get_running_loop().set_task_factory(count)
        assert len(await all_of(resolver, ["example.org:1"] * 1_000)) == 1_000
        asyncio.get_running_loop().set_task_factory(None)
    assert tasks == 1


async def test_others_have_their_turn_while_all_names_are_known() -> None:
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with Testbed().resolver() as resolver:
        await resolver.resolve("example.org:1")
        other = asyncio.create_task(take_turns())
        await all_of(resolver, ["example.org:1"] * 1_000, concurrency=10)
        other.cancel()
    assert turns >= 100


async def test_refresh_asks_past_every_cache() -> None:
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        await all_of(resolver, ["example.org:1"] * 2)
        testbed.log.clear()
        async with resolver.resolve_many(["example.org:1"], refresh=True) as outcomes:
            assert len([outcome async for outcome in outcomes]) == 1
    assert sorted(testbed.log) == ["A example.org", "AAAA example.org"]


async def test_several_tasks_may_share_the_outcomes() -> None:
    async def take() -> list[str]:
        return names_of([outcome async for outcome in outcomes])

    dns = HeldDns()
    async with dns.resolver() as resolver, resolver.resolve_many(EXAMPLES) as outcomes:
        takers = [asyncio.create_task(take()) for _ in range(3)]
        await settle()
        dns.let_go(*HOSTS)
        assert sorted(name for names in await asyncio.gather(*takers) for name in names) == EXAMPLES


class TestMisuse:
    """Wrong use raises an error at once."""

    async def test_outside_of_async_with(self) -> None:
        async with HeldDns().resolver() as resolver:
            outcomes = resolver.resolve_many(EXAMPLES)
            with pytest.raises(RuntimeError, match="async with"):
                aiter(outcomes)
            with pytest.raises(RuntimeError, match="async with"):
                await anext(outcomes)

    async def test_after_the_block(self) -> None:
        async with HeldDns().resolver() as resolver:
            async with resolver.resolve_many([]) as outcomes:
                pass
            with pytest.raises(RuntimeError, match="has ended"):
                await anext(outcomes)
            with pytest.raises(RuntimeError, match="has ended"):
                aiter(outcomes)

    async def test_twice(self) -> None:
        async with HeldDns().resolver() as resolver:
            async with resolver.resolve_many([]) as outcomes:
                with pytest.raises(RuntimeError, match="were already used"):
                    await outcomes.__aenter__()
            with pytest.raises(RuntimeError, match="were already used"):
                async with outcomes:
                    pass

    @pytest.mark.parametrize("concurrency", [0, -1, 1_000_001])
    async def test_no_concurrency(self, concurrency: int) -> None:
        async with HeldDns().resolver() as resolver:
            with pytest.raises(
                ValueError, match=f"concurrency is {concurrency}; it must be an integer from 1 to 1,000,000"
            ):
                resolver.resolve_many([], concurrency=concurrency)

    async def test_one_text(self) -> None:
        async with HeldDns().resolver() as resolver:
            with pytest.raises(TypeError, match="pass a list"):
                resolver.resolve_many("example.org")

    async def test_a_closed_resolver(self) -> None:
        resolver = HeldDns().resolver()
        await resolver.aclose()
        with pytest.raises(RuntimeError, match="is closed"):
            resolver.resolve_many([])


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_on_several_loops(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    resolver = Testbed().resolver()
    for _ in range(2):
        with asyncio.Runner(loop_factory=loop) as runner:
            found = runner.run(all_of(resolver, Async(["example.org:1", "hs.example.net:2"])))
            assert {type(outcome) for outcome in found} == {Resolved}
            gc.collect()


async def test_100_000_names_in_bounded_memory() -> None:
    """The names are cached, new and invalid. Outcomes that the caller has taken are not kept."""

    def names() -> Iterator[str]:
        for number in range(1_000):
            yield from ["example.org:1"] * 98
            yield f"192.0.2.1:{number + 1}"
            yield f"@user{number}"

    found = 0
    asyncio.get_running_loop().set_debug(enabled=False)  # the debug mode keeps a traceback for each task
    async with Testbed().resolver(policy=ResolverPolicy(max_cached_names=100)) as resolver:
        await all_of(resolver, ["example.org:1"] * 2)
        tracemalloc.start()
        try:
            async with resolver.resolve_many(names()) as outcomes:
                async for outcome in outcomes:
                    found += isinstance(outcome, Unresolved)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert found == 1_000
    assert peak < 2_000_000
