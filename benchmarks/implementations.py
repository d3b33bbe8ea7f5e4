"""The implementations that are measured: the library with each of its DNS backends, and the floor."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager

from matrix_resolve import AiodnsBackend, AiohttpBackend, ResolverPolicy, ServerNameResolver
from matrix_resolve.backends.dns import DnsBackend
from matrix_resolve.backends.dnspython import DnspythonBackend
from tests._support.threaded_dns import ThreadedAiodnsBackend

from .floor import Floor
from .testbed import Testbed

Resolve = Callable[[str], Awaitable[object]]
Implementation = Callable[[Testbed], AbstractAsyncContextManager[Resolve]]


@asynccontextmanager
async def floor(testbed: Testbed) -> AsyncGenerator[Resolve]:
    """Yield the floor."""
    async with aclosing(Floor(testbed.nameserver, testbed.context, testbed.connect_to)) as it:
        yield it.resolve


@asynccontextmanager
async def fast_floor(testbed: Testbed) -> AsyncGenerator[Resolve]:
    """Yield the floor with the fewest round trips: it queries both SRV names at the same time."""
    async with aclosing(Floor(testbed.nameserver, testbed.context, testbed.connect_to, both_services=True)) as it:
        yield it.resolve


@asynccontextmanager
async def resolver_in(testbed: Testbed, policy: ResolverPolicy | None = None) -> AsyncGenerator[ServerNameResolver]:
    """Yield a resolver with the default backends, connected to *testbed*."""
    async with aclosing(AiodnsBackend([testbed.nameserver])) as dns, resolver_with(testbed, dns, policy) as resolver:
        yield resolver


@asynccontextmanager
async def resolver_with(
    testbed: Testbed, dns: DnsBackend, policy: ResolverPolicy | None = None
) -> AsyncGenerator[ServerNameResolver]:
    """Yield a resolver with the DNS backend *dns* and the default HTTP backend."""
    http = AiohttpBackend(ssl_context=testbed.context, connect_to=testbed.connect_to)
    async with aclosing(http), ServerNameResolver(dns=dns, http=http, policy=policy) as resolver:
        yield resolver


@asynccontextmanager
async def library(testbed: Testbed) -> AsyncGenerator[Resolve]:
    """Yield the library with its defaults."""
    async with resolver_in(testbed) as resolver:
        yield resolver.resolve


@asynccontextmanager
async def threaded_library(testbed: Testbed) -> AsyncGenerator[Resolve]:
    """Yield the library with c-ares on a thread of its own."""
    async with aclosing(ThreadedAiodnsBackend([testbed.nameserver])) as dns, resolver_with(testbed, dns) as resolver:
        yield resolver.resolve


@asynccontextmanager
async def dnspython_library(testbed: Testbed) -> AsyncGenerator[Resolve]:
    """Yield the library with the dnspython backend, which does not need to be closed."""
    async with resolver_with(testbed, DnspythonBackend([testbed.nameserver])) as resolver:
        yield resolver.resolve


@asynccontextmanager
async def prefetching_library(testbed: Testbed) -> AsyncGenerator[Resolve]:
    """Yield the library with ``srv_prefetch_after=0``, so that SRV queries start immediately."""
    async with resolver_in(testbed, ResolverPolicy(srv_prefetch_after=0)) as resolver:
        yield resolver.resolve


async def resolve_all(resolve: Resolve, names: Iterable[str], concurrency: int) -> None:
    """Resolve *names*, *concurrency* at a time. *names* may be endless or large: it is consumed as needed."""
    waiting = iter(names)

    async def work() -> None:
        for name in waiting:
            await resolve(name)

    await asyncio.gather(*(work() for _ in range(concurrency)))
