"""SRV answers that lead to thousands of targets: which ones are looked up and kept. The tests count work, not time."""

import asyncio

import pytest

from matrix_resolve import ConnectionTarget, Resolution, ResolverPolicy, SrvRecord
from tests._support.virtual_clock import VirtualClockLoop

from .many_hosts import HOSTS, MOST, ManyHosts, left_out, made, one_priority, reasons, resolver, v4, v6


class TestTargets:
    """Which targets are kept of 128 SRV records with 128 addresses each."""

    async def test_at_most_64_exist(self) -> None:
        async with resolver(ManyHosts(one_priority(), v4(64), v6(64))) as one:
            with made(ConnectionTarget) as counted:
                resolutions = [await one.resolve("a.example") for _ in range(40)]
            assert one.stats().cut == {"targets-cut": 1}
        assert {len(each.targets) for each in resolutions} == {64}
        assert counted[ConnectionTarget] == 64
        assert left_out(resolutions[0]) == {"targets-left-out": 960, "hosts-not-looked-up": 120}

    async def test_all_ports_of_one_host(self) -> None:
        records = [SrvRecord(10, 1, port, HOSTS[0]) for port in range(1, MOST + 1)]
        async with resolver(ManyHosts(records, v4(64), v6(64))) as one:
            with made(ConnectionTarget) as counted:
                resolution = await one.resolve("a.example")
        assert (len(resolution.targets), counted[ConnectionTarget]) == (64, 64)
        assert len({target.port for target in resolution.targets}) == 64, "a record with room for it is left out"
        assert left_out(resolution)["targets-left-out"] == 16320

    async def test_a_host_without_srv(self) -> None:
        async with resolver(ManyHosts([], v4(64), v6(64))) as one:
            resolution = await one.resolve(f"{HOSTS[0]}:8448")
        assert [":" in target.ip for target in resolution.targets] == [True, False] * 32
        assert left_out(resolution)["targets-left-out"] == 64

    async def test_few_targets_are_all_kept(self) -> None:
        async with resolver(ManyHosts(one_priority(8), v4(4), v6(4))) as one:
            resolution = await one.resolve("a.example")
            assert one.stats().cut == {}
        assert (len(resolution.targets), "targets-cut" in reasons(resolution)) == (64, False)

    async def test_fewer_if_the_policy_says_so(self) -> None:
        async with resolver(ManyHosts(one_priority(8), v4(4)), ResolverPolicy(max_targets=10)) as one:
            resolution = await one.resolve("a.example")
        assert {target.dns_name for target in resolution.targets} == set(HOSTS[:8]), "a record has no target"
        assert len(resolution.targets) == 10


class TestOrders:
    """The orderings drawn by SRV weight."""

    async def test_are_drawn_when_they_are_asked_for(self) -> None:
        drawn: list[int] = []
        async with resolver(ManyHosts(one_priority(3), v4(2))) as one:
            for _ in range(40):
                with made(Resolution) as counted:
                    await one.resolve("a.example")
                drawn.append(counted[Resolution])
        assert drawn == [2, 0, *[1] * 15, *[0] * 23], "expected: one with its trace, and 16 orderings"

    async def test_are_drawn_when_asked_for_although_a_target_failed(self) -> None:
        async with resolver(ManyHosts(one_priority(3), v4(2))) as one:
            failed = (await one.resolve("a.example")).targets[0]
            one.report_failure(failed)
            with made(Resolution) as counted:
                resolutions = [await one.resolve("a.example") for _ in range(3)]
        assert [each.targets[-1] for each in resolutions] == [failed] * 3
        assert counted[Resolution] == 2 + 3, "expected: two, and three with the failed target last"


class TestLookups:
    """Which hosts are looked up."""

    @pytest.mark.parametrize("count", [1, 2, 7, 8])
    async def test_up_to_eight_all_are_at_once(self, count: int) -> None:
        dns = ManyHosts(one_priority(count), v4(64), v6(64))
        async with resolver(dns) as one:
            await one.resolve("a.example")
        assert sorted(dns.hosts()) == sorted(HOSTS[:count])
        assert dns.most == 2 * count

    async def test_eight_at_a_time_until_enough_targets_are_known(self) -> None:
        dns = ManyHosts(one_priority(), v4(1))
        async with resolver(dns) as one:
            resolution = await one.resolve("a.example")
        assert (dns.most, dns.hosts()[:64], len(resolution.targets)) == (16, HOSTS[:64], 64)
        assert len(dns.hosts()) <= 64 + 7, "more than the lookups that were in progress when the last target was found"
        assert left_out(resolution)["hosts-not-looked-up"] == MOST - len(dns.hosts())

    async def test_by_priority_and_then_by_weight(self) -> None:
        records = [SrvRecord(number // 32, number % 2, 8448, HOSTS[-1 - number]) for number in range(MOST)]
        dns = ManyHosts(records, v4(64))
        async with resolver(dns) as one:
            await one.resolve("a.example")
        assert dns.hosts() == [HOSTS[-1 - number] for number in range(1, 17, 2)]

    async def test_known_answers_count(self) -> None:
        dns = ManyHosts(one_priority(), v4(1))
        async with resolver(dns) as one:
            await one.resolve("a.example")
            known = dns.hosts()
            assert len((await one.resolve("b.example")).targets) == 64
        assert dns.hosts() == known

    async def test_prefetching_makes_the_same_lookups(self) -> None:
        dns = ManyHosts(one_priority(), v4(64))
        async with resolver(dns, ResolverPolicy(srv_prefetch_after=0)) as one:
            await one.resolve("a.example")
        assert sorted(dns.hosts()) == sorted(HOSTS[:8])

    def test_silent_hosts_do_not_use_up_the_deadline(self) -> None:
        """One of 128 hosts answers; waiting for all the others, eight at a time, would take 48 s."""
        dns = ManyHosts(one_priority(), v4(1), seconds=lambda host: 0.0 if host == 3 else 3600.0)

        async def resolve() -> tuple[Resolution, float]:
            async with resolver(dns) as one:
                resolution = await one.resolve("a.example")
                return resolution, asyncio.get_running_loop().time()

        with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
            resolution, seconds = runner.run(resolve())
        assert [target.dns_name for target in resolution.targets] == [HOSTS[3]]
        assert seconds <= 2 * ResolverPolicy().dns_timeout + 1
        assert (dns.most, resolution.degraded) == (16, True)
        assert "hosts-not-looked-up" in left_out(resolution)
