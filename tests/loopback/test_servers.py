"""The servers of a loopback federation: valid and invalid certificates, stop and start, shared addresses."""

import pytest

from matrix_resolve import (
    ConnectFailed,
    open_connection,
)
from matrix_resolve.testing import LoopbackFederation, Reply
from matrix_resolve.testing.loopback.certificates import CertificateKind
from matrix_resolve.testing.loopback.unreachable_ports import StopMode

from .helpers_loopback import IMPATIENT, get

BAD_CERTIFICATES: dict[CertificateKind, str] = {
    "wrong-name": "certificate-name",
    "expired": "certificate-time",
    "self-signed": "certificate-untrusted",
    "unknown-issuer": "certificate-untrusted",
}
STOP_MODES: list[StopMode] = ["refuse", "hang", "drop"]


@pytest.mark.parametrize("kind", BAD_CERTIFICATES)
async def test_a_bad_certificate_is_refused(kind: CertificateKind) -> None:
    """An invalid certificate makes well-known requests and connections fail; a valid one makes both work."""
    async with LoopbackFederation() as federation:
        federation.well_known("a.example", "evil.example").present(["a.example"], kind)
        target = federation.server("a.example", certificate=kind)
        async with federation.resolver() as resolver:
            assert (await resolver.resolve("a.example")).step == "6"
            with pytest.raises(ConnectFailed) as caught:
                await open_connection(resolver, "a.example")
            assert {failure.code for failure in caught.value.failures} == {BAD_CERTIFICATES[kind]}
            assert isinstance(caught.value.__cause__, ExceptionGroup)
            assert federation.seen.requests == []
            target.present(["a.example"])
            (await open_connection(resolver, "a.example")).writer.close()


@pytest.mark.parametrize("host", ["198.51.100.99", "2001:db8::99", "[2001:db8::99]"])
async def test_a_certificate_for_an_address(host: str) -> None:
    async with LoopbackFederation() as federation:
        server = federation.server(host)
        name = f"[{server.host}]" if ":" in server.host else server.host
        async with federation.resolver() as resolver:
            (await open_connection(resolver, name)).writer.close()
        assert [seen.tls_name for seen in federation.seen.handshakes] == [None]
        assert federation.seen.questions == []


@pytest.mark.parametrize("how", STOP_MODES)
async def test_a_dead_server_comes_back(how: StopMode) -> None:
    async with LoopbackFederation() as federation:
        server = federation.server("a.example")
        federation.server("a.example", port=443)
        async with federation.resolver(policy=IMPATIENT) as resolver:
            server.stop(how)
            with pytest.raises(ConnectFailed):
                await open_connection(resolver, "a.example", connect_timeout=0.3)
            assert [seen.port for seen in federation.seen.handshakes] == [443]
            server.start()
            (await open_connection(resolver, "a.example")).writer.close()


async def test_stopping_cuts_connections() -> None:
    async with LoopbackFederation() as federation:
        server = federation.server("a.example")
        async with federation.resolver() as resolver:
            connection = await open_connection(resolver, "a.example")
            server.stop()
            assert await connection.reader.read() == b""
            connection.writer.close()


async def test_hosts_that_share_an_address_are_distinguished_by_name() -> None:
    async with LoopbackFederation() as federation:
        for host in ("a.example", "b.example"):
            federation.server(host, addresses=["198.51.100.5"]).reply("/x", Reply(body=host.encode()))
        async with federation.resolver() as resolver:
            for host in ("a.example", "b.example"):
                assert (await get(federation, host=f"{host}:8448")).body == host.encode()
                (await open_connection(resolver, host)).writer.close()


async def test_a_wildcard_stands_for_one_label() -> None:
    async with LoopbackFederation() as federation:
        federation.server("node.example", names=["*.example.com"]).reply("/x", Reply())
        federation.srv("a.example.com", "node.example", 8448)
        async with federation.resolver() as resolver:
            (await open_connection(resolver, "a.example.com")).writer.close()
