"""Each client with each deployment: the right server answers, and the signature of its answer is valid."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from matrix_resolve import ServerNameResolver, default_ssl_context
from tests._support.federation_clients import CLIENTS, NOT_REACHED, VERSION, why

from ..real_servers import wait_for
from .servers import BACKENDS, PROXIES, Proxy, deployments, name_server

KEYS = "/_matrix/key/v2/server"
Zone = Callable[[str, Proxy], Iterator[str]]


def _host(name: str, proxy: Proxy) -> Iterator[str]:
    yield f"{name}. 300 IN A {proxy.v4}"
    yield f"{name}. 300 IN AAAA {proxy.v6}"


def _by_well_known(name: str, proxy: Proxy) -> Iterator[str]:
    yield f"{name}. 300 IN A {proxy.well_known}"
    yield from _host(f"matrix.{name}", proxy)


def _by_srv(service: str, port: int) -> Zone:
    def zone(name: str, proxy: Proxy) -> Iterator[str]:
        yield from _host(name, proxy)
        yield from _host(f"node.{name}", proxy)
        yield f"{service}.{name}. 300 IN SRV 10 5 {port} node.{name}."

    return zone


WAYS: dict[str, tuple[Zone, str, str]] = {
    "well-known, port 443": (_by_well_known, "", "3.2"),
    "SRV": (_by_srv("_matrix-fed._tcp", 8449), "", "4"),
    "deprecated SRV": (_by_srv("_matrix._tcp", 8449), "", "5"),
    "port 8448": (_host, "", "6"),
    "explicit port": (_host, ":8449", "2"),
}
"""The records, what follows the hostname in the server name, and the expected step."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("deployments")
    with deployments(folder):
        yield folder


def _zone(zone: Zone, proxy: str) -> Iterator[str]:
    for name in BACKENDS:
        yield from zone(name, PROXIES[proxy])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("proxy", PROXIES)
async def test_the_right_server_answers(proxy: str, way: str, folder: Path) -> None:
    zone, port, step = WAYS[way]
    with name_server(folder, _zone(zone, proxy)):
        await wait_for(53)
        async with ServerNameResolver(ssl_context=default_ssl_context(str(folder / "authority.pem"))) as resolver:
            for name in BACKENDS:
                resolution = await resolver.resolve(f"{name}{port}")
                assert (resolution.step, len(resolution.targets)) == (step, 2)
                for client in CLIENTS.values():
                    async with client(resolver) as ask:
                        version = json.loads((await ask(f"{name}{port}", VERSION)).body)
                        assert version["server"]["name"] == "Synapse"
                        _verify(json.loads((await ask(f"{name}{port}", KEYS)).body), name)


@pytest.mark.parametrize("proxy", PROXIES)
async def test_the_certificate_of_the_machine_is_not_that_of_the_server(proxy: str, folder: Path) -> None:
    """An SRV record leads to a machine whose certificate has only the machine's name."""
    zone = _by_srv("_matrix-fed._tcp", 8450)
    with name_server(folder, _zone(zone, proxy)):
        await wait_for(53)
        async with ServerNameResolver(ssl_context=default_ssl_context(str(folder / "authority.pem"))) as resolver:
            for client in CLIENTS.values():
                async with client(resolver) as ask:
                    with pytest.raises(NOT_REACHED) as caught:
                        await ask("alpha.example", VERSION)
                assert {failure.code for failure in why(caught.value).failures} == {"certificate-name"}


def _verify(response: dict[str, Any], name: str) -> None:
    """Check the signature that the server made with its key.

    Source: Matrix Server-Server API, "GET /_matrix/key/v2/server"; appendices, "Signing JSON".
    """
    assert response["server_name"] == name
    signatures = response.pop("signatures")[name]
    response.pop("unsigned", None)
    signed = json.dumps(response, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    ((key_id, key),) = response["verify_keys"].items()
    Ed25519PublicKey.from_public_bytes(_decode(key["key"])).verify(_decode(signatures[key_id]), signed)


def _decode(text: str) -> bytes:
    """Decode unpadded base64."""
    return base64.b64decode(text + "=" * (-len(text) % 4))
