"""A temporary certificate authority, and valid and invalid certificates of every kind."""

import datetime as dt
import ssl
from typing import Literal, get_args

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from .client_side import trusting

CertificateKind = Literal[
    "right", "wrong-name", "expired", "expiring", "not-yet-valid", "self-signed", "unknown-issuer", "no-intermediate"
]
"""Kinds of certificates.

In order: valid for the names of the server; for another name; expired since 2020; expires in five days; valid from next
year; self-signed; from an unknown authority; from an intermediate authority whose certificate is not sent.
"""

_LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)


class Authority:
    """A certificate authority that only programs with its `client_context` trust.

    Attributes:
        pem: The certificate of the authority.
    """

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.pem: bytes = self._ca.cert_pem.bytes()

    def client_context(self) -> ssl.SSLContext:
        """Return a client context that trusts only this authority, and is as strict as `default_ssl_context`."""
        return trusting(self.pem.decode())

    def server_context(self, *names: str, kind: CertificateKind = "right") -> ssl.SSLContext:
        """Return a server context with a certificate for *names*, which may be DNS names, wildcards or IP addresses."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "self-signed":
            _load_self_signed(context, names)
        elif kind == "no-intermediate":
            _load_without_issuer(context, names, self._ca.create_child_ca())
        else:
            self._issue(names, kind).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
        return context

    def _issue(self, names: tuple[str, ...], kind: CertificateKind) -> trustme.LeafCert:
        match kind:
            case "wrong-name":
                return self._ca.issue_cert("wrong-name.invalid")
            case "expired":
                return self._ca.issue_cert(*names, not_before=_LONG_AGO - 90 * _DAY, not_after=_LONG_AGO)
            case "expiring":
                now = dt.datetime.now(dt.UTC)
                return self._ca.issue_cert(*names, not_before=now - 85 * _DAY, not_after=now + 5 * _DAY)
            case "not-yet-valid":
                now = dt.datetime.now(dt.UTC)
                return self._ca.issue_cert(*names, not_before=now + 365 * _DAY, not_after=now + 455 * _DAY)
            case "unknown-issuer":
                return trustme.CA().issue_cert(*names)
            case "right":
                return self._ca.issue_cert(*names)
            case _:
                message = f"{kind!r} is not one of {', '.join(get_args(CertificateKind))}"
                raise ValueError(message)


def _load_self_signed(context: ssl.SSLContext, names: tuple[str, ...]) -> None:
    """Load a self-signed certificate, like one from ``openssl req -x509``. trustme cannot create these."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "self-signed")])
    _load(context, _builder(names, name, key).subject_name(name), key, key)


def _load_without_issuer(context: ssl.SSLContext, names: tuple[str, ...], issuer: trustme.CA) -> None:
    """Load a certificate that *issuer* signed, without the certificate of *issuer*.

    Like those of public authorities, it contains a URL for the missing certificate.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_name = x509.load_pem_x509_certificate(issuer.cert_pem.bytes()).subject
    issuer_key = serialization.load_pem_private_key(issuer.private_key_pem.bytes(), None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise TypeError("trustme no longer uses elliptic-curve keys")
    where = x509.UniformResourceIdentifier("http://ca.invalid/issuer.der")
    access = x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, where)])
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "no-intermediate")])
    builder = _builder(names, issuer_name, key).subject_name(own_name).add_extension(access, critical=False)
    _load(context, builder, key, issuer_key)


def _builder(names: tuple[str, ...], issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """Return a builder for a certificate for *names*.

    The subject alternative names are copied from a certificate of trustme.
    """
    model = x509.load_pem_x509_certificate(trustme.CA().issue_cert(*names).cert_chain_pems[0].bytes())
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder(issuer, None, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 90 * _DAY)
        .add_extension(model.extensions.get_extension_for_class(x509.SubjectAlternativeName).value, critical=False)
    )


def _load(
    context: ssl.SSLContext,
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> None:
    certificate = builder.sign(issuer_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    key_pem = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with trustme.Blob(key_pem + certificate.public_bytes(pem)).tempfile() as file:
        context.load_cert_chain(file)
