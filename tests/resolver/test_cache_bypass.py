"""A call that bypasses the cache never returns or stores an answer to a request that began before the call."""

import asyncio
from typing import Any

import pytest

from matrix_resolve import DnsAnswer, HttpResponse, LookupFailed, Resolution, ResolverPolicy, ServerNameResolver
from matrix_resolve._well_known.codec import cache_key
from matrix_resolve.backends.dns import RecordType
from matrix_resolve.testing import FakeClock, FakeDns, FakeHttp, FakeLockingCache
from matrix_resolve.testing.http import well_known_url
from tests._support.virtual_clock import VirtualClockLoop
from tests._support.waiting import settle, until

NAME, OLD, NEW = "example.org", "old.example.org:443", "new.example.org:443"
OLD_IP, NEW_IP = "1.1.1.1", "2.2.2.2"


class LateHttp(FakeHttp):
    """An HTTP backend that chooses its response when the request arrives, and returns it when `held` is set."""

    held: asyncio.Event | None = None

    async def get(self, url: str, **arguments: Any) -> HttpResponse:
        answer, held = await super().get(url, **arguments), self.held
        if held is not None:
            await held.wait()
        return answer


class LateDns(FakeDns):
    """A DNS backend that does the same."""

    held: asyncio.Event | None = None

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        held = self.held
        try:
            return await super().lookup(name, record_type, refresh=refresh)
        finally:
            if held is not None:
                await held.wait()


class Testbed:
    """A host whose answers change, and one resolver or several that share a cache."""

    __test__ = False

    def __init__(self) -> None:
        self.clock, self.http, self.dns = FakeClock(), LateHttp(), LateDns()
        self.cache = FakeLockingCache(self.clock)
        self.says(OLD, OLD_IP)

    def says(self, delegated: str, address: str) -> None:
        self.http.well_known(NAME, delegated)
        for host in (NAME, "old.example.org", "new.example.org"):
            self.dns.a(host, address)
            self.dns.aaaa(host)

    def resolver(self, *, shared: bool = False, policy: ResolverPolicy | None = None) -> ServerNameResolver:
        cache = self.cache if shared else None
        return ServerNameResolver(
            dns=self.dns, http=self.http, cache=cache, clock=self.clock, policy=policy, random=lambda: 0.0
        )

    @property
    def asked(self) -> int:
        return [request.url for request in self.http.requests].count(well_known_url(NAME))

    def queries(self, question: tuple[str, str]) -> int:
        return list[tuple[str, str]](self.dns.asked).count(question)

    async def hold_request(self) -> asyncio.Event:
        """Wait until a request with the old answer is in progress, and then change the host's answer."""
        await until(lambda: self.asked > 0)
        held = self.http.held
        assert held is not None
        self.http.held = None
        self.says(NEW, NEW_IP)
        return held


@pytest.fixture
def bed() -> Testbed:
    return Testbed()


def begin(resolver: ServerNameResolver, name: str = NAME, *, refresh: bool = False) -> "asyncio.Task[Resolution]":
    return asyncio.ensure_future(resolver.resolve(name, refresh=refresh))


async def _under_way(bed: Testbed, resolver: ServerNameResolver, how: str) -> "asyncio.Task[Resolution] | None":
    """Start a request, in one of the ways in which one can start."""
    if how in {"refresh ahead", "expired"}:
        await resolver.resolve(NAME)
        bed.http.requests.clear()
        bed.clock.advance({"refresh ahead": 20 * 3600, "expired": 24 * 3600 + 1}[how])
    bed.http.held = asyncio.Event()
    if how == "refresh ahead":
        await resolver.resolve(NAME)
        return None
    return begin(resolver, refresh=how == "refresh")


@pytest.mark.parametrize("cache", ["own cache", "shared cache"])
@pytest.mark.parametrize("how", ["first", "refresh", "refresh ahead", "expired"])
class TestInvalidate:
    async def test_an_older_answer_is_given_to_those_who_waited_and_to_nobody_else(
        self, bed: Testbed, how: str, cache: str
    ) -> None:
        async with bed.resolver(shared=cache == "shared cache") as resolver:
            before = await _under_way(bed, resolver, how)
            held = await bed.hold_request()
            await resolver.invalidate(NAME)
            after = begin(resolver)
            await settle()
            held.set()
            assert (await after).delegated == NEW
            assert [target.ip for target in (await after).targets] == [NEW_IP]
            if before is not None:
                assert (await before).delegated == OLD
            await settle()
            assert (await resolver.resolve(NAME)).delegated == NEW
            assert bed.asked == 2
        async with bed.resolver(shared=cache == "shared cache") as other:
            assert (await other.resolve(NAME)).delegated == NEW

    async def test_an_older_answer_is_not_left_behind(self, bed: Testbed, how: str, cache: str) -> None:
        async with bed.resolver(shared=cache == "shared cache") as resolver:
            before = await _under_way(bed, resolver, how)
            held = await bed.hold_request()
            await resolver.invalidate(NAME)
            held.set()
            if before is not None:
                await before
            await settle()
            assert await bed.cache.get(cache_key(NAME)) is None
            assert (await resolver.resolve(NAME)).delegated == NEW


@pytest.mark.parametrize("how", ["first", "refresh", "refresh ahead", "expired"])
async def test_refresh_does_not_join_an_older_request(bed: Testbed, how: str) -> None:
    async with bed.resolver() as resolver:
        before = await _under_way(bed, resolver, how)
        held = await bed.hold_request()
        after = begin(resolver, refresh=True)
        await settle()
        assert bed.asked == 1
        held.set()
        assert (await after).delegated == NEW
        if before is not None:
            assert (await before).delegated == OLD
        assert (await resolver.resolve(NAME)).delegated == NEW
        assert bed.asked == 2


def test_waiting_for_an_older_resolution_does_not_count_for_the_deadline() -> None:
    """Two requests to a silent web host, one after the other, take longer than the deadline."""

    async def both() -> list[str]:
        bed = Testbed()
        bed.http.gate = asyncio.Event()
        async with bed.resolver() as resolver:
            before = begin(resolver)
            await until(lambda: bed.asked > 0)
            after = begin(resolver, refresh=True)
            return [str((await one).step) for one in (before, after)]

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        assert runner.run(both()) == ["6", "6"]


async def test_refresh_does_not_join_the_request_of_another_name(bed: Testbed) -> None:
    async with bed.resolver() as resolver:
        bed.http.held = asyncio.Event()
        before = begin(resolver, "EXAMPLE.org")
        held = await bed.hold_request()
        after = begin(resolver, refresh=True)
        await settle()
        held.set()
        assert [(await one).delegated for one in (before, after)] == [OLD, NEW]


@pytest.mark.parametrize("way", ["refresh", "invalidate"])
async def test_dns_queries_that_began_earlier_do_not_count(bed: Testbed, way: str) -> None:
    bed.http.serve(well_known_url(NAME), HttpResponse(404))
    question = (f"_matrix-fed._tcp.{NAME}", "SRV")
    bed.dns.srv(question[0], "1 0 443 old.example.org.")
    async with bed.resolver() as resolver:
        bed.dns.held = held = asyncio.Event()
        before = begin(resolver)
        await until(lambda: bed.queries((NAME, "A")) > 0)
        bed.dns.held = None
        bed.dns.a(NAME, NEW_IP)
        if way == "invalidate":
            await resolver.invalidate(NAME)
        after = begin(resolver, refresh=way == "refresh")
        await settle()
        held.set()
        await asyncio.gather(before, after)
        assert [request.addresses for request in bed.http.requests] == [(OLD_IP,), (NEW_IP,)]
        assert bed.queries((NAME, "A")) == 2


async def test_an_srv_answer_on_its_way_is_not_used(bed: Testbed) -> None:
    bed.http.serve(well_known_url(NAME), HttpResponse(404))
    owner = f"_matrix-fed._tcp.{NAME}"
    bed.dns.srv(owner, "1 0 443 old.example.org.")
    async with bed.resolver(policy=ResolverPolicy(srv_prefetch_after=None)) as resolver:
        bed.http.held = asyncio.Event()
        before = begin(resolver)
        await until(lambda: bed.asked > 0)
        bed.dns.held = held = asyncio.Event()
        bed.http.held.set()
        bed.http.held = None
        await until(lambda: bed.queries((owner, "SRV")) > 0)
        bed.dns.held = None
        bed.dns.srv(owner, "1 0 444 new.example.org.")
        await resolver.invalidate(NAME)
        after = begin(resolver)
        await settle()
        held.set()
        assert [target.port for target in (await after).targets] == [444]
        assert [target.port for target in (await before).targets] == [443]
        assert [target.port for target in (await resolver.resolve(NAME)).targets] == [444]


async def test_an_older_failure_of_our_own_dns_is_not_left_behind(bed: Testbed) -> None:
    """A different spelling of the name does not bypass the cache, and has the same web host."""
    async with bed.resolver() as resolver:
        bed.dns.held = held = asyncio.Event()
        for kind in ("A", "AAAA"):
            bed.dns.fail(NAME, "A" if kind == "A" else "AAAA", times=1)
        before = begin(resolver)
        await until(lambda: bed.queries((NAME, "A")) > 0)
        await resolver.invalidate(NAME)
        held.set()
        await before
        assert (await resolver.resolve("EXAMPLE.org")).delegated == OLD


async def test_a_thousand_at_the_same_time_make_one_request(bed: Testbed) -> None:
    async with bed.resolver() as resolver:
        await resolver.resolve(NAME)
        bed.http.requests.clear()
        await asyncio.gather(*(begin(resolver, refresh=True) for _ in range(1000)))
        assert bed.asked == 1
        assert bed.queries((NAME, "A")) == 2


async def test_a_thousand_who_come_later_share_one_more(bed: Testbed) -> None:
    async with bed.resolver() as resolver:
        bed.http.held = asyncio.Event()
        before = begin(resolver, refresh=True)
        held = await bed.hold_request()
        after: list[asyncio.Task[Resolution]] = []
        for _ in range(1000):
            after.append(begin(resolver, refresh=True))
            await asyncio.sleep(0)
        held.set()
        assert (await before).delegated == OLD
        assert {one.delegated for one in await asyncio.gather(*after)} == {NEW}
        assert bed.asked == 2
        bed.clock.advance(29)
        await resolver.resolve(NAME, refresh=True)
        assert bed.asked == 2


async def test_many_names_of_one_host_make_one_request_at_a_time(bed: Testbed) -> None:
    """All spellings of a name have the same well-known document."""
    names = [f"{NAME[:index]}{NAME[index].upper()}{NAME[index + 1 :]}" for index in range(7)]
    async with bed.resolver() as resolver:
        bed.http.held = asyncio.Event()
        before = begin(resolver, refresh=True)
        held = await bed.hold_request()
        after = [begin(resolver, name, refresh=True) for name in names]
        await settle()
        assert bed.asked == 1
        held.set()
        assert (await before).delegated == OLD
        assert {one.delegated for one in await asyncio.gather(*after)} == {NEW}
        assert bed.asked == 2


async def test_invalidating_again_and_again_makes_one_request_at_a_time(bed: Testbed) -> None:
    async with bed.resolver() as resolver:
        bed.http.held = asyncio.Event()
        before = begin(resolver)
        held = await bed.hold_request()
        after: list[asyncio.Task[Resolution]] = []
        for _ in range(50):
            await resolver.invalidate(NAME)
            after.append(begin(resolver))
            await settle()
        assert bed.asked == 1
        held.set()
        assert (await before).delegated == OLD
        assert {one.delegated for one in await asyncio.gather(*after)} == {NEW}
        assert bed.asked <= 3


async def test_what_was_invalidated_is_not_used_when_asking_fails(bed: Testbed) -> None:
    """This differs from `refresh`, which keeps the cached answer if the new request fails."""
    bed.http.serve(well_known_url(NAME), HttpResponse(404))
    bed.dns.srv(f"_matrix-fed._tcp.{NAME}", "1 0 443 old.example.org.")
    async with bed.resolver(policy=ResolverPolicy(srv_failure="fail")) as resolver:
        await resolver.resolve(NAME)
        bed.dns.fail(f"_matrix-fed._tcp.{NAME}", "SRV")
        assert (await resolver.resolve(NAME, refresh=True)).targets[0].port == 443
        await resolver.invalidate(NAME)
        for _ in range(3):
            with pytest.raises(LookupFailed, match="SRV"):
                await resolver.resolve(NAME)
            bed.clock.advance(30)


async def test_a_failed_request_keeps_the_delegation_that_the_one_before_brought(bed: Testbed) -> None:
    """A refresh that had to wait starts from the cache at its start, not from the cache when it was requested."""
    good = HttpResponse(200, (), b'{"m.server": "old.example.org:443"}')
    bed.http.serve(well_known_url(NAME), good, HttpResponse(503))
    async with bed.resolver() as resolver:
        bed.http.held = held = asyncio.Event()
        before = begin(resolver)
        await until(lambda: bed.asked > 0)
        bed.http.held = None
        after = begin(resolver, refresh=True)
        await settle()
        held.set()
        assert [(await one).delegated for one in (before, after)] == [OLD, OLD]
        assert bed.asked == 2


class TestFleet:
    async def test_what_another_worker_began_earlier_does_not_count_after_invalidate(self, bed: Testbed) -> None:
        async with bed.resolver(shared=True) as first, bed.resolver(shared=True) as second:
            bed.http.held = asyncio.Event()
            before = begin(first)
            held = await bed.hold_request()
            await second.invalidate(NAME)
            after = begin(second)
            await settle()
            held.set()
            assert [(await one).delegated for one in (before, after)] == [OLD, NEW]
        async with bed.resolver(shared=True) as third:
            assert (await third.resolve(NAME)).delegated == NEW
