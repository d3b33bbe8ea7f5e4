"""Failures of this machine or its name servers do not count as failures of a host.

Other workers do not see them.
"""

import asyncio
import errno
from collections.abc import Mapping, Sequence

import pytest

from matrix_resolve import (
    DnsAnswer,
    HttpResponse,
    LookupFailed,
    RecordType,
    ResolverBusy,
    ResolverPolicy,
    ServerNameResolver,
)
from tests._support.delegating import DELEGATED, delegating, targets
from tests._support.slow_network import SlowNetwork
from tests._support.virtual_clock import VirtualClockLoop
from tests.spec.testbed import Testbed

HOST = "example.org"
FALLBACK = "6"


def silence(testbed: Testbed, *, times: float) -> None:
    """Make the next DNS queries for the host's addresses fail."""
    for kind in ("A", "AAAA"):
        testbed.dns.fail(HOST, kind, TimeoutError(), times=times)


class TestOurDns:
    async def test_a_brief_failure_is_over_after_five_seconds(self) -> None:
        testbed = delegating()
        silence(testbed, times=2)
        async with testbed.resolver() as resolver:
            with pytest.raises(LookupFailed):
                await resolver.resolve(HOST)
            testbed.clock.advance(5.1)
            assert targets(await resolver.resolve(HOST)) == DELEGATED

    async def test_six_failures_are_over_after_a_minute(self) -> None:
        testbed = delegating()
        async with testbed.resolver() as resolver:
            silence(testbed, times=12)
            for _ in range(6):
                with pytest.raises(LookupFailed):
                    await resolver.resolve(HOST)
                testbed.clock.advance(60.1)
            assert targets(await resolver.resolve(HOST)) == DELEGATED

    async def test_what_rests_on_a_failure_is_degraded_and_short_lived(self) -> None:
        """The address lookup fails for the well-known document, and succeeds for step 6."""
        testbed = delegating()
        silence(testbed, times=1)
        async with testbed.resolver() as resolver:
            resolution = await resolver.resolve(HOST)
            assert (resolution.step, resolution.degraded) == (FALLBACK, True)
            assert resolution.expires_at <= testbed.clock() + 5
            testbed.clock.advance(5.1)
            assert targets(await resolver.resolve(HOST)) == DELEGATED

    async def test_other_workers_do_not_learn_of_it(self) -> None:
        testbed = delegating()
        silence(testbed, times=1)
        async with testbed.resolver() as first, testbed.resolver() as second:
            assert (await first.resolve(HOST)).step == FALLBACK
            assert targets(await second.resolve(HOST)) == DELEGATED

    async def test_a_zone_that_is_silent_while_others_answer_is_left_alone_for_longer(self) -> None:
        testbed = delegating()
        async with testbed.resolver(policy=ResolverPolicy(dns_min_ttl=0, dns_max_ttl=1)) as resolver:
            for _ in range(2):
                silence(testbed, times=1)
                assert (await resolver.resolve(HOST)).step == FALLBACK
                testbed.clock.advance(5.1)
                await resolver.resolve("t1.example.com:1")
            testbed.clock.advance(60.1)
            assert (await resolver.resolve(HOST)).step == FALLBACK, "the next attempt comes after two minutes, or four"
            testbed.clock.advance(240.1)
            assert targets(await resolver.resolve(HOST)) == DELEGATED


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENETUNREACH, errno.ENETDOWN, errno.ENOBUFS])
class TestOurMachine:
    async def test_other_workers_do_not_learn_of_it(self, number: int) -> None:
        testbed = Testbed()
        testbed.well_known(OSError(number, "trouble"))
        async with testbed.resolver() as first, testbed.resolver() as second:
            assert (await first.resolve(HOST)).degraded
            testbed.well_known("hs.example.net:443")
            assert (await second.resolve(HOST)).step == "3.2"

    async def test_it_is_found_inside_the_errors_of_clients(self, number: int) -> None:
        testbed = Testbed()
        error = RuntimeError("cannot connect")
        error.__cause__ = OSError(number, "trouble")
        testbed.well_known(error)
        async with testbed.resolver() as resolver:
            assert (await resolver.resolve(HOST)).degraded
            testbed.well_known("hs.example.net:443")
            testbed.clock.advance(5.1)
            assert (await resolver.resolve(HOST)).step == "3.2"


async def test_a_refused_connection_is_the_hosts_failure() -> None:
    testbed = Testbed()
    testbed.well_known(OSError(errno.ECONNREFUSED, "refused"))
    async with testbed.resolver() as first, testbed.resolver() as second:
        resolution = await first.resolve(HOST)
        assert (resolution.step, resolution.degraded) == (FALLBACK, False)
        testbed.well_known("hs.example.net:443")
        assert (await second.resolve(HOST)).step == FALLBACK
    assert testbed.fetches() == 1


def test_a_limit_that_ends_before_a_request_says_nothing_about_the_host() -> None:
    """The result is a temporary error, not step 4, and the next attempt finds the delegation."""

    async def work() -> None:
        network, clock = SlowNetwork(), asyncio.get_running_loop().time
        policy = ResolverPolicy(max_dns_queries=1, max_resolutions=4, well_known_timeout=0.2)
        async with ServerNameResolver(dns=network, http=network, policy=policy, clock=clock) as resolver:
            dead = [asyncio.create_task(resolver.resolve(f"d{number}.dead")) for number in range(3)]
            await asyncio.sleep(0.01)
            with pytest.raises(LookupFailed) as raised:
                await resolver.resolve("honest.example")
            assert network.requests == 0
            assert raised.value.reason is not None
            assert raised.value.reason.find("no-time", "no-slot") is not None
            assert raised.value.reason in [record.reason for record in raised.value.trace]
            assert not any("SRV" in record.question for record in raised.value.trace)
            await asyncio.gather(*dead, return_exceptions=True)
            await asyncio.sleep(60)
            assert (await resolver.resolve("honest.example")).step == "3.3"

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(work())


class BlockedLoop(SlowNetwork):
    """A network whose web hosts answer only if the event loop is not busy with something else."""

    is_blocked = True

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        loop = asyncio.get_running_loop()
        for _ in range(10 if self.is_blocked else 0):
            assert isinstance(loop, VirtualClockLoop)
            loop.block(0.4)
            await asyncio.sleep(0.05)
        if self.is_blocked:
            raise TimeoutError
        return await super().get(url, addresses=addresses, headers=headers, max_bytes=max_bytes, timeout=timeout)


def test_a_timeout_while_the_event_loop_is_late_says_nothing_about_the_host() -> None:
    async def work() -> None:
        network = BlockedLoop()
        async with ServerNameResolver(dns=network, http=network) as resolver:
            with pytest.raises(ResolverBusy) as raised:
                await resolver.resolve("honest.example")
            assert raised.value.reason is not None
            assert raised.value.reason.find("machine-busy") is not None
            network.is_blocked = False
            assert (await resolver.resolve("honest.example")).step == "3.3"

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(work())


class LateAnswers(SlowNetwork):
    """A network whose name servers answer in time, while the event loop is blocked for four seconds."""

    is_stopped = False

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        if not self.is_stopped:
            self.is_stopped = True
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualClockLoop)
            loop.call_soon(loop.block, 4.0)
        return await super().lookup(name, record_type, refresh=refresh)


def test_a_dns_timeout_while_the_event_loop_is_late_says_nothing_about_the_host() -> None:
    async def work() -> None:
        network = LateAnswers()
        async with ServerNameResolver(dns=network, http=network) as resolver:
            with pytest.raises(ResolverBusy, match="too busy"):
                await resolver.resolve("honest.example")
            assert (await resolver.resolve("honest.example")).step == "3.3"

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(work())
