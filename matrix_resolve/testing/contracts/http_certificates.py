"""A table of certificates that an HTTP backend must reject."""

from collections.abc import Sequence
from functools import partial

from ...backends.http import HttpBackend
from ..loopback.certificates import CertificateKind
from ..loopback.replies import Reply
from .expectations import expect, expect_failure
from .http_testbed import HttpsCheck, HttpsTestbed, ask

_NAME = "a.example"
_NOTE = "Use the TLS context that make receives without changing it, and pass the host of the URL to TLS as server_hostname."
_ROWS: Sequence[tuple[str, str, str, str, CertificateKind]] = (
    ("another-name", "for another name", _NAME, "c.example", "right"),
    ("a-wildcard-above", "for a wildcard that does not cover the name", _NAME, "*.a.example", "right"),
    ("the-pinned-address", "for the pinned address instead of the name", _NAME, "127.0.0.1", "right"),
    ("another-ipv4", "for another IPv4 address", "192.0.2.7", "192.0.2.8", "right"),
    ("the-pinned-ipv4", "for the pinned address instead of the one in the URL", "192.0.2.7", "127.0.0.1", "right"),
    ("a-name-for-an-ipv4", "for a name instead of the address in the URL", "192.0.2.7", _NAME, "right"),
    ("another-ipv6", "for another IPv6 address", "[2001:db8::7]", "2001:db8::8", "right"),
    ("an-expired-one", "that has expired", _NAME, _NAME, "expired"),
    ("a-self-signed-one", "that is self-signed", _NAME, _NAME, "self-signed"),
    ("an-unknown-issuer", "of an unknown issuer", _NAME, _NAME, "unknown-issuer"),
)


async def _refused(
    host: str, certificate: str, kind: CertificateKind, testbed: HttpsTestbed, http: HttpBackend
) -> None:
    site = await testbed.site(certificate, kind=kind)
    site.reply("/x", Reply(body=b"ok"))
    for _ in range(2):
        await expect_failure(ask(http, site.url(host)))
    expect(len(site.requests), 0, "requests that were sent anyway:")


CERTIFICATES: Sequence[HttpsCheck] = tuple(
    HttpsCheck(
        f"certificate-of-{name}",
        f"A certificate {what} is rejected before the request is sent.",
        partial(_refused, host, certificate, kind),
        _NOTE,
    )
    for name, what, host, certificate, kind in _ROWS
)
