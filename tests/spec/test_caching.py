"""Cases 135 and 143 to 158: what happens over time. The tests advance a fake clock; nothing sleeps."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from matrix_resolve import HttpResponse, Resolution, ResolverPolicy, ServerNameResolver
from tests._support.waiting import settle

from .testbed import FALLBACK, Testbed, hs, shown

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
DELEGATED = hs(443, "hs.example.net:443")
NO_STALE = ResolverPolicy(stale_if_error=0)
FAILING = HttpResponse(500)


def _good(**headers: str) -> HttpResponse:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpResponse(200, pairs, b'{"m.server":"hs.example.net:443"}')


def _targets(resolution: Resolution) -> list[str]:
    return [shown(target) for target in resolution.targets]


async def _fetched_after(answer: HttpResponse, *moments: float, policy: ResolverPolicy | None = None) -> list[int]:
    """Return how often the well-known document was fetched until each moment, in seconds after the first resolution.

    Each moment has a new resolver, because checking one moment may refresh the cache for the next.
    """
    counts: list[int] = []
    for moment in moments:
        testbed = Testbed()
        testbed.well_known(answer)
        async with testbed.resolver(policy=policy) as resolver:
            await resolver.resolve("example.org")
            testbed.clock.advance(moment)
            await resolver.resolve("example.org")
            counts.append(testbed.fetches())
    return counts


NO_AHEAD = ResolverPolicy(refresh_ahead=0)


async def case_135() -> None:
    """An address lookup that failed in step 3 is repeated in step 6."""
    testbed = Testbed()
    testbed.dns.fail("example.org", "AAAA", times=1)
    testbed.dns.fail("example.org", "A", times=1)
    async with testbed.resolver() as resolver:
        resolution = await resolver.resolve("example.org")
    assert _targets(resolution) == FALLBACK
    assert resolution.step == "6"
    assert testbed.fetches() == 0


async def case_143() -> None:
    assert await _fetched_after(_good(), DAY - MINUTE, DAY + 1, policy=NO_AHEAD) == [1, 2]


async def case_144() -> None:
    assert await _fetched_after(_good(cache_control="max-age=3600"), 59 * MINUTE, 61 * MINUTE, policy=NO_AHEAD) == [
        1,
        2,
    ]


async def case_145() -> None:
    answer = _good(cache_control="max-age=31536000")
    assert await _fetched_after(answer, 2 * DAY - MINUTE, 2 * DAY + 1, policy=NO_AHEAD) == [1, 2]


async def case_146() -> None:
    answer = _good(cache_control="max-age=1")
    assert await _fetched_after(answer, 299, 301, policy=NO_AHEAD) == [1, 2]
    no_floor = ResolverPolicy(refresh_ahead=0, well_known_min_ttl=0, dns_min_ttl=0)
    assert await _fetched_after(answer, 2, policy=no_floor) == [2]


async def case_147() -> None:
    for directive in ("no-store", "no-cache", "private, No-Store"):
        assert await _fetched_after(_good(cache_control=directive), 299, 301, policy=NO_AHEAD) == [1, 2]


async def case_148() -> None:
    now = Testbed().clock()
    later = _http_date(now + 2 * HOUR)
    answer = _good(expires=later, cache_control="max-age=600")
    assert await _fetched_after(answer, 599, 601, policy=NO_AHEAD) == [1, 2]
    assert await _fetched_after(_good(expires=later), 2 * HOUR - 1, 2 * HOUR + 1, policy=NO_AHEAD) == [1, 2]


def _http_date(seconds: float) -> str:
    from email.utils import formatdate  # noqa: PLC0415 - used only here

    return formatdate(seconds, usegmt=True)


async def case_149() -> None:
    for expires in ("0", "-1", "tomorrow"):
        assert await _fetched_after(_good(expires=expires), 299, 301, policy=NO_AHEAD) == [1, 2]


async def case_150() -> None:
    answer = _good(cache_control="MAX-AGE=3600 , public")
    assert await _fetched_after(answer, 59 * MINUTE, 61 * MINUTE, policy=NO_AHEAD) == [1, 2]


async def case_151() -> None:
    answer = _good(cache_control="max-age=3600", age="3000")
    assert await _fetched_after(answer, 599, 601, policy=NO_AHEAD) == [1, 2]


async def case_152() -> None:
    answer = HttpResponse(404, (("Cache-Control", "max-age=86400"),))
    assert await _fetched_after(answer, HOUR - 1, HOUR + 1, policy=NO_AHEAD) == [1, 2]


async def case_153() -> None:
    """The waits are 2, 4, 8, 16, 32, 60 and 60 minutes; until then, steps 4 to 6 run without a fetch."""
    testbed = Testbed()
    testbed.well_known(FAILING)
    async with testbed.resolver() as resolver:
        waits = [2, 4, 8, 16, 32, 60, 60]
        for fetches, minutes in enumerate(waits, start=1):
            assert _targets(await resolver.resolve("example.org")) == FALLBACK
            assert testbed.fetches() == fetches
            testbed.clock.advance(minutes * MINUTE - 1)
            assert _targets(await resolver.resolve("example.org")) == FALLBACK
            await settle()
            assert testbed.fetches() == fetches
            testbed.clock.advance(1)


async def case_154() -> None:
    """A failed early refresh does not shorten the lifetime of the delegation."""
    testbed = Testbed()
    testbed.well_known(_good(), FAILING)
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        for moment in (20 * HOUR, DAY - 1):
            testbed.clock.now = Testbed().clock.now + moment
            resolution = await resolver.resolve("example.org")
            await settle()
            assert _targets(resolution) == DELEGATED
            assert not resolution.stale
        assert testbed.fetches() > 1


async def case_155() -> None:
    """Without a stale period, steps 4 to 6 run. By default, the last valid delegation is used for another hour.

    The result is then marked as stale.
    """
    testbed = Testbed()
    testbed.well_known(_good(), FAILING)
    async with testbed.resolver(policy=NO_STALE) as resolver:
        await resolver.resolve("example.org")
        testbed.clock.advance(DAY + 1)
        assert _targets(await resolver.resolve("example.org")) == FALLBACK
        assert testbed.fetches() == 2
    testbed = Testbed()
    testbed.well_known(_good(), FAILING)
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        testbed.clock.advance(DAY + 1)
        resolution = await resolver.resolve("example.org")
        assert (_targets(resolution), resolution.stale) == (DELEGATED, True)
        testbed.clock.advance(HOUR)
        assert _targets(await resolver.resolve("example.org")) == FALLBACK


async def case_156() -> None:
    """Two resolutions at the same time make one fetch; cancelling the first does not affect the second."""
    testbed = Testbed()
    testbed.well_known(_good())
    testbed.http.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        first, second = (asyncio.create_task(resolver.resolve("example.org")) for _ in range(2))
        await settle()
        first.cancel()
        await settle()
        testbed.http.gate.set()
        assert _targets(await second) == DELEGATED
        assert first.cancelled()
    assert testbed.fetches() == 1


async def case_157() -> None:
    """All spellings share the well-known document, but not the Host header and the server name of the result."""
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        names = ["example.org", "EXAMPLE.ORG"]
        results = [await resolver.resolve(name) for name in names]
    assert [result.server_name for result in results] == names
    assert [result.targets[0].host_header for result in results] == names
    assert testbed.fetches() == 1


async def case_158() -> None:
    """A cached delegation of the hostname does not apply to a name with a port."""
    testbed = Testbed()
    testbed.well_known(_good())
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
        testbed.log.clear()
        resolution = await resolver.resolve("example.org:8448")
    assert resolution.step == "2"
    assert resolution.delegated is None
    assert testbed.log == []


CASES: dict[int, Callable[[], Awaitable[None]]] = {
    int(name.removeprefix("case_")): case for name, case in list(globals().items()) if name.startswith("case_")
}


@pytest.mark.parametrize("number", [pytest.param(number, id=str(number)) for number in CASES])
async def test_case(number: int) -> None:
    await CASES[number]()


def test_resolver_is_what_is_tested() -> None:
    """The testbed's resolver is the public class; only its backends are fakes."""
    assert type(Testbed().resolver()) is ServerNameResolver
