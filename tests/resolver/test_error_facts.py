"""The facts of each error: every code is provoked, and has the right class, name, `is_temporary` and `retry_at`."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import get_args

import attrs
import httpx
import pytest

from matrix_resolve import (
    AddressBlocked,
    BlockedByPolicy,
    ConnectFailed,
    ErrorCode,
    FederationError,
    InvalidServerName,
    LookupFailed,
    ResolutionTimeout,
    ResolverBusy,
    ResolverPolicy,
    ServerNotFound,
    ServiceNotProvided,
    open_connection,
)
from matrix_resolve.clients.httpx import FederationTransport, UnusableResponse, federation_request, read_json
from matrix_resolve.testing import LoopbackFederation, Reply
from tests.spec.testbed import Testbed

Provoke = Callable[[], Awaitable[tuple[FederationError, float | None]]]
"""Provokes an error, and returns it with the time at which it was raised, or None."""


async def _caught(name: str, *zone: str, policy: ResolverPolicy | None = None) -> tuple[FederationError, float]:
    testbed = Testbed(*zone)
    async with testbed.resolver(policy=policy) as resolver:
        with pytest.raises(FederationError) as caught:
            await resolver.resolve(name)
        return caught.value, testbed.clock()


async def _hanging(policy: ResolverPolicy, *, others: int) -> tuple[FederationError, float]:
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    async with testbed.resolver(policy=policy) as resolver:
        tasks = [asyncio.create_task(resolver.resolve(f"other{number}.example:1")) for number in range(others)]
        await asyncio.sleep(0)
        with pytest.raises(FederationError) as caught:
            await resolver.resolve("slow.example:1")
        for task in tasks:
            task.cancel()
        return caught.value, testbed.clock()


async def _unreachable() -> tuple[FederationError, None]:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").stop()
        with pytest.raises(FederationError) as caught:
            await open_connection(resolver, "a.example")
        return caught.value, None


async def _read(reply: Reply) -> tuple[FederationError, None]:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").reply("/", reply)
        transport, request = FederationTransport(resolver), federation_request("a.example", "/")
        async with httpx.AsyncClient(transport=transport) as client, client.stream("GET", **request) as response:
            with pytest.raises(FederationError) as caught:
                await read_json(response, max_bytes=50)
        return caught.value, None


@attrs.frozen
class Row:
    """An error: how it is provoked, and its facts. *retry_after* is in seconds; None if `retry_at` is None."""

    provoke: Provoke
    kind: type[FederationError]
    name: str
    temporary: bool
    retry_after: float | None


LONG = "a" * 64 + ".example"
ROWS: dict[str, Row] = {
    "invalid-name": Row(lambda: _caught("127.1"), InvalidServerName, "127.1", False, None),
    "unresolvable-name": Row(lambda: _caught(LONG), InvalidServerName, LONG, False, None),
    "dns-temporary": Row(
        lambda: _caught("Dead.example:1", "dead.example A SERVFAIL", "dead.example AAAA SERVFAIL"),
        LookupFailed,
        "Dead.example:1",
        True,
        5.0,
    ),
    "resolution-timeout": Row(
        lambda: _hanging(ResolverPolicy(deadline=0.05), others=0), ResolutionTimeout, "slow.example:1", True, 5.0
    ),
    "busy": Row(
        lambda: _hanging(ResolverPolicy(max_resolutions=1, max_queue_wait=0.05), others=1),
        ResolverBusy,
        "slow.example:1",
        True,
        None,
    ),
    "no-address": Row(lambda: _caught("no.example"), ServerNotFound, "no.example", False, 300.0),
    "srv-unusable": Row(
        lambda: _caught("s.example", "_matrix-fed._tcp.s.example SRV 0 0 0 t1.example.com."),
        ServerNotFound,
        "s.example",
        False,
        300.0,
    ),
    "service-not-provided": Row(
        lambda: _caught("s.example", "_matrix-fed._tcp.s.example SRV 0 0 0 ."),
        ServiceNotProvided,
        "s.example",
        False,
        300.0,
    ),
    "zone-refused": Row(lambda: _caught("X.onion"), BlockedByPolicy, "X.onion", False, 300.0),
    "address-blocked": Row(lambda: _caught("10.0.0.1"), AddressBlocked, "10.0.0.1", False, 300.0),
    "connect-failed": Row(_unreachable, ConnectFailed, "a.example", True, None),
    "response-too-long": Row(lambda: _read(Reply(body=b" " * 99)), UnusableResponse, "a.example", False, None),
    "response-not-json": Row(lambda: _read(Reply(body=b"<html>")), UnusableResponse, "a.example", False, None),
    "response-encoding": Row(
        lambda: _read(Reply(headers=[("Content-Encoding", "br")])), UnusableResponse, "a.example", False, None
    ),
}


def test_every_code_has_a_row() -> None:
    assert set(ROWS) == set(get_args(ErrorCode))


@pytest.mark.parametrize("code", ROWS)
async def test_the_facts_of_a_code(code: str) -> None:
    row = ROWS[code]
    error, now = await row.provoke()
    assert (type(error), error.code, error.server_name) == (row.kind, code, row.name)
    assert error.is_temporary is row.temporary
    if row.retry_after is None:
        assert error.retry_at is None
    else:
        assert error.retry_at == pytest.approx((now or math.nan) + row.retry_after)


async def test_a_kept_failure_is_raised_until_retry_at_and_then_looked_up_again() -> None:
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        with pytest.raises(ServerNotFound) as caught:
            await resolver.resolve("no.example:1")
        assert caught.value.retry_at is not None
        testbed.log.clear()
        testbed.clock.advance(caught.value.retry_at - testbed.clock() - 0.1)
        with pytest.raises(ServerNotFound) as again:
            await resolver.resolve("no.example:1")
        assert (again.value.retry_at, testbed.log) == (caught.value.retry_at, [])
        testbed.clock.advance(0.2)
        with pytest.raises(ServerNotFound):
            await resolver.resolve("no.example:1")
        assert testbed.log == ["AAAA no.example", "A no.example"]


async def test_a_timeout_names_the_lookups_that_were_pending() -> None:
    error, _ = await _hanging(ResolverPolicy(deadline=0.05), others=0)
    assert isinstance(error, ResolutionTimeout)
    assert error.pending == ("slow.example AAAA", "slow.example A")
    assert "still pending: slow.example AAAA, slow.example A" in str(error)


async def test_a_timeout_names_the_well_known_document_that_was_pending() -> None:
    testbed = Testbed()
    testbed.http.gate = asyncio.Event()
    async with testbed.resolver(policy=ResolverPolicy(deadline=0.05, srv_prefetch_after=None)) as resolver:
        with pytest.raises(ResolutionTimeout) as caught:
            await resolver.resolve("example.org")
    assert caught.value.pending == ("https://example.org/.well-known/matrix/server",)


async def test_all_refused_addresses_are_facts_and_named() -> None:
    zone = [f"many.example A 10.0.0.{number}" for number in range(1, 11)]
    error, _ = await _caught("many.example:1", *zone)
    assert isinstance(error, AddressBlocked)
    rule = "10.0.0.0/8 private use"
    assert error.refused == tuple((f"10.0.0.{number}", rule) for number in range(1, 9))
    assert (error.address, error.rule) == error.refused[0]
    assert all(f"10.0.0.{number} ({rule})" in str(error) for number in range(1, 9))
    assert "and 2 more" in str(error)


async def test_a_domain_with_srv_records_only_has_no_warning() -> None:
    testbed = Testbed("_matrix-fed._tcp.srv.example SRV 0 0 8443 t1.example.com.")
    async with testbed.resolver() as resolver:
        resolution = await resolver.resolve("srv.example")
    assert (str(resolution.step), resolution.warnings) == ("4", ())


async def test_an_error_has_the_warnings_of_its_resolution() -> None:
    testbed = Testbed("bad.example A 192.0.2.10", "_matrix-fed._tcp.bad.example SRV 0 0 8443 none.example.")
    testbed.well_known(OSError("refused"), hostname="bad.example")
    async with testbed.resolver() as resolver:
        for _ in range(2):
            with pytest.raises(ServerNotFound) as caught:
                await resolver.resolve("bad.example")
            assert [warning.code for warning in caught.value.warnings] == ["well-known-failed"]


async def test_a_failure_that_is_not_remembered_has_no_time_of_the_next_lookup() -> None:
    policy = ResolverPolicy(max_cached_names=0)
    async with LoopbackFederation() as federation, federation.resolver(policy=policy) as resolver:
        with pytest.raises(ServerNotFound) as caught:
            await resolver.resolve("no.example")
    assert caught.value.retry_at is None
