"""The total timeout of a transport for httpx: while nothing of a request was sent, its error says so, so that the request can be repeated."""

import asyncio
import math
from typing import Any

import httpx
import pytest

from matrix_resolve import ConnectFailed, ResolutionTimeout, ServerNameResolver
from matrix_resolve.backends.dns import DnsAnswer, RecordType
from matrix_resolve.clients.httpx import FederationConnectTimeout, FederationTransport, federation_request
from matrix_resolve.testing import LoopbackFederation


class _SilentDns:
    """A name server that never answers."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        await asyncio.Event().wait()
        raise AssertionError((name, record_type, refresh))

    async def aclose(self) -> None: ...


async def _send(resolver: ServerNameResolver, seconds: float) -> None:
    transport = FederationTransport(resolver, total_timeout=seconds)
    async with httpx.AsyncClient(transport=transport, timeout=60) as client:
        await client.put(**federation_request("a.example", "/x"), content=b"x")


async def test_while_the_name_is_resolved() -> None:
    async with LoopbackFederation() as federation, federation.resolver(dns=_SilentDns()) as resolver:
        with pytest.raises(FederationConnectTimeout) as caught:
            await _send(resolver, 0.2)
    assert (caught.value.code, caught.value.server_name) == ("resolution-timeout", "a.example")
    assert caught.value.is_temporary
    assert isinstance(caught.value.__cause__, ResolutionTimeout)


async def test_while_connecting() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example").stop("hang")
        await resolver.resolve("a.example")
        with pytest.raises(FederationConnectTimeout) as caught:
            await _send(resolver, 0.2)
        assert federation.seen.requests == []
    assert (caught.value.code, caught.value.is_temporary) == ("connect-failed", True)
    assert isinstance(caught.value.__cause__, ConnectFailed)


BAD: dict[str, Any] = {
    "total_timeout": [math.nan, True, 0, -1.0, math.inf, "5"],
    "limits": [
        5,
        False,
        httpx.Limits(max_connections=False),
        httpx.Limits(max_connections=-1),
        httpx.Limits(max_keepalive_connections=True),
        httpx.Limits(keepalive_expiry=math.nan),
    ],
}


@pytest.mark.parametrize("argument", BAD)
async def test_a_bad_limit_is_refused_at_once(argument: str) -> None:
    async with ServerNameResolver() as resolver:
        for value in BAD[argument]:
            with pytest.raises((TypeError, ValueError), match=rf"^{argument}"):
                FederationTransport(resolver, **{argument: value})
