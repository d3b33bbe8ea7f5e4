"""A pooled connection is never used for another Host or TLS name. The first test shows that httpx alone does this."""

import aiohttp
import httpx
import pytest

from matrix_resolve.clients.aiohttp import federation_session
from matrix_resolve.clients.httpx import FederationTransport
from matrix_resolve.testing import LoopbackFederation
from tests._support.federation_clients import why

PATH = "/_matrix/federation/v1/version"
SHARED = ["198.51.100.7"]


def _shared(federation: LoopbackFederation) -> None:
    """Two names at one address and port; the server has a certificate for the first one only."""
    federation.server("trusted.example", addresses=SHARED)
    federation.server("other.example", addresses=SHARED, certificate="wrong-name")


def _refusal(error: BaseException) -> tuple[str, set[str]]:
    """Return the server name that could not be connected to, and the codes of its failures."""
    reported = why(error)
    return reported.server_name, {failure.code for failure in reported.failures}


async def test_the_hole_in_httpx() -> None:
    """Without our transport, httpx reuses a connection whose certificate was only checked for the other name."""
    async with LoopbackFederation() as federation:
        _shared(federation)
        ip, port = federation.connect_to(SHARED[0], 8448)

        async def ask(client: httpx.AsyncClient, name: str) -> int:
            extensions = {"sni_hostname": name}
            url = f"https://{ip}:{port}{PATH}"
            return (await client.get(url, headers={"Host": name}, extensions=extensions)).status_code

        async with httpx.AsyncClient(verify=federation.ssl_context) as client:
            assert await ask(client, "trusted.example") == 200
            assert await ask(client, "other.example") == 200
        async with httpx.AsyncClient(verify=federation.ssl_context) as client:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await ask(client, "other.example")


async def test_httpx_does_not_share_connections() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        _shared(federation)
        async with httpx.AsyncClient(transport=FederationTransport(resolver)) as client:
            assert (await client.get(f"matrix-federation://trusted.example{PATH}")).status_code == 200
            with pytest.raises(httpx.ConnectError) as caught:
                await client.get(f"matrix-federation://other.example{PATH}")
    assert _refusal(caught.value) == ("other.example", {"certificate-name"})


async def test_aiohttp_does_not_share_connections() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        _shared(federation)
        async with federation_session(resolver) as session:
            async with session.get(f"matrix-federation://trusted.example{PATH}") as response:
                assert response.status == 200
            with pytest.raises(aiohttp.ClientError) as caught:
                await session.get(f"matrix-federation://other.example{PATH}")
    assert _refusal(caught.value) == ("other.example", {"certificate-name"})
