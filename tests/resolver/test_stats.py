"""The statistics of a resolver."""

import asyncio
import json

import attrs
import pytest

from matrix_resolve import (
    HttpResponse,
    InvalidServerName,
    ResolverPolicy,
    ResolverStats,
    ServerNameResolver,
    ServerNotFound,
    Step,
)
from matrix_resolve.testing.http import well_known_url
from tests._support.waiting import settle
from tests.spec.testbed import MAPPED_DOCUMENTATION, Testbed, fed_record


def told(stats: ResolverStats) -> dict[str, object]:
    """Return the numbers that are not 0."""
    numbers = stats.to_dict()
    numbers["resolved"] = {str(step): number for step, number in stats.resolved.items() if number}
    return {name: number for name, number in numbers.items() if number}


def delegating() -> Testbed:
    testbed = Testbed()
    testbed.well_known("hs.example.net:443")
    return testbed


ONE_DELEGATED = {"resolved": {"3.2": 1}, "names": 1, "dns_asked": 4, "well_known_asked": 1}


async def test_at_first_all_is_0_and_every_step_is_there() -> None:
    async with Testbed().resolver() as resolver:
        stats = resolver.stats()
    assert told(stats) == {}
    assert list(stats.resolved) == list(Step)


async def test_work_is_counted_by_step_and_repetitions_are_hits() -> None:
    async with delegating().resolver() as resolver:
        await resolver.resolve("example.org")
        assert told(resolver.stats()) == ONE_DELEGATED
        for hits in (1, 2, 3):
            await resolver.resolve("example.org")
            assert told(resolver.stats()) == {**ONE_DELEGATED, "hits": hits}


async def test_hits_are_counted_while_targets_are_drawn_by_weight_and_fail() -> None:
    zone = [fed_record("example.org", f"0 1 {port} t{port}.example.com.") for port in (1, 2, 3)]
    async with Testbed(*zone).resolver() as resolver:
        for _ in range(21):
            resolver.report_failure((await resolver.resolve("example.org")).targets[0])
        assert resolver.stats().hits + sum(resolver.stats().resolved.values()) == 21
        assert resolver.stats().hits >= 19


async def test_hits_of_many_names_are_counted() -> None:
    async with Testbed().resolver() as resolver:
        async with resolver.resolve_many(["example.org:1"] * 100, concurrency=1) as outcomes:
            assert len([outcome async for outcome in outcomes]) == 100
        assert resolver.stats().hits == 99


async def test_failures_are_counted_by_code_and_remembered_ones_are_hits() -> None:
    async with Testbed().resolver() as resolver:
        for _ in range(3):
            with pytest.raises(ServerNotFound):
                await resolver.resolve("nowhere.example:1")
        assert told(resolver.stats()) == {"failed": {"no-address": 1}, "names": 1, "dns_asked": 2, "hits": 2}


async def test_what_is_no_name_is_a_failure() -> None:
    async with Testbed().resolver() as resolver:
        for name in ("@alice:example.org", "", f"{'a' * 64}.example"):
            with pytest.raises(InvalidServerName):
                await resolver.resolve(name)
        assert told(resolver.stats()) == {"failed": {"invalid-name": 2, "unresolvable-name": 1}}


async def test_who_waits_for_work_under_way_has_joined_it() -> None:
    testbed = delegating()
    testbed.http.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        waiting = [asyncio.create_task(resolver.resolve("example.org")) for _ in range(5)]
        await settle()
        assert (resolver.stats().in_flight, resolver.stats().joined) == (1, 4)
        testbed.http.gate.set()
        await asyncio.gather(*waiting)
        assert told(resolver.stats()) == {**ONE_DELEGATED, "joined": 4}


async def test_names_that_wait_for_their_turn_are_in_flight() -> None:
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        waiting = [asyncio.create_task(resolver.resolve(f"192.0.2.1:{port}")) for port in range(1, 401)]
        await asyncio.sleep(0)
        assert resolver.stats().in_flight == 400
        for task in waiting:
            task.cancel()
        await settle()
        assert resolver.stats().in_flight == 0


async def test_answers_that_are_known_or_on_their_way_are_saved() -> None:
    """Each spelling is a separate name, but they share the lookups."""
    testbed = delegating()
    testbed.http.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        waiting = [asyncio.create_task(resolver.resolve(name)) for name in ("example.org", "Example.org")]
        await settle()
        testbed.http.gate.set()
        await asyncio.gather(*waiting)
        # The second name needs no lookup: neither the well-known document nor the addresses of both families.
        assert told(resolver.stats()) == {
            **ONE_DELEGATED,
            "resolved": {"3.2": 2},
            "names": 2,
            "dns_saved": 2,
            "well_known_saved": 1,
        }
        await resolver.resolve("EXAMPLE.org")
        assert (resolver.stats().dns_saved, resolver.stats().well_known_saved) == (4, 2)


async def test_a_shared_cache_saves_requests() -> None:
    testbed = delegating()
    async with testbed.resolver() as first, testbed.resolver() as second:
        await first.resolve("example.org")
        await second.resolve("example.org")
        assert (second.stats().well_known_asked, second.stats().well_known_saved) == (0, 1)


async def test_each_hop_is_a_request() -> None:
    testbed = Testbed()
    testbed.http.serve(
        well_known_url("example.org"), HttpResponse(302, (("Location", well_known_url("t1.example.com")),))
    )
    testbed.http.well_known("t1.example.com", "hs.example.net:443")
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        assert resolver.stats().well_known_asked == 2


async def test_work_in_the_background_is_counted_too() -> None:
    testbed = delegating()
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        testbed.clock.advance(241)
        await resolver.resolve("example.org")
        await settle()
        assert told(resolver.stats()) == {
            "resolved": {"3.2": 2},
            "names": 1,
            "hits": 1,
            "dns_asked": 6,
            "well_known_asked": 1,
            "well_known_saved": 1,
        }


async def test_a_failure_is_counted_where_what_is_known_is_given_instead() -> None:
    testbed = Testbed()
    async with testbed.resolver(policy=ResolverPolicy(max_cached_dns_answers=0)) as resolver:
        await resolver.resolve("example.org:1")
        testbed.dns.fail("example.org", "A")
        testbed.dns.fail("example.org", "AAAA")
        await resolver.resolve("example.org:1", refresh=True)
        assert resolver.stats().failed == {"dns-temporary": 1}
        assert resolver.stats().resolved[Step.EXPLICIT_PORT] == 1


async def test_overrides_are_a_step() -> None:
    testbed = Testbed()
    async with ServerNameResolver(
        dns=testbed.dns,
        http=testbed.http,
        overrides={"example.org": ("192.0.2.1", 8448)},
        address_policy=MAPPED_DOCUMENTATION,
    ) as resolver:
        await resolver.resolve("example.org")
        assert told(resolver.stats()) == {"resolved": {"override": 1}, "names": 1}


async def test_they_can_be_read_from_another_thread_and_when_all_is_over() -> None:
    resolver = delegating().resolver()
    await resolver.resolve("example.org")
    assert told(await asyncio.to_thread(resolver.stats)) == ONE_DELEGATED
    await resolver.aclose()
    after = await asyncio.to_thread(resolver.stats)
    assert told(attrs.evolve(after, names=1)) == ONE_DELEGATED
    assert after.names == 0


async def test_they_are_a_value() -> None:
    async with delegating().resolver() as resolver:
        before = resolver.stats()
        await resolver.resolve("example.org")
        after = resolver.stats()
        assert before != after == resolver.stats()
        assert told(before) == {}
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            after.hits = 5  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue] - what is tested
        assert json.loads(json.dumps(after.to_dict()))["resolved"]["3.2"] == 1


async def test_what_a_bound_cuts_is_a_warning_and_a_number() -> None:
    """Every caller that waits for the request gets the warning, but it is counted once."""
    headers = (("Cache-Control", "max-age=600"), ("Cache-Control", "," * 8_000))
    testbed = Testbed("example.com A 192.0.2.7")
    testbed.well_known(HttpResponse(200, headers, b'{"m.server": "hs.example.net:443"}'))
    async with testbed.resolver() as resolver:
        found = await asyncio.gather(*(resolver.resolve(name) for name in ("example.org", "EXAMPLE.org")))
        stats = resolver.stats()
    facts = {"host": "https://example.org/.well-known/matrix/server", "directives": 64, "characters": 1_000}
    for resolution in found:
        assert [(warning.code, dict(warning.reason.facts)) for warning in resolution.warnings] == [
            ("cache-control-cut", facts)
        ]
    assert stats.cut["cache-control-cut"] == 1
