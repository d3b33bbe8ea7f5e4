"""Helpers for the tests of the loopback federation."""

from matrix_resolve import (
    AiohttpBackend,
    HttpResponse,
    ResolverPolicy,
)
from matrix_resolve.testing import LoopbackFederation

IMPATIENT = ResolverPolicy(well_known_timeout=1.0, dns_timeout=1.0, well_known_connect_timeout=0.5)


async def get(federation: LoopbackFederation, path: str = "/x", *, host: str = "a.example:8448") -> HttpResponse:
    """Make a request to the server at *host* with the aiohttp backend."""
    backend = AiohttpBackend(ssl_context=federation.ssl_context, connect_timeout=0.5, connect_to=federation.connect_to)
    server = federation.server(host.partition(":")[0])
    try:
        url = f"https://{host}{path}"
        return await backend.get(url, addresses=server.addresses, headers={}, max_bytes=1000, timeout=1.0)
    finally:
        await backend.aclose()
