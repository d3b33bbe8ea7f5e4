"""What a resolver remembers, and for how long. The clock is moved by hand."""

import pytest

from matrix_resolve import (
    HttpResponse,
    LookupFailed,
    NoTargets,
    ResolveError,
    ResolverPolicy,
)
from tests._support.delegating import DELEGATED, GOOD, delegating, targets
from tests._support.waiting import settle
from tests.spec.testbed import FALLBACK, World, addresses, fed, old


async def test_a_hit_looks_nothing_up_and_says_so() -> None:
    world = delegating()
    async with world.resolver() as resolver:
        first = await resolver.resolve("example.org")
        world.log.clear()
        again = [await resolver.resolve("example.org") for _ in range(3)]
    assert world.log == []
    assert {targets(hit)[0] for hit in again} == {DELEGATED[0]}
    assert [record.kind for record in first.trace] == ["dns", "dns", "http", "dns", "dns"]
    assert [(record.kind, record.cached) for record in again[0].trace] == [("resolution", True)]


async def test_a_name_is_looked_up_again_when_the_first_of_its_answers_ends() -> None:
    world = delegating()
    world.dns.a("hs.example.net", "198.51.100.20", ttl=100)
    async with world.resolver(policy=ResolverPolicy(refresh_ahead=0)) as resolver:
        resolution = await resolver.resolve("example.org")
        assert resolution.expires_at == world.clock() + 100
        world.log.clear()
        world.clock.advance(100)
        await resolver.resolve("example.org")
    assert world.log == ["A hs.example.net"]


async def test_a_captcha_page_after_a_good_delegation_is_a_transient_failure() -> None:
    world = World()
    world.well_known(GOOD, HttpResponse(200, (), b"<html>Are you human?</html>"))
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        world.clock.advance(86_401)
        resolution = await resolver.resolve("example.org")
    assert (targets(resolution), resolution.stale) == (DELEGATED, True)
    assert "well-known-stale" in {warning.code for warning in resolution.warnings}


async def test_invalidate_forgets_and_the_next_resolution_asks_anew() -> None:
    world = delegating()
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        world.well_known(HttpResponse(503))
        world.log.clear()
        await resolver.invalidate("example.org")
        assert world.log == []
        assert targets(await resolver.resolve("example.org")) == FALLBACK
    assert world.fetches() == 1


async def test_a_result_begun_before_invalidate_is_not_kept() -> None:
    import asyncio  # noqa: PLC0415 - only this test needs an event

    world = delegating()
    world.http.gate = asyncio.Event()
    async with world.resolver() as resolver:
        begun = asyncio.create_task(resolver.resolve("example.org"))
        await settle()
        await resolver.invalidate("example.org")
        world.http.gate.set()
        await begun
        world.log.clear()
        await resolver.resolve("example.org")
    assert world.fetches() == 1


async def test_failures_are_new_exceptions_and_their_waits_double() -> None:
    world = World()
    for host_type in ("A", "AAAA"):
        world.dns.fail("dead.example", "A" if host_type == "A" else "AAAA")
    async with world.resolver() as resolver:
        for wait in (5, 10, 20, 40, 60, 60):
            seen: list[ResolveError] = []
            for _ in range(2):
                with pytest.raises(LookupFailed) as caught:
                    await resolver.resolve("dead.example:1")
                seen.append(caught.value)
            first, second = seen
            assert first is not second
            assert str(first) == str(second)
            assert first.trace == second.trace != ()
            assert isinstance(first, LookupFailed)
            assert first.retry_at == world.clock() + wait
            assert sorted(world.log) == sorted(addresses("dead.example"))
            world.log.clear()
            world.clock.advance(wait)


async def test_nowhere_is_kept_for_the_negative_lifetime() -> None:
    world = World()
    async with world.resolver() as resolver:
        for moment in (0, 299):
            world.clock.advance(moment)
            with pytest.raises(NoTargets, match=r"nothing\.example: step 6"):
                await resolver.resolve("nothing.example")
        assert len(world.log) == 4
        world.clock.advance(1)
        with pytest.raises(NoTargets):
            await resolver.resolve("nothing.example")
        assert len(world.log) > 4


async def test_a_degraded_result_lives_for_a_minute_at_most() -> None:
    world = World("_matrix-fed._tcp.example.org SRV SERVFAIL")
    async with world.resolver() as resolver:
        resolution = await resolver.resolve("example.org")
        assert resolution.degraded
        assert resolution.expires_at == world.clock() + 60


async def test_an_empty_result_after_a_degraded_lookup_is_a_failed_lookup() -> None:
    world = World("_matrix-fed._tcp.nothing.example SRV SERVFAIL")
    async with world.resolver() as resolver:
        with pytest.raises(LookupFailed, match="an SRV question failed"):
            await resolver.resolve("nothing.example")


async def test_spellings_share_the_dns_answers() -> None:
    world = World()
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        world.log.clear()
        await resolver.resolve("Example.Org")
    assert world.log == []


async def test_srv_lookups_of_step_6_are_kept_with_their_negative_lifetime() -> None:
    world = World()
    async with world.resolver(policy=ResolverPolicy(refresh_ahead=0)) as resolver:
        await resolver.resolve("example.org")
        world.log.clear()
        world.clock.advance(300)
        await resolver.resolve("example.org")
    assert sorted(world.log) == sorted([*addresses("example.org"), fed("example.org"), old("example.org")])


async def test_a_failed_lookup_has_the_backends_exception_as_its_cause_and_keeps_none() -> None:
    world = World()
    error = OSError("lame")
    for kind in ("A", "AAAA"):
        world.dns.fail("dead.example", "A" if kind == "A" else "AAAA", error)
    async with world.resolver() as resolver:
        causes: list[BaseException | None] = []
        for _ in range(2):
            with pytest.raises(LookupFailed, match="lame") as caught:
                await resolver.resolve("dead.example:1")
            causes.append(caught.value.__cause__)
    assert causes == [error, None]


async def test_other_peoples_trouble_is_logged_as_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "matrix_resolve")
    world = World()
    world.well_known("https://hs.example.net")
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        with pytest.raises(NoTargets):
            await resolver.resolve("nothing.example:1")
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in told] == ["DEBUG", "DEBUG"]
    assert "[well-known-invalid]" in told[0][1]
    assert told[1][1] == "nothing.example:1: step 2: nothing.example has no address in the DNS [no-address]"
