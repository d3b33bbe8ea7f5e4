"""Names with silent servers do not delay others. All times are those of a virtual clock."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from matrix_resolve import Resolution, Resolved, ResolveError, ResolverBusy, ResolverPolicy, ServerNameResolver
from tests._support.slow_network import SlowNetwork
from tests._support.virtual_clock import VirtualClockLoop

RIGHT = "3.3"
"""The step that resolves an honest name."""


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(work())


async def outcome(resolver: ServerNameResolver, name: str) -> Resolution | ResolveError:
    try:
        return await resolver.resolve(name)
    except ResolveError as error:
        return error


async def wait_of(resolver: ServerNameResolver, name: str) -> float:
    """Resolve an honest name, and return the seconds that it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await resolver.resolve(name)).step == RIGHT
    return loop.time() - began


def dead(number: int) -> str:
    """Return a name in its own zone, whose name servers are silent."""
    return f"d{number}.dead"


def dead_in_one_zone(number: int) -> str:
    return f"d{number}.one.dead"


def hanging(number: int) -> str:
    """Return a name whose web host accepts a request and sends no answer."""
    return f"h{number}.hanging"


def crowded(number: int) -> str:
    """Return a name with 128 SRV targets in a zone whose name servers are silent."""
    return f"c{number}.crowded"


@pytest.mark.parametrize(
    ("others", "count", "longest"),
    [
        (dead, 300, 3.0),
        (dead_in_one_zone, 300, 3.0),
        (hanging, 300, 3.0),
        (crowded, 10, 3.0),
        (dead, 5_000, 5.0),
        (dead_in_one_zone, 5_000, 5.0),
        (hanging, 5_000, 5.0),
    ],
)
def test_an_honest_name_among_others_is_not_kept_waiting(
    others: Callable[[int], str], count: int, longest: float
) -> None:
    async def work() -> None:
        network = SlowNetwork()
        async with network.resolver() as resolver:
            crowd = [asyncio.create_task(outcome(resolver, others(number))) for number in range(count)]
            waits: list[float] = []
            for number in range(100):
                await asyncio.sleep(0.05)
                waits.append(await wait_of(resolver, f"honest{number}.example"))
            assert max(waits) < longest, waits
            for task in crowd:
                task.cancel()
            await asyncio.wait(crowd)

    run(work)


def test_honest_names_in_the_middle_of_300_dead_ones() -> None:
    async def work() -> None:
        async with SlowNetwork().resolver() as resolver:
            before = [asyncio.create_task(outcome(resolver, dead(number))) for number in range(150)]
            honest = [asyncio.create_task(wait_of(resolver, f"honest{number}.example")) for number in range(10)]
            after = [asyncio.create_task(outcome(resolver, dead(number))) for number in range(150, 300)]
            waits = await asyncio.gather(*honest)
            assert max(waits) < 3.0, waits
            await asyncio.gather(*before, *after)

    run(work)


def test_of_ten_thousand_names_that_are_asked_for_at_once_none_is_turned_away() -> None:
    async def work() -> None:
        async with SlowNetwork().resolver() as resolver:
            names = [dead(number) if number % 10 == 0 else f"honest{number}.example" for number in range(10_000)]
            results = await asyncio.gather(*(outcome(resolver, name) for name in names))
            kinds = Counter(kind(result) for name, result in zip(names, results, strict=True) if "honest" in name)
            assert kinds == {RIGHT: 9_000}
            assert resolver.stats().busy == 0

    run(work)


async def busy_resolver(stack: contextlib.AsyncExitStack, network: SlowNetwork) -> ServerNameResolver:
    """Return a resolver in which a dead name holds the only slot, so that no other name gets it in time."""
    policy = ResolverPolicy(max_resolutions=1, max_queue_wait=0.1)
    resolver = await stack.enter_async_context(ServerNameResolver(dns=network, http=network, policy=policy))
    await resolver.resolve("known.example")
    stack.callback(asyncio.create_task(outcome(resolver, "first.dead")).cancel)
    await asyncio.sleep(0)
    return resolver


def test_a_wait_that_is_too_long_ends_as_busy_and_is_not_remembered() -> None:
    async def work() -> None:
        async with contextlib.AsyncExitStack() as stack:
            resolver = await busy_resolver(stack, network := SlowNetwork())
            queries = network.queries
            with pytest.raises(ResolverBusy) as raised:
                await resolver.resolve("second.example")
            assert (raised.value.code, raised.value.server_name) == ("busy", "second.example")
            assert (raised.value.is_temporary, raised.value.retry_at) == (True, None)
            assert raised.value.trace == ()
            stats = resolver.stats()
            assert (stats.busy, dict(stats.failed), stats.names) == (1, {}, 1)
            assert stats.queue_seconds == pytest.approx(0.1)
            assert network.queries == queries + 2, "only the queries of the dead name were expected"
            await asyncio.sleep(1.0)
            assert (await resolver.resolve("second.example")).step == RIGHT

    run(work)


def test_a_known_answer_is_given_instead_of_busy() -> None:
    async def work() -> None:
        async with contextlib.AsyncExitStack() as stack:
            resolver = await busy_resolver(stack, SlowNetwork())
            assert (await resolver.resolve("known.example", refresh=True)).step == RIGHT
            assert resolver.stats().busy == 0

    run(work)


def test_resolve_many_is_never_busy() -> None:
    async def work() -> None:
        async with contextlib.AsyncExitStack() as stack:
            resolver = await busy_resolver(stack, SlowNetwork())
            names = [f"honest{number}.example" for number in range(20)]
            async with resolver.resolve_many(names) as outcomes:
                steps = [each.resolution.step async for each in outcomes if isinstance(each, Resolved)]
            assert steps == [RIGHT] * 20
            assert resolver.stats().busy > 0, "no wait was too long, so nothing was tested"

    run(work)


def test_refreshes_in_the_background_have_a_limit_of_their_own() -> None:
    """Two thousand answers become due for refresh while the name servers are silent.

    At most 32 of them are refreshed at the same time, and a new name does not wait for them.
    """

    async def work() -> None:
        network, loop = SlowNetwork(), asyncio.get_running_loop()
        policy = ResolverPolicy()
        async with ServerNameResolver(dns=network, http=network, policy=policy, clock=loop.time) as resolver:
            names = [f"honest{number}.example:8448" for number in range(2_000)]
            await asyncio.gather(*map(resolver.resolve, names))
            await asyncio.sleep(290.0)  # all DNS answers are valid for 300 s
            network.is_dead, network.most_queries = True, 0
            for name in names:
                assert (await resolver.resolve(name)).step == "2"
            await asyncio.sleep(1.0)
            assert 0 < network.most_queries <= 2 * policy.max_background
            network.is_dead = False
            assert await wait_of(resolver, "new.example") < 0.5

    run(work)


def test_queues_are_in_the_stats() -> None:
    async def work() -> None:
        async with contextlib.AsyncExitStack() as stack:
            resolver = await busy_resolver(stack, SlowNetwork())
            waiting = [asyncio.create_task(outcome(resolver, f"honest{number}.example")) for number in range(3)]
            await asyncio.sleep(0.05)
            assert resolver.stats().queued == 3
            await asyncio.gather(*waiting)
            assert resolver.stats().queued == 0

    run(work)


def kind(result: Resolution | ResolveError) -> str:
    return str(result.step) if isinstance(result, Resolution) else result.code


def test_a_name_whose_request_never_had_its_turn_is_busy() -> None:
    async def work() -> None:
        network, policy = SlowNetwork(), ResolverPolicy(max_well_known_requests=1)
        async with ServerNameResolver(dns=network, http=network, policy=policy) as resolver:
            results = await asyncio.gather(*(outcome(resolver, hanging(number)) for number in range(100)))
            kinds = {kind(result) for result in results}
            assert {"6", "busy"} <= kinds <= {"6", "busy", "resolution-timeout"}, (
                "no other outcome is possible: the last requests were sent, but not answered"
            )

    run(work)


def test_thousands_that_wait_too_long_are_turned_away_in_time() -> None:
    async def work() -> None:
        network, policy = SlowNetwork(), ResolverPolicy(max_queue_wait=2.0)
        async with ServerNameResolver(dns=network, http=network, policy=policy) as resolver:
            loop = asyncio.get_running_loop()
            waits: list[float] = []

            async def one(number: int) -> None:
                if kind(await outcome(resolver, dead(number))) == "busy" and loop.time() < 6.0:
                    waits.append(loop.time())

            await asyncio.gather(*map(one, range(3_000)))
            assert len(waits) > 1_000
            assert max(waits) < 4.0

    run(work)


def test_a_wait_for_a_slot_does_not_count_against_the_web_host() -> None:
    """An honest host takes seven seconds, and the second request waits for the first one."""

    async def work() -> None:
        network, policy = SlowNetwork(http_seconds=7.0), ResolverPolicy(max_well_known_requests=1, deadline=60.0)
        async with ServerNameResolver(dns=network, http=network, policy=policy) as resolver:
            first, second = "first.example", "second.example"
            results = await asyncio.gather(outcome(resolver, first), outcome(resolver, second))
            assert {kind(result) for result in results} == {RIGHT}

    run(work)


def test_a_caller_who_gives_up_does_not_mark_the_zone_as_silent() -> None:
    async def work() -> None:
        network = SlowNetwork()
        async with network.resolver() as resolver:
            caller = asyncio.create_task(resolver.resolve("honest.example"))
            await asyncio.sleep(0.01)
            caller.cancel()
            await asyncio.wait([caller])
            crowd = [asyncio.create_task(outcome(resolver, dead(number))) for number in range(300)]
            await asyncio.sleep(0.05)
            given_up, never_asked = await asyncio.gather(
                wait_of(resolver, "other.honest.example"), wait_of(resolver, "unknown.elsewhere.example")
            )
            assert given_up <= never_asked + 0.1
            for task in crowd:
                task.cancel()
            await asyncio.wait(crowd)

    run(work)
