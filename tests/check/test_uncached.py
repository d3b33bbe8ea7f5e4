"""A check bypasses the caches, does not change the resolver, and raises no exception because of the network."""

import asyncio

import attrs
import pytest

from matrix_resolve import ResolverPolicy
from matrix_resolve._address_families import QueriedFamilies
from matrix_resolve.check import Verdict, check_server
from matrix_resolve.resolver import config_of
from matrix_resolve.testing import LoopbackFederation, Reply

from .broken_deployments import NAME, V4, V6, WELL_KNOWN, delegated, homeserver


async def test_what_breaks_between_two_checks_is_seen() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        delegated(federation)
        assert (await check_server(resolver, NAME)).verdict is Verdict.EVERYBODY
        federation.well_known(NAME, "gone.example:443")
        assert (await check_server(resolver, NAME)).verdict is Verdict.NOBODY


async def test_what_is_repaired_between_two_checks_is_seen() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.well_known(NAME, "gone.example:443")
        assert (await check_server(resolver, NAME)).verdict is Verdict.NOBODY
        delegated(federation)
        report = await check_server(resolver, NAME)
        assert (report.verdict, report.findings) == (Verdict.EVERYBODY, ())


async def test_the_resolver_keeps_what_it_knows() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        delegated(federation)
        known = await resolver.resolve(NAME)
        federation.well_known(NAME, "other.example:443")
        before = resolver.stats()
        await check_server(resolver, NAME)
        assert (await resolver.resolve(NAME)).targets == known.targets
        assert resolver.stats().resolved == before.resolved


@pytest.mark.parametrize("name", [NAME, "@a:a.example"])
async def test_a_closed_resolver(name: str) -> None:
    async with LoopbackFederation() as federation:
        homeserver(federation)
        resolver = federation.resolver()
        await resolver.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await check_server(resolver, name)


async def test_a_resolver_that_gets_closed() -> None:
    async with LoopbackFederation() as federation:
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()

        def answer(_: object) -> Reply:
            loop.call_soon_threadsafe(asked.set)
            return Reply(delay=60)

        homeserver(federation)
        federation.server(NAME, port=443).reply(WELL_KNOWN, answer)
        resolver = federation.resolver()
        checking = asyncio.create_task(check_server(resolver, NAME))
        await asked.wait()
        await resolver.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await checking


async def test_an_srv_target_that_is_no_server_name() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        homeserver(federation, "node.example", port=8443, names=[NAME]).reply("/*", Reply(raw=b"no HTTP"))
        federation.zone.srv(f"_matrix-fed._tcp.{NAME}", "10 0 8443 my_node.example")
        federation.zone.cname("my_node.example", "node.example")
        report = await check_server(resolver, NAME)
    assert report.verdict is Verdict.NOBODY
    assert "api-not-http" in {finding.code for finding in report.findings}


async def test_the_families_of_the_policy_alone_are_asked_for() -> None:
    async with (
        LoopbackFederation() as federation,
        federation.resolver(policy=ResolverPolicy(families=("v4",))) as resolver,
    ):
        homeserver(federation, addresses=[V4, V6])
        report = await check_server(resolver, NAME)
    assert {reply.record_type for reply in report.evidence.dns} == {"A", "SRV"}
    assert (report.verdict, report.findings) == (Verdict.EVERYBODY, ())


async def test_a_check_is_not_limited_to_the_families_of_this_machine() -> None:
    async with (
        LoopbackFederation() as federation,
        federation.resolver(policy=ResolverPolicy(families="auto")) as resolver,
    ):
        config = config_of(resolver)
        only_ipv4 = QueriedFamilies("auto", lambda: ["v4"], config.clock)
        resolver._config = attrs.evolve(config, families=only_ipv4)  # pyright: ignore[reportPrivateUsage] - not an argument
        homeserver(federation, addresses=[V4, V6])
        report = await check_server(resolver, NAME)
    assert {reply.record_type for reply in report.evidence.dns} == {"A", "AAAA", "SRV"}
    assert {probe.target.ip for probe in report.evidence.targets} == {V4, V6}


async def test_no_more_addresses_at_once_than_allowed() -> None:
    """The caller passes the semaphore, so several checks can share it."""
    seen: list[bool] = []
    limit = asyncio.Semaphore(1)

    async with LoopbackFederation() as federation:

        def connect_to(ip: str, port: int) -> tuple[str, int]:
            seen.append(limit.locked())
            return federation.connect_to(ip, port)

        homeserver(federation, addresses=[V4, V6])
        async with federation.resolver(connect_to=connect_to, policy=ResolverPolicy(families=("v4",))) as resolver:
            report = await check_server(resolver, f"{NAME}:8448", limit=limit)
    assert report.evidence.targets
    assert seen
    assert all(seen)
