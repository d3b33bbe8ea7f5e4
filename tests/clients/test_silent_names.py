"""Names whose targets never respond occupy few connections, and an honest name does not wait for them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager

import httpx
import pytest

from matrix_resolve import ConnectFailed, ConnectionTarget, ResolverPolicy, ServerNameResolver, open_connection
from matrix_resolve._connect.happy_eyeballs import MAX_AT_ONCE
from matrix_resolve._connect.routes import MAX_TARGETS
from matrix_resolve._engine.connection_slots import ConnectionSlots
from matrix_resolve.clients._connection_limit import ConnectionLimit
from matrix_resolve.clients.aiohttp import FederationConnector, federation_session
from matrix_resolve.clients.httpx import FederationTransport
from matrix_resolve.resolver import connecting_of
from matrix_resolve.testing import LoopbackFederation, Reply
from matrix_resolve.testing.loopback.unreachable_ports import StopMode, UnreachablePorts
from tests._support.federation_clients import CLIENTS, NOT_REACHED, why
from tests._support.waiting import until

SAFETY = 60.0  # seconds; ends a test that hangs, and does not affect the results
NAMES = 200
LONG = ResolverPolicy(connecting_deadline=1_000.0)
EVERY_CLIENT = pytest.mark.parametrize("client", CLIENTS)


def _silent_targets(name: str, number: int) -> list[ConnectionTarget]:
    return [ConnectionTarget(f"203.0.113.{each}", 8448, name, name, each) for each in range(1, number + 1)]


@asynccontextmanager
async def _testbed(
    names: int, *, targets: int = 20, policy: ResolverPolicy = LONG, mode: StopMode = "drop"
) -> AsyncGenerator[tuple[LoopbackFederation, ServerNameResolver, list[tuple[str, int]]]]:
    """A server at honest.example, names with silent targets, and the places that were connected to, in order."""
    unreachable, tried = UnreachablePorts(), list[tuple[str, int]]()
    try:
        async with LoopbackFederation() as federation:
            federation.server("honest.example").reply("/slow", Reply(delay=600))

            def connect_to(ip: str, port: int) -> tuple[str, int]:
                tried.append((ip, port))
                return unreachable.place(mode) if ip.startswith("203.0.113.") else federation.connect_to(ip, port)

            overrides = {f"s{each}.example": _silent_targets(f"s{each}.example", targets) for each in range(names)}
            async with federation.resolver(overrides=overrides, connect_to=connect_to, policy=policy) as resolver:
                yield federation, resolver, tried
    finally:
        unreachable.close()


def _places(resolver: ServerNameResolver) -> ConnectionSlots:
    return connecting_of(resolver)


async def _end(tasks: list[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@EVERY_CLIENT
@pytest.mark.parametrize("mode", ["drop", "hang"])
async def test_an_honest_request_completes_while_200_names_hang(client: str, mode: StopMode) -> None:
    async with _testbed(NAMES, mode=mode) as (_, resolver, tried), CLIENTS[client](resolver) as ask:
        hanging = [asyncio.create_task(ask(f"s{each}.example")) for each in range(NAMES)]
        await until(lambda: len(_places(resolver).taken) == NAMES and len(tried) >= NAMES)
        async with asyncio.timeout(SAFETY):
            assert (await ask("honest.example")).status == 200
        assert not any(task.done() for task in hanging)
        assert len(_places(resolver).taken) == NAMES
        assert _places(resolver).extra <= LONG.max_connecting // 2
        await _end([*hanging])
        assert (len(_places(resolver).taken), _places(resolver).extra) == (0, 0)


@EVERY_CLIENT
async def test_when_no_place_is_free_the_oldest_give_way(client: str) -> None:
    policy = ResolverPolicy(connecting_deadline=1_000.0, max_connecting=5)
    async with _testbed(10, policy=policy) as (_, resolver, _tried), CLIENTS[client](resolver) as ask:
        hanging = [asyncio.create_task(ask(f"s{each}.example")) for each in range(10)]
        await until(lambda: len(_places(resolver).waiting) == 5)
        async with asyncio.timeout(SAFETY):
            assert (await ask("honest.example")).status == 200
        ended = [task for task in hanging if task.done()]
        assert 6 <= len(ended) <= 10
        assert all(isinstance(task.exception(), NOT_REACHED) for task in ended)
        assert resolver.stats().cut["connection-gave-way"] == len(ended)
        await _end([*hanging])


@EVERY_CLIENT
async def test_connecting_ends_with_its_deadline_and_says_what_was_not_tried(client: str) -> None:
    policy = ResolverPolicy(connecting_deadline=0.3)
    async with _testbed(1, policy=policy) as (_, resolver, tried), CLIENTS[client](resolver) as ask:
        async with asyncio.timeout(SAFETY):
            with pytest.raises(NOT_REACHED, match=r"; \d+ more were not tried") as caught:
                await ask("s0.example")
        assert why(caught.value).is_timeout
        assert len(tried) + int(str(caught.value).rsplit("; ", 1)[1].split()[0]) == 20
        assert resolver.stats().cut == {"targets-not-tried": 1}


async def test_the_second_resolution_is_within_the_deadline() -> None:
    """All cached targets refuse connections, and the name servers do not answer new queries."""
    policy = ResolverPolicy(connecting_deadline=0.3)
    async with LoopbackFederation() as federation, federation.resolver(policy=policy) as resolver:
        server = federation.server("a.example")
        await resolver.resolve("a.example")
        server.stop()
        for kind in ("A", "AAAA"):
            federation.zone.delay("a.example", kind, 2.0)
        async with asyncio.timeout(SAFETY):
            with pytest.raises(ConnectFailed, match="resolved again") as caught:
                await open_connection(resolver, "a.example")
        assert caught.value.out_of_time


async def test_so_many_targets_are_tried_at_the_same_time_and_in_all() -> None:
    async with _testbed(1, targets=100) as (_, resolver, tried):
        connecting = asyncio.create_task(open_connection(resolver, "s0.example", connect_timeout=0.5))
        most = 0
        while not connecting.done():
            most = max(most, 1 + _places(resolver).extra)
            await asyncio.sleep(0.01)
        with pytest.raises(ConnectFailed, match="80 more were not tried"):
            await connecting
        assert len(set(tried)) == MAX_TARGETS
        assert most <= MAX_AT_ONCE
        assert resolver.stats().cut == {"targets-not-tried": 1}


SILENT_HTTP = "/slow"


@pytest.mark.parametrize("client", ["aiohttp", "httpx"])
async def test_one_server_cannot_hold_all_connections(client: str) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        for name in ("honest.example", "slow.example"):
            federation.server(name).reply(SILENT_HTTP, Reply(delay=600))
        async with _limited(client, resolver, total=6, per_server=4) as get:
            slow = [asyncio.create_task(get(f"matrix-federation://slow.example{SILENT_HTTP}")) for _ in range(20)]
            await until(lambda: len(federation.seen.requests) == 4)
            async with asyncio.timeout(SAFETY):
                assert await get("matrix-federation://honest.example/_matrix/federation/v1/version") == 200
            assert len(federation.seen.requests) == 5
            await _end([*slow])
            async with asyncio.timeout(SAFETY):
                assert await get("matrix-federation://slow.example/_matrix/federation/v1/version") == 200


@pytest.mark.parametrize("client", ["aiohttp", "httpx"])
async def test_the_limit_counts_connections_in_use(client: str) -> None:
    """An open connection may wait for a free slot.

    Until then it counts as being opened, which limits how many can be open.
    """
    policy = ResolverPolicy(max_connecting=3)
    async with LoopbackFederation() as federation, federation.resolver(policy=policy) as resolver:
        names = [f"n{each}.example" for each in range(10)]
        for name in names:
            federation.server(name).reply(SILENT_HTTP, Reply(delay=600))
        async with _limited(client, resolver, total=2, per_server=0) as get:
            slow = [asyncio.create_task(get(f"matrix-federation://{name}{SILENT_HTTP}")) for name in names]
            await until(lambda: len(federation.seen.requests) == 2)
            await asyncio.sleep(0.3)
            assert len(federation.seen.requests) == 2
            # One more handshake per name was for its well-known document.
            assert len(federation.seen.handshakes) <= 2 + 3 + len(names)
            await _end([*slow])
            async with asyncio.timeout(SAFETY):
                assert await get("matrix-federation://n0.example/_matrix/federation/v1/version") == 200


@asynccontextmanager
async def _limited(
    client: str, resolver: ServerNameResolver, *, total: int, per_server: int
) -> AsyncGenerator[Callable[[str], Coroutine[object, object, int]]]:
    if client == "aiohttp":
        connector = FederationConnector(resolver, limit=total, limit_per_host=per_server)
        assert (connector.limit, connector.limit_per_host) == (total, per_server)
        async with federation_session(resolver, connector=connector) as session:

            async def get(url: str) -> int:
                async with session.get(url) as response:
                    await response.read()
                    return response.status

            yield get
    else:
        transport = FederationTransport(
            resolver, limits=httpx.Limits(max_connections=total), limit_per_server=per_server
        )
        async with httpx.AsyncClient(transport=transport, timeout=httpx.Timeout(600)) as http:

            async def get_by_httpx(url: str) -> int:
                return (await http.get(url)).status_code

            yield get_by_httpx


async def test_a_use_that_is_dropped_ends() -> None:
    """A response that is neither read nor closed is garbage-collected."""
    limit = ConnectionLimit(1, 1)
    use = limit.use_of("a.example")
    await use.begin()
    following = limit.use_of("a.example")
    assert following.has_to_wait
    del use
    assert not following.has_to_wait
    following.end()
    following.end()
    assert not limit.use_of("b.example").has_to_wait
