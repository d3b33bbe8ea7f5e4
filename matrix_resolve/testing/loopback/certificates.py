"""A throw-away authority, and certificates of every kind, right and wrong."""

import datetime as dt
import ssl
from typing import Literal, get_args

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CertificateKind = Literal["right", "wrong-name", "expired", "self-signed", "unknown-issuer"]
"""For the names of the server; for another name; over since 2020; signed by itself; signed by an authority that nobody knows."""

_LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class Authority:
    """Issues certificates that no program in the world trusts, except those with its `client_context`.

    Attributes:
        pem: The certificate of the authority.
    """

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.pem: bytes = self._ca.cert_pem.bytes()

    def client_context(self) -> ssl.SSLContext:
        """Make a context that trusts this authority alone, and is as strict as `default_ssl_context`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.hostname_checks_common_name = False
        context.load_verify_locations(cadata=self.pem.decode())
        return context

    def server_context(self, *names: str, kind: CertificateKind = "right") -> ssl.SSLContext:
        """Make a server's context with a certificate for *names*, which may be DNS names, wildcards or addresses."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "self-signed":
            _load_self_signed(context, names)
        else:
            self._issue(names, kind).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
        return context

    def _issue(self, names: tuple[str, ...], kind: CertificateKind) -> trustme.LeafCert:
        match kind:
            case "wrong-name":
                return self._ca.issue_cert("wrong-name.invalid")
            case "expired":
                return self._ca.issue_cert(*names, not_before=_LONG_AGO - dt.timedelta(days=90), not_after=_LONG_AGO)
            case "unknown-issuer":
                return trustme.CA().issue_cert(*names)
            case "right":
                return self._ca.issue_cert(*names)
            case _:
                message = f"{kind!r} is none of {', '.join(get_args(CertificateKind))}"
                raise ValueError(message)


def _load_self_signed(context: ssl.SSLContext, names: tuple[str, ...]) -> None:
    """Load a certificate that is its own issuer, as ``openssl req -x509`` makes it; trustme has none."""
    key = ec.generate_private_key(ec.SECP256R1())
    model = x509.load_pem_x509_certificate(trustme.CA().issue_cert(*names).cert_chain_pems[0].bytes())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "self-signed")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(model.extensions.get_extension_for_class(x509.SubjectAlternativeName).value, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key_pem = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with trustme.Blob(key_pem + certificate.public_bytes(pem)).tempfile() as file:
        context.load_cert_chain(file)
