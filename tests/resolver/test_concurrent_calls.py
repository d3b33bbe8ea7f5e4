"""Many callers, cancellation, deadlines, closing and event loops: a resolver in a running program."""

import asyncio
import gc
from collections.abc import Callable, Coroutine

import pytest
import uvloop

from matrix_resolve import (
    ConnectionTarget,
    LookupFailed,
    ResolutionTimeout,
    ResolverPolicy,
    ServerNameResolver,
)
from tests._support.waiting import settle
from tests.spec.testbed import MAPPED_DOCUMENTATION, Testbed, addresses, fed, fed_record, old, shown, well_known

TARGET = ConnectionTarget("192.0.2.1", 8448, "x.example", "x.example")


async def test_a_crowd_asks_each_question_once() -> None:
    testbed = Testbed()
    testbed.well_known("hs.example.net:443")
    testbed.http.gate = testbed.dns.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        crowd = [asyncio.create_task(resolver.resolve("example.org")) for _ in range(1_000)]
        await settle()
        testbed.http.gate.set()
        results = await asyncio.gather(*crowd)
    assert len(results) == 1_000
    assert sorted(testbed.log) == sorted([*well_known("example.org"), *addresses("hs.example.net")])


async def test_different_names_share_the_questions_for_their_host() -> None:
    names = [f"s{number}.example" for number in range(20)]
    testbed = Testbed(*(f"{name} A 192.0.2.7" for name in names))
    for name in names:
        testbed.well_known("hs.example.net:443", hostname=name)
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        crowd = [asyncio.create_task(resolver.resolve(name)) for name in names]
        await settle()
        testbed.dns.gate.set()
        await asyncio.gather(*crowd)
    assert testbed.log.count("A hs.example.net") == 1


async def test_no_more_questions_in_flight_than_allowed() -> None:
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver(policy=ResolverPolicy(max_dns_queries=7)) as resolver:
        crowd = [asyncio.create_task(resolver.resolve(f"s{number}.example:1")) for number in range(50)]
        await settle()
        assert len(testbed.log) == 7
        testbed.dns.gate.set()
        await asyncio.gather(*crowd, return_exceptions=True)
    assert len(testbed.log) == 100


async def test_no_more_resolutions_at_work_than_allowed() -> None:
    """Resolutions in the queue have not begun, and neither have their deadlines."""
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver(policy=ResolverPolicy(max_resolutions=3)) as resolver:
        crowd = [asyncio.create_task(resolver.resolve(f"s{number}.example:1")) for number in range(10)]
        await settle()
        assert len(testbed.log) == 6
        testbed.dns.gate.set()
        await asyncio.gather(*crowd, return_exceptions=True)
    assert len(testbed.log) == 20


async def test_the_last_waiters_cancellation_ends_the_work() -> None:
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        before = asyncio.all_tasks()
        callers = [asyncio.create_task(resolver.resolve("example.org")) for _ in range(3)]
        await settle()
        for caller in callers:
            caller.cancel()
        await settle()
        assert asyncio.all_tasks() == before
        testbed.dns.gate.set()
        assert (await resolver.resolve("example.org")).step == "6"


async def test_cancelled_at_every_await_leaves_nothing_behind() -> None:
    """For every n, the n-th suspension of a resolution is cancelled; the other caller still gets its answer."""
    for steps in range(60):
        testbed = Testbed(fed_record("example.org", "0 0 1 both.example.com."))
        async with testbed.resolver() as resolver:
            before = asyncio.all_tasks()
            first, other = (asyncio.create_task(resolver.resolve("example.org")) for _ in range(2))
            for _ in range(steps):
                await asyncio.sleep(0)
            first.cancel()
            assert (await other).step == "4"
            await settle()
            assert asyncio.all_tasks() == before
            assert first.done()


SLOW = ResolverPolicy(deadline=0.05)


async def _timeout_of_ours(resolver: ServerNameResolver) -> None:
    with pytest.raises(ResolutionTimeout, match=r"example\.org: no result within 0\.05 s") as caught:
        await resolver.resolve("example.org")
    assert not isinstance(caught.value, TimeoutError)
    assert caught.value.retry_at is not None
    assert isinstance(caught.value, LookupFailed)


async def test_our_deadline_is_an_error_of_ours() -> None:
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver(policy=SLOW) as resolver:
        await _timeout_of_ours(resolver)


async def test_the_callers_own_deadline_is_honoured() -> None:
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await resolver.resolve("example.org")
        await settle()
        assert len(asyncio.all_tasks()) == 1


async def test_a_slow_well_known_is_a_failed_one() -> None:
    testbed = Testbed()
    testbed.http.gate = asyncio.Event()
    async with testbed.resolver(policy=ResolverPolicy(well_known_timeout=0.02)) as resolver:
        resolution = await resolver.resolve("example.org")
    assert resolution.step == "6"
    assert {warning.code for warning in resolution.warnings} == {"well-known-failed"}


async def test_a_slow_dns_question_is_a_failed_one() -> None:
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver(policy=ResolverPolicy(dns_timeout=0.02)) as resolver:
        with pytest.raises(LookupFailed, match=r"no answer within 0\.02 s"):
            await resolver.resolve("example.org:8448")


class TestPrefetch:
    """SRV queries while the well-known request is in progress."""

    @staticmethod
    async def asked_while_the_well_known_hangs(policy: ResolverPolicy) -> tuple[list[str], list[str]]:
        """Return the lookups before the well-known response, and those after it."""
        testbed = Testbed(fed_record("example.org", "0 0 1 t1.example.com."))
        testbed.http.gate = asyncio.Event()
        async with testbed.resolver(policy=policy) as resolver:
            waiting = asyncio.create_task(resolver.resolve("example.org"))
            await settle()
            before = list(testbed.log)
            testbed.http.gate.set()
            assert [shown(target) for target in (await waiting).targets] == [
                "203.0.113.1:1 | example.org | dns:example.org"
            ]
            await settle()
            assert len(asyncio.all_tasks()) == 1
            return before, testbed.log[len(before) :]

    async def test_is_off_by_default(self) -> None:
        before, after = await self.asked_while_the_well_known_hangs(ResolverPolicy())
        assert sorted(before) == sorted(well_known("example.org"))
        assert sorted(after) == sorted([fed("example.org"), *addresses("t1.example.com")])

    async def test_at_once(self) -> None:
        before, after = await self.asked_while_the_well_known_hangs(ResolverPolicy(srv_prefetch_after=0))
        assert sorted(before) == sorted([*well_known("example.org"), fed("example.org"), *addresses("t1.example.com")])
        assert after == []

    async def test_its_failures_are_nobodys(self) -> None:
        testbed = Testbed("_matrix-fed._tcp.example.org SRV SERVFAIL")
        testbed.well_known("hs.example.net:443")
        async with testbed.resolver(policy=ResolverPolicy(srv_prefetch_after=0, srv_failure="fail")) as resolver:
            assert (await resolver.resolve("example.org")).warnings == ()
            await settle()


class TestClosing:
    """After `aclose`, nothing is left, and all methods raise an error."""

    async def test_every_method_says_that_it_is_closed(self) -> None:
        resolver = Testbed().resolver()
        await resolver.resolve("example.org")
        await resolver.aclose()
        await resolver.aclose()
        calls: list[Callable[[], Coroutine[object, object, object]]] = [
            lambda: resolver.resolve("example.org"),
            lambda: resolver.invalidate("example.org"),
            resolver.__aenter__,
        ]
        for call in calls:
            with pytest.raises(RuntimeError, match="closed"):
                await call()
        with pytest.raises(RuntimeError, match="closed"):
            resolver.report_failure(TARGET)

    async def test_those_who_wait_are_told(self) -> None:
        testbed = Testbed()
        testbed.dns.gate = asyncio.Event()
        resolver = testbed.resolver()
        waiting = asyncio.create_task(resolver.resolve("example.org"))
        await settle()
        await resolver.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await waiting
        assert len(asyncio.all_tasks()) == 1

    async def test_what_it_was_given_stays_open(self) -> None:
        testbed = Testbed()
        async with testbed.resolver() as resolver:
            await resolver.resolve("example.org")
        async with testbed.resolver() as resolver:
            assert (await resolver.resolve("example.org")).step == "6"


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_one_resolver_on_two_event_loops_in_turn(run: Callable[[Coroutine[object, object, None]], None]) -> None:
    testbed = Testbed()
    resolver = ServerNameResolver(dns=testbed.dns, http=testbed.http, address_policy=MAPPED_DOCUMENTATION)

    async def resolve(name: str) -> None:
        assert (await resolver.resolve(name)).step == "6"

    async def leave_work_behind() -> None:
        testbed.dns.gate = asyncio.Event()
        asyncio.get_running_loop().create_task(resolver.resolve("t1.example.com")).add_done_callback(lambda _: None)
        await settle()
        testbed.dns.gate = None

    run(resolve("example.org"))
    run(leave_work_behind())
    run(resolve("t1.example.com"))
    run(resolver.aclose())
    gc.collect()


async def test_events_are_told_and_an_observer_that_fails_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    testbed, told = Testbed(), list[str]()

    def observe(record: object) -> None:
        told.append(str(record))
        raise ValueError("observer")

    async with ServerNameResolver(
        dns=testbed.dns, http=testbed.http, address_policy=MAPPED_DOCUMENTATION, on_lookup=observe
    ) as resolver:
        resolution = await resolver.resolve("example.org")
    assert told == [str(record) for record in resolution.trace if not record.cached]
    assert [fed("example.org").split(" ")[1] in line for line in told].count(True) == 1
    assert old("example.org").split(" ")[1] in told[-1]
    assert [record.getMessage() for record in caplog.records] == ["on_lookup raised: ValueError (observer)"]
