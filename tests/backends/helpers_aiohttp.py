"""How the tests of the aiohttp backend ask."""

from collections.abc import Callable, Mapping, Sequence

from matrix_resolve.backends import HttpResponse
from matrix_resolve.backends.aiohttp import AiohttpBackend
from tests._support.certificates import client_context

URL = "https://example.org/.well-known/matrix/server"
ADDRESSES = ("192.0.2.1",)
OK = HttpResponse(200, (), b"ok")
ConnectTo = Callable[[str, int], tuple[str, int]]


def backend_to(connect_to: ConnectTo, *, connect_timeout: float = 4.0) -> AiohttpBackend:
    """A backend that trusts the authority of the tests."""
    return AiohttpBackend(ssl_context=client_context(), connect_timeout=connect_timeout, connect_to=connect_to)


async def ask(
    backend: AiohttpBackend,
    url: str = URL,
    *,
    addresses: Sequence[str] = ADDRESSES,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 1000,
    timeout: float = 10.0,  # noqa: ASYNC109 - the contract's
) -> HttpResponse:
    """Make a request; most tests care for one argument."""
    return await backend.get(url, addresses=addresses, headers=headers or {}, max_bytes=max_bytes, timeout=timeout)


async def ask_once(connect_to: ConnectTo, url: str = URL, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Make a request with a backend for it alone."""
    backend = backend_to(connect_to)
    try:
        return await ask(backend, url, headers=headers)
    finally:
        await backend.aclose()


def brief(response: HttpResponse) -> HttpResponse:
    """Leave the headers out."""
    return HttpResponse(response.status, (), response.body, response.truncated)
