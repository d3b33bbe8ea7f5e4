"""The numbers that callers pass to constructors, in addition to those of the policy."""

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest

from matrix_resolve import AiodnsBackend, AiohttpBackend, MemoryCache, ServerNameResolver, SqliteCache, open_connection
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.check import check_server
from matrix_resolve.clients.aiohttp import FederationConnector
from matrix_resolve.clients.httpx import FederationTransport
from matrix_resolve.testing import FakeDns, FakeHttp

Make = Callable[[Any], Awaitable[None]]

RESOLVER = ServerNameResolver(dns=FakeDns(), http=FakeHttp())


async def connector(**options: Any) -> None:
    await FederationConnector(RESOLVER, **options).close()


async def transport(**options: Any) -> None:
    await FederationTransport(RESOLVER, **options).aclose()


async def limited(value: Any) -> None:
    await transport(limits=httpx.Limits(max_connections=value))


def made(function: Callable[..., object], argument: str) -> Make:
    async def make(value: Any) -> None:
        function(**{argument: value})

    return make


TIMEOUTS: dict[str, Make] = {
    "AiodnsBackend.timeout": made(AiodnsBackend, "timeout"),
    "AiodnsBackend.retry_interval": made(AiodnsBackend, "retry_interval"),
    "DnspythonBackend.timeout": made(DnspythonBackend, "timeout"),
    "DnspythonBackend.retry_interval": made(DnspythonBackend, "retry_interval"),
    "AiohttpBackend.connect_timeout": made(AiohttpBackend, "connect_timeout"),
    "connect_timeout of aiohttp": lambda value: connector(connect_timeout=value),
    "connect_timeout of httpx": lambda value: transport(connect_timeout=value),
}
ENTRIES: dict[str, Make] = {
    "MemoryCache.max_entries": made(MemoryCache, "max_entries"),
    "SqliteCache.max_entries": made(partial(SqliteCache, "unused"), "max_entries"),
}
LIMITS: dict[str, Make] = {
    "the limit of connections of aiohttp": lambda value: connector(limit=value),
    "the limit of connections to one server of aiohttp": lambda value: connector(limit_per_host=value),
    "limits.max_connections of httpx": limited,
    "the limit of connections to one server of httpx": lambda value: transport(limit_per_server=value),
}
CASES: list[tuple[str, Make, tuple[object, ...], tuple[object, ...], tuple[object, ...]]] = [
    *[
        (name, make, (0.01, 3_600), (0, 0.009, 3_601, math.nan, math.inf), (None, "3", True))
        for name, make in TIMEOUTS.items()
    ],
    *[(name, make, (1, 100_000_000), (0, -1, 100_000_001), (None, 1.5, "3", True)) for name, make in ENTRIES.items()],
    *[(name, make, (None, 0, 1, 1_000_000), (-1, 1_000_001), (1.5, "3", True)) for name, make in LIMITS.items()],
]


@pytest.mark.parametrize(("name", "make", "good", "outside", "wrong"), CASES, ids=[case[0] for case in CASES])
async def test_numbers(
    name: str,
    make: Make,
    good: tuple[object, ...],
    outside: tuple[object, ...],
    wrong: tuple[object, ...],
) -> None:
    for value in good:
        await make(value)
    for values, error in ((outside, ValueError), (wrong, TypeError)):
        for value in values:
            with pytest.raises(error, match=rf"^{name.partition(' of ai')[0].partition(' of ht')[0]} is .*must be"):
                await make(value)


@pytest.mark.parametrize(
    ("value", "error"), [(0, ValueError), (math.inf, ValueError), ("3", TypeError), (True, TypeError)]
)
async def test_times_of_calls(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^connect_timeout is"):
        await open_connection(RESOLVER, "example.org", connect_timeout=value)
    for argument in ("timeout", "request_timeout"):
        with pytest.raises(error, match=f"^{argument} is"):
            await check_server(RESOLVER, "example.org", **{argument: value})


@pytest.mark.parametrize(
    ("value", "error"), [(19, ValueError), (10**7, ValueError), ("30", TypeError), (30.0, TypeError)]
)
async def test_the_connections_of_a_check(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^max_connections is"):
        await check_server(RESOLVER, "example.org", max_connections=value)


@pytest.mark.parametrize("value", ["3", 1.5, None, True])
def test_how_many_names_at_a_time(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^concurrency is .* from 1 to 1,000,000"):
        RESOLVER.resolve_many([], concurrency=value)
