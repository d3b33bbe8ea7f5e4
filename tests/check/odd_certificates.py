"""Certificates that no authority would issue, with contents that the test chooses."""

import datetime as dt
import ssl

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from matrix_resolve.testing import LoopbackFederation, LoopbackServer

_DAY = dt.timedelta(days=1)
FOR_CLIENTS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])


def make_certificate(
    names: x509.GeneralNames | x509.SubjectAlternativeName,
    *extensions: x509.ExtensionType,
    common_name: str = "odd",
    issuer: x509.Name | None = None,
    issuer_key: ec.EllipticCurvePrivateKey | None = None,
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return a certificate and its key. Without an issuer it is self-signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder(issuer or subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 90 * _DAY)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256()), key


def context_of(
    certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, *chain: x509.Certificate
) -> ssl.SSLContext:
    """Return a TLS context for a server that presents *certificate*, followed by *chain*."""
    pem = serialization.Encoding.PEM
    key_pem = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates = b"".join(each.public_bytes(pem) for each in (certificate, *chain))
    with trustme.Blob(key_pem + certificates).tempfile() as file:
        context.load_cert_chain(file)
    return context


def present_odd(
    federation: LoopbackFederation,
    server: LoopbackServer,
    names: list[str],
    *extensions: x509.ExtensionType,
    common_name: str = "odd",
) -> None:
    """Make *server* present a certificate that the authority of the federation would not issue."""
    authority: trustme.CA = federation._authority._ca  # pyright: ignore[reportPrivateUsage] - its key is nobody's business but this test's
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    issuer_key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    odd = make_certificate(
        x509.SubjectAlternativeName([x509.DNSName(name) for name in names]),
        *extensions,
        common_name=common_name,
        issuer=issuer.subject,
        issuer_key=issuer_key,
    )
    server._context = context_of(*odd)  # pyright: ignore[reportPrivateUsage] - same
