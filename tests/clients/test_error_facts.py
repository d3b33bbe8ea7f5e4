"""The errors of the HTTP clients have the facts of the error that caused them, and survive pickling."""

import pickle
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
import pytest

from matrix_resolve import FederationError, ServerNameResolver, open_connection
from matrix_resolve.clients.aiohttp import FederationConnectionError, InvalidFederationURL, federation_session
from matrix_resolve.clients.httpx import FederationConnectError, FederationTransport
from matrix_resolve.clients.httpx import InvalidFederationURL as InvalidHttpxURL
from matrix_resolve.testing import LoopbackFederation

Ask = Callable[[ServerNameResolver, str], Awaitable[object]]


async def _aiohttp(resolver: ServerNameResolver, url: str) -> None:
    async with federation_session(resolver) as session:
        await session.get(url)


async def _httpx(resolver: ServerNameResolver, url: str) -> None:
    async with httpx.AsyncClient(transport=FederationTransport(resolver), timeout=60) as client:
        await client.get(url)


ASKS = pytest.mark.parametrize("ask", [_aiohttp, _httpx])
KINDS: dict[Ask, tuple[type[FederationError], type[Exception], type[FederationError], type[Exception]]] = {
    _aiohttp: (
        FederationConnectionError,
        aiohttp.ClientConnectionError,
        InvalidFederationURL,
        aiohttp.InvalidUrlClientError,
    ),
    _httpx: (FederationConnectError, httpx.ConnectError, InvalidHttpxURL, httpx.InvalidURL),
}


def _facts(error: FederationError) -> tuple[object, ...]:
    return error.code, error.server_name, error.is_temporary, error.retry_at


def _again(error: FederationError) -> FederationError:
    again: FederationError = pickle.loads(pickle.dumps(error))  # noqa: S301 - the pickle is our own
    assert (type(again), str(again), _facts(again)) == (type(error), str(error), _facts(error))
    return again


@ASKS
async def test_a_name_that_is_not_resolved(ask: Ask) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        with pytest.raises(FederationError) as direct:
            await open_connection(resolver, "nothing.example")
        with pytest.raises(FederationError) as caught:
            await ask(resolver, "matrix-federation://nothing.example/")
    error, (kind, foreign, _, _) = caught.value, KINDS[ask]
    assert (type(error), isinstance(error, foreign)) == (kind, True)
    assert _facts(error) == _facts(direct.value)
    assert (error.code, error.server_name, error.is_temporary) == ("no-address", "nothing.example", False)
    assert error.retry_at is not None
    assert isinstance(error, FederationConnectionError | FederationConnectError)
    assert error.reason == getattr(error.__cause__, "reason", None) is not None
    _again(error)


@ASKS
@pytest.mark.parametrize(
    ("how", "target_code", "temporary"), [("stop", "refused", True), ("cert", "certificate-name", False)]
)
async def test_a_server_that_cannot_be_connected_to(ask: Ask, how: str, target_code: str, temporary: bool) -> None:  # noqa: FBT001
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        server = federation.server("a.example", names=["a.example" if how == "stop" else "other.example"])
        if how == "stop":
            server.stop()
        with pytest.raises(FederationError) as direct:
            await open_connection(resolver, "a.example")
        with pytest.raises(FederationError) as caught:
            await ask(resolver, "matrix-federation://a.example/")
    error = caught.value
    assert isinstance(error, FederationConnectionError | FederationConnectError)
    assert _facts(direct.value) == _facts(error) == ("connect-failed", "a.example", temporary, None)
    assert {failure.code for failure in error.failures} == {target_code}
    again = _again(error)
    assert {failure.code for failure in getattr(again, "failures", ())} == {target_code}


@ASKS
@pytest.mark.parametrize("url", ["matrix-federation://127.1/", "matrix-federation://user@a.example/"])
async def test_an_invalid_name(ask: Ask, url: str) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        with pytest.raises(FederationError) as caught:
            await ask(resolver, url)
    error, (_, _, kind, foreign) = caught.value, KINDS[ask]
    assert (type(error), isinstance(error, foreign)) == (kind, True)
    name = "127.1" if "127" in url else "a.example"
    assert _facts(error) == ("invalid-name", name, False, None)
    _again(error)
