"""`RedisCache` with a real Redis server: the contracts, and a server that fails.

The server is slow, gone, read-only, full, or has invalid values.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import redis
import redis.asyncio

from matrix_resolve import RedisCache, ResolverPolicy, ServerNameResolver
from matrix_resolve.backends.cache import MAX_VALUE_BYTES, CacheValueTooLongError
from matrix_resolve.testing import FakeDns, FakeHttp, check_cache_backend, check_cache_locks
from tests._support.redis_server import PROGRAM, RedisServer

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs redis-server")

Client: TypeAlias = Any  # an asyncio client, of whose commands the types are half unknown; worker.py shows that it fits
KEY = "matrix-resolve:2:well-known:example.org"
QUICK = ResolverPolicy(cache_timeout=0.3)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@asynccontextmanager
async def client_of(server: RedisServer, *, decode_responses: bool = False) -> AsyncGenerator[Client]:
    client = redis.asyncio.Redis(unix_socket_path=server.socket, decode_responses=decode_responses)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def resolver_on(
    client: Client, http: FakeHttp, policy: ResolverPolicy = QUICK
) -> AsyncGenerator[ServerNameResolver]:
    dns = FakeDns()
    for name in ("example.org", "example.net", "matrix.example.org"):
        dns.a(name, "1.2.3.4")
        http.well_known(name, "matrix.example.org:443")
    async with ServerNameResolver(dns=dns, http=http, cache=RedisCache(client), policy=policy) as resolver:
        yield resolver


async def test_it_keeps_the_contract(server: RedisServer) -> None:
    async with client_of(server) as client:
        await check_cache_backend(lambda: RedisCache(client))


async def test_its_locks_keep_the_contract(server: RedisServer) -> None:
    async with client_of(server) as client:
        await check_cache_locks(lambda: RedisCache(client, prefix="ours:"))


async def test_prefixes_keep_programs_apart(server: RedisServer) -> None:
    async with client_of(server) as client:
        ours, theirs = RedisCache(client, prefix="ours:"), RedisCache(client, prefix="theirs:")
        await ours.set(KEY, b"value", 60)
        assert await theirs.get(KEY) is None
        assert await client.keys() == [f"ours:{KEY}".encode()]


async def test_a_client_that_decodes(server: RedisServer) -> None:
    """The library's records are ASCII, so a client that decodes values can be used."""
    async with client_of(server, decode_responses=True) as client:
        cache = RedisCache(client)
        await cache.set(KEY, b'{"v":1}', 60)
        assert await cache.get(KEY) == b'{"v":1}'
        assert await cache.get("nothing") is None
        token = await cache.lock(KEY, 60)
        assert token is not None
        await cache.unlock(KEY, token)
        assert await cache.lock(KEY, 60) is not None


async def test_the_client_is_left_open(server: RedisServer) -> None:
    async with client_of(server) as client:
        async with resolver_on(client, FakeHttp()) as resolver:
            await resolver.resolve("example.org")
        assert await client.ping()


async def test_one_worker_asks_and_the_next_reads(server: RedisServer) -> None:
    async with client_of(server) as client:
        for requests in (1, 0):
            http = FakeHttp()
            async with resolver_on(client, http) as resolver:
                assert (await resolver.resolve("example.org")).delegated == "matrix.example.org:443"
            assert len(http.requests) == requests
        assert await client.keys("*:lock") == [], "a lock is left"


@asynccontextmanager
async def _gone(server: RedisServer, client: Client) -> AsyncGenerator[None]:
    await client.ping()
    server.kill()
    yield


@asynccontextmanager
async def _silent(server: RedisServer, client: Client) -> AsyncGenerator[None]:
    await client.ping()
    server.pause()
    yield
    server.go_on()


@asynccontextmanager
async def _read_only(server: RedisServer, client: Client) -> AsyncGenerator[None]:
    del server
    await client.slaveof("127.0.0.1", 1)
    await client.config_set("replica-serve-stale-data", "yes")
    yield


@asynccontextmanager
async def _full(server: RedisServer, client: Client) -> AsyncGenerator[None]:
    del server
    await client.config_set("maxmemory-policy", "noeviction")
    await client.config_set("maxmemory", "1")
    yield


@asynccontextmanager
async def _garbage(server: RedisServer, client: Client) -> AsyncGenerator[None]:
    """Store another type under the key, for which Redis refuses the read command."""
    del server
    for name in ("example.org", "example.net"):
        await client.rpush(f"matrix-resolve:2:well-known:{name}", "a list")
    yield


TROUBLE = {"gone": _gone, "silent": _silent, "read-only": _read_only, "full": _full, "garbage": _garbage}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_answers_keep_coming_and_it_is_said_once(
    trouble: str, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "matrix_resolve")
    http = FakeHttp()
    async with client_of(server) as client, TROUBLE[trouble](server, client), resolver_on(client, http) as resolver:
        for name in ("example.org", "example.net"):
            assert (await resolver.resolve(name)).delegated == "matrix.example.org:443"
    assert len(http.requests) == 2
    said = [record.getMessage() for record in caplog.records if record.name == "matrix_resolve"]
    assert len(said) == 1
    assert said[0].startswith("the cache backend failed: ")


async def test_a_slow_server_is_not_waited_for_again_and_again(server: RedisServer) -> None:
    """After a slow call, the cache is not used for a while. A resolution would otherwise wait for each call."""
    http = FakeHttp()
    async with client_of(server) as client, _silent(server, client), resolver_on(client, http) as resolver:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for name in ("example.org", "example.net", "matrix.example.org"):
            await resolver.resolve(name)
        calls_waited_for = (loop.time() - began) / QUICK.cache_timeout
    assert calls_waited_for < 5, "the cooldown has no effect: three resolutions make at least nine calls"


async def test_a_server_that_comes_back_is_used_again(server: RedisServer) -> None:
    policy = ResolverPolicy(cache_timeout=0.3, cache_cooldown=0.0)
    async with client_of(server) as client, resolver_on(client, FakeHttp(), policy) as resolver:
        await resolver.resolve("example.org")
        server.kill()
        await resolver.resolve("example.net")
        server.start()
        await resolver.resolve("example.net", refresh=True)
        assert await client.keys() == [b"matrix-resolve:2:well-known:example.net"]


@pytest.mark.parametrize("value", [b"", b"null", b"\xff\xfe", b"{}", b"[" * 4000, b"x" * 1_000_000])
async def test_garbage_is_replaced(server: RedisServer, value: bytes) -> None:
    async with client_of(server) as client:
        await client.set(KEY, value)
        async with resolver_on(client, FakeHttp()) as resolver:
            assert (await resolver.resolve("example.org")).delegated == "matrix.example.org:443"
        stored = await client.get(KEY)
        assert isinstance(stored, bytes)
        assert stored.startswith(b'{"v":2')


async def test_a_huge_value_is_not_read(server: RedisServer) -> None:
    """The server sends only a few bytes of the value, to the first request and to another worker."""
    async with client_of(server) as client:
        await client.set(KEY, b"x" * 50_000_000)
        before = (await client.info("stats"))["total_net_output_bytes"]
        with pytest.raises(CacheValueTooLongError, match="has more than 4096 bytes"):
            await RedisCache(client).get(KEY)
        async with resolver_on(client, FakeHttp()) as resolver:
            assert (await resolver.resolve("example.org")).delegated == "matrix.example.org:443"
            assert resolver.stats().cut["cache-value-refused"] >= 1
        assert (await client.info("stats"))["total_net_output_bytes"] - before < 50_000


@pytest.mark.parametrize("decode_responses", [False, True])
async def test_the_longest_value_is_read(server: RedisServer, *, decode_responses: bool) -> None:
    async with client_of(server, decode_responses=decode_responses) as client:
        cache = RedisCache(client)
        await cache.set(KEY, b"x" * MAX_VALUE_BYTES, 60)
        assert await cache.get(KEY) == b"x" * MAX_VALUE_BYTES
        await cache.set(KEY, b"x" * (MAX_VALUE_BYTES + 1), 60)
        with pytest.raises(CacheValueTooLongError):
            await cache.get(KEY)
        await client.set(KEY, "\N{SNOWMAN}" * MAX_VALUE_BYTES)
        with pytest.raises(UnicodeDecodeError if decode_responses else CacheValueTooLongError):
            await cache.get(KEY)


async def test_what_is_not_there_is_known_with_one_command(server: RedisServer) -> None:
    async with client_of(server) as client:
        await client.config_resetstat()
        assert await RedisCache(client).get(KEY) is None
        commands = set(await client.info("commandstats"))
        assert "cmdstat_getrange" in commands
        assert not commands & {"cmdstat_get", "cmdstat_exists", "cmdstat_strlen"}
