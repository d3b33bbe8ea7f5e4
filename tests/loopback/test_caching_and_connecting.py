"""The numbered cases about time and connections, over real sockets."""

import asyncio
from collections.abc import Sequence
from email.utils import formatdate

import attrs
import pytest

from matrix_resolve import ConnectFailed, ResolverPolicy, ServerNameResolver, open_connection
from matrix_resolve.testing import FakeClock, LoopbackFederation, LoopbackServer, Reply
from tests._support.waiting import until

URL = "https://example.com/.well-known/matrix/server"
MINUTE, HOUR = 60, 3600
NOW = 1_800_000_000


@attrs.frozen(kw_only=True)
class Times:
    """The replies to well-known requests, and the number of requests at given seconds after the first resolution."""

    replies: Sequence[Reply]
    seen: Sequence[tuple[float, int]]


def _delegation(**headers: str) -> Reply:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply.json({"m.server": "hs.example.com"}, headers=fields)


def _after(seconds: float) -> list[tuple[float, int]]:
    """One request shortly before the end of the lifetime, two shortly after it."""
    return [(seconds - 1, 1), (seconds + 1, 2)]


TIMES: dict[int, Times] = {
    143: Times(replies=[_delegation()], seen=_after(24 * HOUR)),
    144: Times(replies=[_delegation(Cache_Control="max-age=3600")], seen=_after(HOUR)),
    145: Times(replies=[_delegation(Cache_Control="max-age=31536000")], seen=_after(48 * HOUR)),
    146: Times(replies=[_delegation(Cache_Control="max-age=1")], seen=_after(300)),
    147: Times(replies=[_delegation(Cache_Control="no-store")], seen=_after(300)),
    148: Times(
        replies=[_delegation(Expires=formatdate(NOW + 2 * HOUR, usegmt=True), Cache_Control="max-age=600")],
        seen=_after(600),
    ),
    149: Times(replies=[_delegation(Expires="0")], seen=_after(300)),
    150: Times(replies=[_delegation(Cache_Control="MAX-AGE=3600 , public")], seen=_after(HOUR)),
    151: Times(replies=[_delegation(Cache_Control="max-age=3600", Age="3000")], seen=_after(600)),
    152: Times(replies=[Reply(status=404, headers={"Cache-Control": "max-age=86400"})], seen=_after(HOUR)),
    153: Times(
        replies=[Reply(status=500)],
        seen=[(119, 1), (121, 2), (121 + 238, 2), (121 + 242, 3), (363 + 478, 3), (363 + 482, 4)],
    ),
}


@pytest.mark.parametrize("number", [pytest.param(number, id=str(number)) for number in TIMES])
async def test_time(number: int) -> None:
    row, clock = TIMES[number], FakeClock(NOW)
    async with LoopbackFederation() as federation:
        federation.well_known("example.com", "unused.example").reply("/.well-known/matrix/server", *row.replies)
        federation.server("hs.example.com")
        async with federation.resolver(
            clock=clock, policy=ResolverPolicy(well_known_jitter=0.0, refresh_ahead=0.0)
        ) as resolver:
            await resolver.resolve("example.com")
            for seconds, fetches in row.seen:
                clock.now = NOW + seconds
                await resolver.resolve("example.com")
                assert federation.seen.urls == [URL] * fetches, seconds


def _delegated(federation: LoopbackFederation) -> LoopbackServer:
    federation.server("hs.example.com")
    return federation.well_known("example.com", "hs.example.com")


async def _case_131(federation: LoopbackFederation, resolver: ServerNameResolver, _: FakeClock) -> None:
    """If the target refuses the connection, the result is an error, without further queries or requests."""
    federation.server("t1.example.com", port=1).stop()
    federation.srv("example.com", "t1.example.com", 1)
    federation.srv("example.com", "hs.example.com", 8448, deprecated=True)
    with pytest.raises(ConnectFailed) as caught:
        await open_connection(resolver, "example.com")
    assert {failure.code for failure in caught.value.failures} == {"refused"}
    assert "SRV _matrix._tcp.example.com" not in federation.seen.questions
    assert federation.seen.handshakes == []


async def _case_132(federation: LoopbackFederation, resolver: ServerNameResolver, _: FakeClock) -> None:
    """A certificate for only the hostname of the SRV target is rejected, and the next target is tried."""
    federation.server("t1.example.com", port=1)
    federation.server("t2.example.com", port=2, names=["example.com"])
    federation.srv("example.com", "t1.example.com", 1, priority=0)
    federation.srv("example.com", "t2.example.com", 2, priority=10)
    connection = await open_connection(resolver, "example.com")
    connection.writer.close()
    assert connection.target.port == 2
    assert {seen.tls_name for seen in federation.seen.handshakes} == {"example.com"}


async def _case_135(federation: LoopbackFederation, resolver: ServerNameResolver, _: FakeClock) -> None:
    """The address queries for the well-known request fail at first; step 6 repeats them."""
    federation.server("example.com")
    for record_type in ("A", "AAAA"):
        federation.zone.fail("example.com", record_type, "SERVFAIL", times=1)
    assert (await resolver.resolve("example.com")).step == "6"
    assert federation.seen.urls == []


async def _case_154(federation: LoopbackFederation, resolver: ServerNameResolver, clock: FakeClock) -> None:
    """An early refresh that gets status 500 does not change the delegation."""
    server = _delegated(federation)
    await resolver.resolve("example.com")
    server.reply("/.well-known/matrix/server", Reply(status=500))
    clock.advance(20 * HOUR)
    for _ in range(2):
        resolution = await resolver.resolve("example.com")
        assert (resolution.delegated, resolution.stale) == ("hs.example.com", False)
    while len(federation.seen.urls) < 2:
        await asyncio.sleep(0.01)
    clock.advance(4 * HOUR - MINUTE)
    assert (await resolver.resolve("example.com")).delegated == "hs.example.com"


async def _case_155(federation: LoopbackFederation, resolver: ServerNameResolver, clock: FakeClock) -> None:
    """If a delegation cannot be fetched again, it is used for another hour, marked stale; then steps 4 to 6 apply."""
    server = _delegated(federation)
    federation.server("example.com")
    await resolver.resolve("example.com")
    server.stop()
    clock.advance(24 * HOUR + 1)
    assert (await resolver.resolve("example.com")).stale
    clock.advance(HOUR)
    assert (await resolver.resolve("example.com")).step == "6"


async def _case_156(federation: LoopbackFederation, resolver: ServerNameResolver, _: FakeClock) -> None:
    """Two concurrent callers share one request, and cancelling one does not affect the other."""
    server = _delegated(federation)
    server.reply("/.well-known/matrix/server", attrs.evolve(_delegation(), delay=0.2))
    first, second = (asyncio.create_task(resolver.resolve("example.com")) for _ in range(2))
    await until(lambda: bool(federation.seen.urls))
    first.cancel()
    assert (await second).step == "3.5"
    assert federation.seen.urls == [URL]


async def _case_157(federation: LoopbackFederation, resolver: ServerNameResolver, _: FakeClock) -> None:
    """Two spellings of a name share one request, and each keeps its own Host."""
    federation.server("example.com")
    federation.server("example.com", port=443)
    hosts = [(await resolver.resolve(name)).targets[0].host_header for name in ("example.com", "EXAMPLE.COM")]
    assert hosts == ["example.com", "EXAMPLE.COM"]
    assert federation.seen.urls == [URL]


async def _case_158(federation: LoopbackFederation, resolver: ServerNameResolver, _: FakeClock) -> None:
    """A name with a port uses no well-known document, even if one is cached for the hostname."""
    _delegated(federation)
    await resolver.resolve("example.com")
    federation.seen.clear()
    resolution = await resolver.resolve("example.com:8448")
    assert (resolution.step, federation.seen.urls) == ("2", [])


CASES = {
    131: _case_131,
    132: _case_132,
    135: _case_135,
    154: _case_154,
    155: _case_155,
    156: _case_156,
    157: _case_157,
    158: _case_158,
}
SHOWN = [*TIMES, *CASES]


@pytest.mark.parametrize("number", [pytest.param(number, id=str(number)) for number in CASES])
async def test_case(number: int) -> None:
    clock, policy = FakeClock(NOW), ResolverPolicy(well_known_jitter=0.0)
    async with LoopbackFederation() as federation, federation.resolver(clock=clock, policy=policy) as resolver:
        await CASES[number](federation, resolver, clock)
