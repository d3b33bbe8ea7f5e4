"""What a resolver caches, and for how long. The tests advance a fake clock."""

import pytest

from matrix_resolve import (
    HttpResponse,
    LookupFailed,
    ResolveError,
    ResolverPolicy,
    ServerNotFound,
)
from matrix_resolve.reasons import Reason
from tests._support.delegating import DELEGATED, GOOD, delegating, targets
from tests._support.waiting import settle
from tests.spec.testbed import FALLBACK, Testbed, addresses, fed, old


async def test_a_hit_looks_nothing_up_and_says_so() -> None:
    testbed = delegating()
    async with testbed.resolver() as resolver:
        first = await resolver.resolve("example.org")
        testbed.log.clear()
        again = [await resolver.resolve("example.org") for _ in range(3)]
    assert testbed.log == []
    assert {targets(hit)[0] for hit in again} == {DELEGATED[0]}
    assert [record.kind for record in first.trace] == ["dns", "dns", "http", "dns", "dns"]
    assert [(record.kind, record.cached) for record in again[0].trace] == [("resolution", True)]


async def test_a_name_is_looked_up_again_when_the_first_of_its_answers_ends() -> None:
    testbed = delegating()
    testbed.dns.a("hs.example.net", "198.51.100.20", ttl=100)
    async with testbed.resolver(policy=ResolverPolicy(refresh_ahead=0)) as resolver:
        resolution = await resolver.resolve("example.org")
        assert resolution.expires_at == testbed.clock() + 100
        testbed.log.clear()
        testbed.clock.advance(100)
        await resolver.resolve("example.org")
    assert testbed.log == ["A hs.example.net"]


async def test_a_captcha_page_after_a_good_delegation_is_a_transient_failure() -> None:
    testbed = Testbed()
    testbed.well_known(GOOD, HttpResponse(200, (), b"<html>Are you human?</html>"))
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        testbed.clock.advance(86_401)
        resolution = await resolver.resolve("example.org")
    assert (targets(resolution), resolution.stale) == (DELEGATED, True)
    assert "well-known-stale" in {warning.code for warning in resolution.warnings}


async def test_invalidate_forgets_and_the_next_resolution_asks_anew() -> None:
    testbed = delegating()
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        testbed.well_known(HttpResponse(503))
        testbed.log.clear()
        await resolver.invalidate("example.org")
        assert testbed.log == []
        assert targets(await resolver.resolve("example.org")) == FALLBACK
    assert testbed.fetches() == 1


async def test_a_result_begun_before_invalidate_is_not_kept() -> None:
    import asyncio  # noqa: PLC0415 - only this test needs it

    testbed = delegating()
    testbed.http.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        begun = asyncio.create_task(resolver.resolve("example.org"))
        await settle()
        await resolver.invalidate("example.org")
        testbed.http.gate.set()
        await begun
        testbed.log.clear()
        await resolver.resolve("example.org")
    assert testbed.fetches() == 1


async def test_failures_are_new_exceptions_and_their_waits_double() -> None:
    testbed = Testbed()
    for host_type in ("A", "AAAA"):
        testbed.dns.fail("dead.example", "A" if host_type == "A" else "AAAA")
    async with testbed.resolver() as resolver:
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
            assert first.retry_at == testbed.clock() + wait
            assert sorted(testbed.log) == sorted(addresses("dead.example"))
            testbed.log.clear()
            testbed.clock.advance(wait)


async def test_nowhere_is_kept_for_the_negative_lifetime() -> None:
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        for moment in (0, 299):
            testbed.clock.advance(moment)
            with pytest.raises(ServerNotFound, match=r"nothing\.example: step 6"):
                await resolver.resolve("nothing.example")
        assert len(testbed.log) == 4
        testbed.clock.advance(1)
        with pytest.raises(ServerNotFound):
            await resolver.resolve("nothing.example")
        assert len(testbed.log) > 4


async def test_a_degraded_result_lives_for_a_minute_at_most() -> None:
    testbed = Testbed("_matrix-fed._tcp.example.org SRV SERVFAIL")
    async with testbed.resolver() as resolver:
        resolution = await resolver.resolve("example.org")
        assert resolution.degraded
        assert resolution.expires_at == testbed.clock() + 60


async def test_an_empty_result_after_a_degraded_lookup_is_a_failed_lookup() -> None:
    testbed = Testbed("_matrix-fed._tcp.nothing.example SRV SERVFAIL")
    async with testbed.resolver() as resolver:
        with pytest.raises(LookupFailed) as caught:
            await resolver.resolve("nothing.example")
    assert caught.value.reason == Reason.of("no-address-and-srv-failed", host="nothing.example")


async def test_spellings_share_the_dns_answers() -> None:
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        testbed.log.clear()
        await resolver.resolve("Example.Org")
    assert testbed.log == []


async def test_srv_lookups_of_step_6_are_kept_with_their_negative_lifetime() -> None:
    testbed = Testbed()
    async with testbed.resolver(policy=ResolverPolicy(refresh_ahead=0)) as resolver:
        await resolver.resolve("example.org")
        testbed.log.clear()
        testbed.clock.advance(300)
        await resolver.resolve("example.org")
    assert sorted(testbed.log) == sorted([*addresses("example.org"), fed("example.org"), old("example.org")])


async def test_a_failed_lookup_has_the_backends_exception_as_its_cause_and_keeps_none() -> None:
    testbed = Testbed()
    error = OSError("lame")
    for kind in ("A", "AAAA"):
        testbed.dns.fail("dead.example", "A" if kind == "A" else "AAAA", error)
    async with testbed.resolver() as resolver:
        causes: list[BaseException | None] = []
        for _ in range(2):
            with pytest.raises(LookupFailed, match="lame") as caught:
                await resolver.resolve("dead.example:1")
            causes.append(caught.value.__cause__)
    assert causes == [error, None]


async def test_other_peoples_trouble_is_logged_as_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "matrix_resolve")
    testbed = Testbed()
    testbed.well_known("https://hs.example.net")
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        with pytest.raises(ServerNotFound):
            await resolver.resolve("nothing.example:1")
    reported = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in reported] == ["DEBUG", "DEBUG"]
    assert "[well-known-invalid]" in reported[0][1]
    assert reported[1][1].startswith("nothing.example:1: step 2: ")
    assert reported[1][1].endswith("[no-address]")
