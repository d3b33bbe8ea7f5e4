"""Cancelling a connection attempt in any iteration of the event loop leaves no socket or task behind."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop

from matrix_resolve import ServerNameResolver, open_connection
from matrix_resolve._connect.routes import Route
from matrix_resolve._connect.tls_connection import StreamProtocol, connect_route
from matrix_resolve.testing import LoopbackFederation
from tests._support.federation_clients import CLIENTS
from tests._support.waiting import until

from .reporting import ReportingResolver, servers

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
Prepare = Callable[[LoopbackFederation], None]


def _sockets() -> int:
    """Return the open descriptors of this process, including those of the servers."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed after it was listed, like the descriptor of the listing itself
            count += str(link.readlink()).startswith("socket")
    return count


def _alive(federation: LoopbackFederation) -> None:
    servers(federation, "a.example", 0)


def _one_silent(federation: LoopbackFederation) -> None:
    servers(federation, "a.example", 0, 0)[0].stop("hang")


def _one_dead(federation: LoopbackFederation) -> None:
    servers(federation, "a.example", 0, 10)[0].stop()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("prepare", [_alive, _one_silent, _one_dead])
@pytest.mark.parametrize("loop", LOOPS)
def test_cancelled_while_connecting(loop: str, prepare: Prepare, client: str) -> None:
    """Cancel after 0 to 29 ms. Afterwards, another request must succeed, and nothing may be left open."""

    async def cancel_at_each_moment() -> None:
        async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
            prepare(federation)
            async with CLIENTS[client](resolver) as ask:
                assert (await ask("a.example")).status == 200
            before = _sockets()
            for moment in range(30):
                await _cancel_after(moment * 0.001, resolver, client)
            async with CLIENTS[client](resolver) as ask:
                assert (await ask("a.example")).status == 200
            await _until_only_these_are_left(before)

    with asyncio.Runner(loop_factory=LOOPS[loop], debug=True) as runner:
        runner.run(cancel_at_each_moment())


async def _cancel_after(seconds: float, resolver: ServerNameResolver, client: str) -> None:
    async with CLIENTS[client](resolver) as ask:
        task = asyncio.create_task(ask("a.example"))
        asyncio.get_running_loop().call_later(seconds, task.cancel)
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled() or task.exception() is None, task.exception()


async def _until_only_these_are_left(sockets: int) -> None:
    gc.collect()
    await until(lambda: _sockets() <= sockets and len(asyncio.all_tasks()) <= 1)


async def _as_tls_is_up(resolver: ReportingResolver) -> None:
    """The caller's timeout expires in the same iteration of the event loop in which the handshake ends."""

    class Protocol(StreamProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            task.cancel()

    targets = (await resolver.resolve("a.example")).targets
    task = asyncio.create_task(connect_route(resolver, Route("a.example", "a.example", targets), Protocol))
    with pytest.raises(asyncio.CancelledError):
        await task


async def _as_the_losers_are_ended(resolver: ReportingResolver) -> None:
    """The race has a winner, but its caller has been cancelled."""
    for rounds in range(1, 6):
        task = asyncio.create_task(open_connection(resolver, "a.example"))
        resolver.when_reported = partial(_call_after, rounds, task.cancel)
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            task.result().writer.transport.abort()
        resolver.when_reported = None
        await resolver.invalidate("a.example")


async def _as_the_resolver_is_closed(resolver: ReportingResolver) -> None:
    """The resolver is closed, so failures cannot be reported to it: the caller gets a RuntimeError."""
    task = asyncio.create_task(open_connection(resolver, "a.example"))
    await asyncio.sleep(0.1)
    await resolver.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await task


def _call_after(rounds: int, function: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    loop.call_soon(function if rounds == 1 else partial(_call_after, rounds - 1, function))


@pytest.mark.parametrize("end", [_as_tls_is_up, _as_the_losers_are_ended, _as_the_resolver_is_closed])
@pytest.mark.parametrize("loop", LOOPS)
def test_ended_at_the_worst_moment(loop: str, end: Callable[[ReportingResolver], Coroutine[Any, Any, None]]) -> None:
    """Nothing is left open, and the numbers of the descriptors can be reused."""

    async def run() -> None:
        async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
            servers(federation, "a.example", 0, 0)[0].stop("hang")
            federation.server("b.example")
            await resolver.resolve("a.example")
            before = _sockets()
            await end(resolver)
            await _until_only_these_are_left(before)
            async with federation.resolver() as another:
                for _ in range(5):
                    connection = await open_connection(another, "b.example")
                    connection.writer.transport.abort()

    with asyncio.Runner(loop_factory=LOOPS[loop], debug=True) as runner:
        runner.run(run())
