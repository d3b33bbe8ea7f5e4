"""Who is measured in the world: the library, and the *floor*, hand-written code that asks what is necessary and checks nothing."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiodns
import aiohttp

from matrix_resolve import AiodnsBackend, AiohttpBackend, ResolverPolicy, ServerNameResolver

from .world import World

Resolve = Callable[[str], Awaitable[object]]
Contender = Callable[[World], AbstractAsyncContextManager[Resolve]]
_OK = 200


class Floor:
    """The necessary questions on aiodns and aiohttp, and nothing else.

    Args:
        world: Whom to ask.
        both_services: True to ask for both SRV names at the same time, one of them in vain.
    """

    def __init__(self, world: World, *, both_services: bool = False) -> None:
        self._world = world
        self._both_services = both_services
        self._dns = aiodns.DNSResolver(nameservers=[world.nameserver], timeout=1, tries=2)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=world.context, force_close=True, limit=0),
            timeout=aiohttp.ClientTimeout(sock_connect=4),
        )

    async def _query(self, host: str, record_type: str) -> list[Any]:
        try:
            return list((await self._dns.query_dns(host, record_type)).answer)
        except aiodns.error.DNSError:
            return []

    async def _addresses(self, host: str) -> list[Any]:
        v6, v4 = await asyncio.gather(self._query(host, "AAAA"), self._query(host, "A"))
        return [*v6, *v4]

    async def _delegated(self, name: str, ip: str) -> str | None:
        host, port = self._world.connect_to(ip, 443)
        url, headers = f"https://{host}:{port}/.well-known/matrix/server", {"Host": name}
        async with self._http.get(url, server_hostname=name, headers=headers, allow_redirects=False) as response:
            body = await response.read()
        return json.loads(body)["m.server"] if response.status == _OK else None

    async def _services(self, host: str) -> list[Any]:
        names = [f"{service}._tcp.{host}" for service in ("_matrix-fed", "_matrix")]
        if self._both_services:
            fed, deprecated = await asyncio.gather(*(self._query(name, "SRV") for name in names))
            return fed or deprecated
        return await self._query(names[0], "SRV") or await self._query(names[1], "SRV")

    async def resolve(self, name: str) -> object:
        """Take steps 3 to 6."""
        addresses = await self._addresses(name)
        delegated = None
        if addresses:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                delegated = await self._delegated(name, addresses[0].data.addr)
        if delegated and ":" in delegated:
            return await self._addresses(delegated.partition(":")[0])
        records = await self._services(delegated or name)
        if records:
            return await asyncio.gather(*(self._addresses(record.data.target) for record in records))
        return await self._addresses(delegated) if delegated else addresses

    async def aclose(self) -> None:
        """Close."""
        await self._http.close()
        await self._dns.close()


@asynccontextmanager
async def floor(world: World) -> AsyncGenerator[Resolve]:
    """Give the floor."""
    it = Floor(world)
    yield it.resolve
    await it.aclose()


@asynccontextmanager
async def fast_floor(world: World) -> AsyncGenerator[Resolve]:
    """Give the floor with the fewest round trips."""
    it = Floor(world, both_services=True)
    yield it.resolve
    await it.aclose()


@asynccontextmanager
async def resolver_in(world: World, policy: ResolverPolicy | None = None) -> AsyncGenerator[ServerNameResolver]:
    """Give the resolver with its own backends, led to the world."""
    dns, http = (
        AiodnsBackend([world.nameserver]),
        AiohttpBackend(ssl_context=world.context, connect_to=world.connect_to),
    )
    async with ServerNameResolver(dns=dns, http=http, policy=policy) as resolver:
        yield resolver
    await http.aclose()
    await dns.aclose()


@asynccontextmanager
async def library(world: World) -> AsyncGenerator[Resolve]:
    """Give the library as most use it."""
    async with resolver_in(world) as resolver:
        yield resolver.resolve


@asynccontextmanager
async def prefetching_library(world: World) -> AsyncGenerator[Resolve]:
    """Give the library asking for SRV records at once."""
    async with resolver_in(world, ResolverPolicy(prefetch_after=0)) as resolver:
        yield resolver.resolve


async def resolve_all(resolve: Resolve, names: list[str], concurrency: int) -> None:
    """Resolve *names*, so many at a time."""
    limit = asyncio.Semaphore(concurrency)

    async def one(name: str) -> None:
        async with limit:
            await resolve(name)

    await asyncio.gather(*(one(name) for name in names))
