"""A worker of a fleet, in a separate process: it resolves a name for many callers and prints the outcomes.

``python -m tests.backends.fleet_worker STORE WELL_KNOWN_PORT AUTHORITY_FILE NAME CALLERS``, where STORE is
``redis:SOCKET`` or ``sqlite:FILE``. It prints a line when it is ready, starts after a line on its standard input, and
prints as JSON how often each delegated name or error code was the outcome.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import redis.asyncio

from matrix_resolve import (
    LockingCacheBackend,
    RedisCache,
    ResolveError,
    ServerNameResolver,
    SqliteCache,
    default_ssl_context,
)
from matrix_resolve.testing import FakeDns


@asynccontextmanager
async def _opened(store: str) -> AsyncGenerator[LockingCacheBackend]:
    kind, _, place = store.partition(":")
    if kind == "sqlite":
        async with SqliteCache(place) as cache:
            yield cache
        return
    client = redis.asyncio.Redis(unix_socket_path=place)
    try:
        yield RedisCache(client)
    finally:
        await client.aclose()


async def _outcome(resolver: ServerNameResolver, name: str) -> str:
    try:
        return str((await resolver.resolve(name)).delegated)
    except ResolveError as error:
        return error.code


async def work(store: str, port: int, authority: str, name: str, callers: int) -> None:
    """Print that everything is ready, wait for a line, resolve, and print the outcomes."""
    dns = FakeDns()
    for host in (name, f"matrix.{name}"):
        dns.a(host, "1.2.3.4")
    async with (
        _opened(store) as cache,
        ServerNameResolver(
            dns=dns,
            cache=cache,
            ssl_context=default_ssl_context(authority),
            connect_to=lambda _, __: ("127.0.0.1", port),
        ) as resolver,
    ):
        await resolver.load_ssl_context()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        outcomes = Counter(await asyncio.gather(*(_outcome(resolver, name) for _ in range(callers))))
    print(json.dumps(outcomes), flush=True)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])))
