"""Helpers for the tests of the aiohttp backend."""

from collections.abc import Callable, Mapping, Sequence

from matrix_resolve.backends import HttpResponse
from matrix_resolve.backends.aiohttp import AiohttpBackend
from tests._support.certificates import client_context

URL = "https://example.org/.well-known/matrix/server"
ADDRESSES = ("192.0.2.1",)
OK = HttpResponse(200, (), b"ok")
ConnectTo = Callable[[str, int], tuple[str, int]]


def backend_to(connect_to: ConnectTo, *, connect_timeout: float = 4.0) -> AiohttpBackend:
    """Return a backend that trusts the authority of the tests."""
    return AiohttpBackend(ssl_context=client_context(), connect_timeout=connect_timeout, connect_to=connect_to)


async def ask(
    backend: AiohttpBackend,
    url: str = URL,
    *,
    addresses: Sequence[str] = ADDRESSES,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 1000,
    timeout: float = 10.0,  # noqa: ASYNC109 - part of the contract
) -> HttpResponse:
    """Make a request; most tests set only one argument."""
    return await backend.get(url, addresses=addresses, headers=headers or {}, max_bytes=max_bytes, timeout=timeout)


async def ask_once(connect_to: ConnectTo, url: str = URL, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Make a request with a new backend, and close it."""
    backend = backend_to(connect_to)
    try:
        return await ask(backend, url, headers=headers)
    finally:
        await backend.aclose()


def brief(response: HttpResponse) -> HttpResponse:
    """Return *response* without its headers."""
    return HttpResponse(response.status, (), response.body, response.truncated)
