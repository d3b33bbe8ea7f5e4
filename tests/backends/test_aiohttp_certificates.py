"""The Host header and the TLS name of the aiohttp backend, and the certificates that it accepts.

``B2-n`` are numbered pitfalls of aiohttp, measured before the backend was written.
"""

import ssl
from pathlib import Path

import pytest

from matrix_resolve.backends.aiohttp import AiohttpBackend
from tests._support.certificates import authority
from tests._support.tls_server import respond, tls_server

from .helpers_aiohttp import OK, URL, ask, ask_once, backend_to, brief


@pytest.mark.parametrize(
    ("url", "certificate", "host", "tls_name", "request_line"),
    [
        pytest.param("https://example.org/x", "example.org", "example.org", "example.org", "/x", id="name"),
        pytest.param("https://example.org", "example.org", "example.org", "example.org", "/", id="no-path"),
        pytest.param("https://example.org:8448/", "example.org", "example.org:8448", "example.org", "/", id="port"),
        pytest.param("https://EXAMPLE.org/", "example.org", "EXAMPLE.org", "example.org", "/", id="case"),
        pytest.param("https://a.example.org/", "*.example.org", "a.example.org", "a.example.org", "/", id="wildcard"),
        pytest.param("https://192.0.2.7/", "192.0.2.7", "192.0.2.7", None, "/", id="B2-6-v4"),
        pytest.param("https://192.0.2.7:8448/", "192.0.2.7", "192.0.2.7:8448", None, "/", id="B2-6-v4-port"),
        pytest.param("https://[2001:db8::1]/", "2001:db8::1", "[2001:db8::1]", None, "/", id="B2-6-v6"),
        pytest.param("https://[2001:db8::1]:8448/", "2001:db8::1", "[2001:db8::1]:8448", None, "/", id="B2-6-v6-port"),
        pytest.param(
            "https://example.org/a%2Fb%20c/../d?q=%26&r#part",
            "example.org",
            "example.org",
            "example.org",
            "/a%2Fb%20c/../d?q=%26&r",
            id="path-as-written",
        ),
    ],
)
async def test_host_and_tls_name(
    url: str, certificate: str, host: str, tls_name: str | None, request_line: str
) -> None:
    async with tls_server(respond(body=b"ok"), certificate) as server:
        assert brief(await ask_once(server.connect_to, url)) == OK
    assert server.seen.tls_names == [tls_name]
    ((line, headers),) = server.seen.requests
    assert (line, headers["host"]) == (f"GET {request_line} HTTP/1.1", host)


EXPIRED, UNKNOWN_ISSUER, WRONG_NAME, WRONG_ADDRESS = 10, 20, 62, 64


@pytest.mark.parametrize(
    ("url", "certificate", "kind", "code", "message"),
    [
        pytest.param(URL, "example.com", "right", WRONG_NAME, "Hostname mismatch", id="name"),
        pytest.param(URL, "*.example.org", "right", WRONG_NAME, "Hostname mismatch", id="wildcard-above"),
        pytest.param(URL, "192.0.2.1", "right", WRONG_NAME, "Hostname mismatch", id="pinned-address-is-no-name"),
        pytest.param(URL, "pinned.invalid", "right", WRONG_NAME, "Hostname mismatch", id="stand-in-is-no-name"),
        pytest.param("https://192.0.2.7/", "192.0.2.8", "right", WRONG_ADDRESS, "IP address mismatch", id="v4"),
        pytest.param("https://192.0.2.7/", "192.0.2.1", "right", WRONG_ADDRESS, "IP address mismatch", id="v4-pinned"),
        pytest.param("https://[2001:db8::1]/", "2001:db8::2", "right", WRONG_ADDRESS, "IP address mismatch", id="v6"),
        pytest.param("https://192.0.2.7/", "example.org", "right", WRONG_ADDRESS, "IP address mismatch", id="v4-name"),
        pytest.param(URL, "example.org", "expired", EXPIRED, "certificate has expired", id="expired"),
        pytest.param(URL, "example.org", "self-signed", UNKNOWN_ISSUER, "unable to get local issuer", id="issuer"),
    ],
)
async def test_a_bad_certificate_is_never_accepted(
    url: str, certificate: str, kind: str, code: int, message: str
) -> None:
    """B2-20."""
    async with tls_server(respond(body=b"ok"), certificate, kind=kind) as server:
        backend = backend_to(server.connect_to)
        for _ in range(2):
            with pytest.raises(ssl.SSLCertVerificationError, match=message) as caught:
                await ask(backend, url)
            assert caught.value.verify_code == code
            assert message in caught.value.verify_message
        await backend.aclose()
    assert server.seen.requests == []
    assert len(server.seen.tls_names) == 2


async def test_a_common_name_is_no_name() -> None:
    """B2-20."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority().issue_cert("example.com", common_name="example.org")
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
    async with tls_server(respond(body=b"ok"), context=context) as server:
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            await ask_once(server.connect_to)
    assert server.seen.requests == []


async def test_the_default_context_knows_only_the_authorities_of_certifi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2-19: neither the system's store nor its environment variable is used."""
    authority().cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    async with tls_server(respond(body=b"ok"), "example.org") as server:
        backend = AiohttpBackend(connect_to=server.connect_to)
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            await ask(backend)
        await backend.aclose()
    assert caught.value.verify_code == UNKNOWN_ISSUER
