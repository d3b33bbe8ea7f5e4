"""What a resolver remembers, for how long, and when it asks again. The clock is moved by hand."""

import pytest

from matrix_resolve import (
    AddressPolicy,
    HttpResponse,
    LookupFailed,
    NoTargets,
    Resolution,
    ResolveError,
    ResolverPolicy,
    ServerNameResolver,
)
from tests.spec.world import FALLBACK, World, addresses, fed, fed_record, hs, old, shown, well_known
from tests.waiting import settle

GOOD = HttpResponse(200, (), b'{"m.server":"hs.example.net:443"}')
DELEGATED = hs(443, "hs.example.net:443")
DELEGATED_LOOKUPS = [*well_known("example.org"), *addresses("hs.example.net")]


def targets(resolution: Resolution) -> list[str]:
    return [shown(target) for target in resolution.targets]


def delegating() -> World:
    world = World()
    world.well_known(GOOD)
    return world


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


async def test_refresh_asks_past_every_cache_and_at_most_every_30_seconds() -> None:
    world = delegating()
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        world.log.clear()
        await resolver.resolve("example.org", refresh=True)
        assert sorted(world.log) == sorted(DELEGATED_LOOKUPS)
        assert set(world.dns.refreshed) == {
            (host, kind) for host in ("example.org", "hs.example.net") for kind in ("A", "AAAA")
        }
        world.log.clear()
        world.clock.advance(29)
        await resolver.resolve("example.org", refresh=True)
        assert world.log == []
        world.clock.advance(1)
        await resolver.resolve("example.org", refresh=True)
        assert sorted(world.log) == sorted(DELEGATED_LOOKUPS)


async def test_refresh_never_throws_a_delegation_away_for_a_transient_failure() -> None:
    world = World()
    world.well_known(GOOD, HttpResponse(503))
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        assert targets(await resolver.resolve("example.org", refresh=True)) == DELEGATED


async def test_404_and_410_end_a_delegation_at_once() -> None:
    for status in (404, 410):
        world = World()
        world.well_known(GOOD, HttpResponse(status))
        async with world.resolver() as resolver:
            await resolver.resolve("example.org")
            assert targets(await resolver.resolve("example.org", refresh=True)) == FALLBACK


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


async def test_refresh_ahead_in_the_background() -> None:
    """In the last fifth of its life an answer that is used is asked for again, and no caller waits."""
    world = delegating()
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        world.log.clear()
        world.clock.advance(239)
        await resolver.resolve("example.org")
        await settle()
        assert world.log == []
        world.clock.advance(2)
        world.dns.a("hs.example.net", "198.51.100.99")
        assert targets(await resolver.resolve("example.org")) == DELEGATED
        assert world.log == []
        await settle()
        assert sorted(world.log) == addresses("hs.example.net")[::-1]
        assert (await resolver.resolve("example.org")).targets[1].ip == "198.51.100.99"


async def test_a_failed_refresh_ahead_leaves_the_answer_its_life_and_is_not_repeated() -> None:
    world = delegating()
    async with world.resolver() as resolver:
        await resolver.resolve("example.org")
        for kind in ("A", "AAAA"):
            world.dns.fail("hs.example.net", "A" if kind == "A" else "AAAA")
        world.clock.advance(241)
        for _ in range(5):
            world.log.clear()
            assert targets(await resolver.resolve("example.org")) == DELEGATED
            await settle()
        assert world.log == []
        world.clock.advance(60)
        with pytest.raises(LookupFailed):
            await resolver.resolve("example.org")


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


class TestReportFailure:
    """Targets that failed."""

    async def test_go_to_the_end_of_their_priority_for_a_minute(self) -> None:
        world = World(
            fed_record("example.org", "10 0 1 both.example.com."),
            "_matrix-fed._tcp.example.org SRV 20 0 2 t2.example.com.",
        )
        async with world.resolver() as resolver:
            before = (await resolver.resolve("example.org")).targets
            resolver.report_failure(before[0])
            after = (await resolver.resolve("example.org")).targets
            assert [target.ip for target in after] == [before[1].ip, before[0].ip, before[2].ip]
            world.clock.advance(60)
            assert (await resolver.resolve("example.org")).targets == before

    async def test_are_moved_in_every_name(self) -> None:
        world = World()
        async with world.resolver() as resolver:
            names = ["example.org:443", "EXAMPLE.org:443"]
            first, _ = [await resolver.resolve(name) for name in names]
            resolver.report_failure(first.targets[0])
            assert [(await resolver.resolve(name)).targets[0].ip for name in names] == ["192.0.2.10"] * 2

    async def test_when_all_failed_everything_is_asked_again(self) -> None:
        """The well-known, too: a server that moved says so there."""
        world = delegating()
        async with world.resolver() as resolver:
            for target in (await resolver.resolve("example.org")).targets:
                resolver.report_failure(target)
            world.log.clear()
            world.dns.a("hs.example.net", "198.51.100.21")
            resolution = await resolver.resolve("example.org")
            assert resolution.targets[0].ip == "2001:db8::20"
            assert sorted(world.log) == sorted(DELEGATED_LOOKUPS)
            assert (await resolver.resolve("example.org")).targets[0].ip == "198.51.100.21"

    async def test_asks_again_at_most_every_30_seconds(self) -> None:
        world = delegating()
        async with world.resolver() as resolver:
            for _ in range(3):
                for target in (await resolver.resolve("example.org")).targets:
                    resolver.report_failure(target)
            assert world.log.count("A hs.example.net") == 2
            world.clock.advance(30)
            await resolver.resolve("example.org")
            assert world.log.count("A hs.example.net") == 3


class TestSharedCache:
    """What others may read, and what comes from others."""

    async def test_spares_the_next_resolver_the_request(self) -> None:
        world = delegating()
        async with world.resolver() as first, world.resolver() as second:
            await first.resolve("example.org")
            resolution = await second.resolve("example.org")
        assert targets(resolution) == DELEGATED
        assert world.fetches() == 1
        assert "well-known" in {record.kind for record in resolution.trace if record.cached}

    async def test_brings_news_after_five_minutes(self) -> None:
        world = World()
        world.dns.a("example.org", "192.0.2.10", ttl=86_400)
        world.dns.aaaa("example.org", ttl=86_400)
        async with world.resolver(policy=ResolverPolicy(dns_negative_ttl=86_400)) as resolver:
            resolution = await resolver.resolve("example.org")
            assert resolution.expires_at > world.clock() + 300
            calls = len(world.cache.calls)
            world.clock.advance(301)
            await resolver.resolve("example.org")
            assert len(world.cache.calls) > calls

    @pytest.mark.parametrize("garbage", [b"", b"{}", b"null", b"\xff", b'{"v":2}', b"[" * 5_000])
    async def test_garbage_is_a_miss(self, garbage: bytes) -> None:
        world = delegating()
        await world.cache.set("matrix-resolve:1:well-known:example.org", garbage, 1_000)
        async with world.resolver() as resolver:
            assert targets(await resolver.resolve("example.org")) == DELEGATED
        assert world.fetches() == 1

    async def test_broken_costs_no_answer_and_is_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        world = delegating()
        world.cache.error = ConnectionError("gone\nfor good")
        async with world.resolver() as resolver:
            for name in ("example.org", "EXAMPLE.org", "hs.example.net"):
                await resolver.resolve(name)
        told = [record.getMessage() for record in caplog.records]
        assert told == ["the cache backend failed: ConnectionError (gone\\nfor good)"]

    async def test_never_holds_what_our_address_policy_decided(self) -> None:
        world = delegating()
        blind = ServerNameResolver(
            dns=world.dns,
            http=world.http,
            cache=world.cache,
            clock=world.clock,
            address_policy=AddressPolicy(deny=["192.0.2.0/24"]),
        )
        async with blind:
            with pytest.raises(NoTargets):
                await blind.resolve("example.org")
        assert [call for call in world.cache.calls if call[0] == "set"] == []
        async with world.resolver() as resolver:
            assert targets(await resolver.resolve("example.org")) == DELEGATED


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
