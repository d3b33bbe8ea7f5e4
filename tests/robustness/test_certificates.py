"""Every kind of invalid certificate, on the well-known host and on a target; and certificates for addresses."""

import ssl

import pytest

from matrix_resolve import ConnectFailed, open_connection
from matrix_resolve.testing import LoopbackFederation, Reply
from matrix_resolve.testing.loopback.certificates import CertificateKind

from .requests import ask_version, brief

ISSUER, OVER, NAME = "unable to get local issuer", "certificate has expired", "Hostname mismatch"
WRONG: dict[CertificateKind, str] = {
    "wrong-name": NAME,
    "expired": OVER,
    "self-signed": "self-signed certificate",
    "unknown-issuer": ISSUER,
}
"""The kinds, and what OpenSSL says about them."""
CODES: dict[CertificateKind, str] = {"wrong-name": "certificate-name", "expired": "certificate-time"}
KINDS = [pytest.param(kind, said, id=kind) for kind, said in WRONG.items()]


@pytest.mark.parametrize(("kind", "said"), KINDS)
async def test_on_the_well_known_host_it_leads_to_step_4(kind: CertificateKind, said: str) -> None:
    """Nothing is sent to the server, both of its addresses are tried, and the trace has the reason."""
    async with LoopbackFederation() as federation:
        web = federation.well_known("a.example", "evil.example")
        web.present(["a.example"], kind)
        federation.server("hs.example", names=["a.example"])
        federation.srv("a.example", "hs.example", 8448)
        async with federation.resolver() as resolver:
            resolution = await resolver.resolve("a.example")
            assert (resolution.step, resolution.delegated) == ("4", None)
            assert {one.tls_name for one in federation.seen.handshakes} == {"a.example"}
            assert {one.ip for one in federation.seen.handshakes} <= set(web.addresses)
            assert federation.seen.requests == []
            assert said in str(resolution.to_dict()["trace"])
            await ask_version(resolver, "a.example")


@pytest.mark.parametrize(("kind", "said"), KINDS)
async def test_on_a_target_it_is_refused_and_the_next_gets_its_turn(kind: CertificateKind, said: str) -> None:
    async with LoopbackFederation() as federation:
        bad = federation.server("bad.example", names=["a.example"], certificate=kind, addresses=["198.51.100.1"])
        federation.srv("a.example", "bad.example", 8448, priority=1)
        async with federation.resolver() as resolver:
            with pytest.raises(ConnectFailed) as caught:
                await open_connection(resolver, "a.example")
            (failure,) = caught.value.failures
            assert isinstance(failure.error, ssl.SSLCertVerificationError)
            assert (failure.code, said in str(failure.error)) == (CODES.get(kind, "certificate-untrusted"), True)
        federation.server("good.example", names=["a.example"], addresses=["198.51.100.2"])
        federation.srv("a.example", "good.example", 8448, priority=2)
        async with federation.resolver() as resolver:
            assert (await ask_version(resolver, "a.example")).ip == "198.51.100.2"
        assert {one.ip for one in federation.seen.handshakes} == {"198.51.100.1", "198.51.100.2"}
        assert bad.requests == []


@pytest.mark.parametrize(("kind", "said"), KINDS)
async def test_on_the_end_of_a_redirect_it_leads_to_step_6(kind: CertificateKind, said: str) -> None:
    del said
    async with LoopbackFederation() as federation:
        federation.well_known("b.example", "evil.example").present(["b.example"], kind)
        web = federation.server("a.example", port=443)
        web.reply("/.well-known/matrix/server", _redirect("https://b.example/.well-known/matrix/server"))
        async with federation.resolver() as resolver:
            assert (await resolver.resolve("a.example")).step == "6"
        assert [request.hostname for request in federation.seen.requests] == ["a.example"]
        assert list(dict.fromkeys(one.tls_name for one in federation.seen.handshakes)) == ["a.example", "b.example"]


def _redirect(location: str) -> Reply:
    return Reply(status=302, headers={"Location": location})


@pytest.mark.parametrize("certified", ["hs.example", "*.a.example", "198.51.100.1", "b.a.example"])
async def test_a_good_certificate_for_somebody_else(certified: str) -> None:
    """Only the server name counts: not the SRV target's name, its address, a wildcard below it or a subdomain."""
    async with LoopbackFederation() as federation:
        federation.server("hs.example", names=[certified], addresses=["198.51.100.1"])
        federation.srv("a.example", "hs.example", 8448)
        async with federation.resolver() as resolver:
            with pytest.raises(ConnectionError, match=r"not valid for a\.example"):
                await open_connection(resolver, "a.example")
        assert federation.seen.requests == []


@pytest.mark.parametrize(("certified", "name"), [("*.a.example", "b.a.example"), ("A.Example", "a.example")])
async def test_a_wildcard_and_another_spelling_count(certified: str, name: str) -> None:
    async with LoopbackFederation() as federation:
        federation.server("hs.example", names=[certified])
        federation.srv(name, "hs.example", 8448)
        async with federation.resolver() as resolver:
            await ask_version(resolver, name)


IP_NAMES = [("198.51.100.1", "198.51.100.1"), ("[2001:db8::1]", "2001:db8::1"), ("[2001:DB8::1]:9000", "2001:db8::1")]


@pytest.mark.parametrize(("name", "ip"), IP_NAMES)
async def test_a_certificate_for_an_address(name: str, ip: str) -> None:
    """No TLS name is sent; the address in the certificate counts, whatever the port."""
    port = 9000 if name.endswith(":9000") else 8448
    async with LoopbackFederation() as federation:
        federation.server(ip, port=port)
        async with federation.resolver() as resolver:
            await ask_version(resolver, name)
        assert [brief(request) for request in federation.seen.requests] == [((ip, port), name, None)]
        assert federation.seen.questions == []


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["198.51.100.2"], "right"),
        (["a.example"], "right"),
        *((["198.51.100.1"], kind) for kind in WRONG),
    ],
)
async def test_a_wrong_certificate_for_an_address(names: list[str], kind: CertificateKind) -> None:
    async with LoopbackFederation() as federation:
        federation.server("198.51.100.1", names=names, certificate=kind)
        async with federation.resolver() as resolver:
            with pytest.raises(ConnectionError, match=r"the certificate .* 198\.51\.100\.1"):
                await open_connection(resolver, "198.51.100.1")
        assert federation.seen.requests == []


async def test_a_certificate_that_is_renewed() -> None:
    """The next connection uses the new certificate."""
    async with LoopbackFederation() as federation:
        server = federation.server("198.51.100.1", certificate="expired")
        async with federation.resolver() as resolver:
            with pytest.raises(ConnectionError, match="has expired"):
                await open_connection(resolver, "198.51.100.1")
            server.present(server.names)
            await ask_version(resolver, "198.51.100.1")
            assert federation.server("198.51.100.1", certificate="expired") is server
            with pytest.raises(ConnectionError, match="has expired"):
                await open_connection(resolver, "198.51.100.1")
