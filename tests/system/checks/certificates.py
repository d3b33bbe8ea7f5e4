"""Certificates for the deployments: valid ones, and one kind for each mistake.

Each kind has a folder, with one folder for each hostname in it, as certbot creates them and `matrix-resolve setup`
expects them.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

HOME, MATRIX, NODE, OTHER = "home.example", "matrix.home.example", "node.home.example", "other.example"
HOSTS = (HOME, MATRIX, NODE, OTHER)
_DAY = dt.timedelta(days=1)
_ISSUER_URL = "http://authority.example/intermediate.crt"


def write_certificates(folder: Path) -> None:
    """Write the authority's certificate, and the certificates of every kind."""
    folder.mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    now = dt.datetime.now(dt.UTC)
    for host in HOSTS:
        _write(folder / "good" / host, authority.issue_cert(host))
        expired = authority.issue_cert(host, not_before=now - 90 * _DAY, not_after=now - _DAY)
        _write(folder / "expired" / host, expired)
        _write_signed(folder / "self-signed" / host, host, None)
        _write_signed(folder / "without-intermediate" / host, host, authority.create_child_ca())
    _write(folder / "of-the-machine" / HOME, authority.issue_cert(NODE))
    _write(folder / "for-both" / HOME, authority.issue_cert(HOME, NODE))


def _write(folder: Path, certificate: trustme.LeafCert) -> None:
    folder.mkdir(parents=True)
    certificate.private_key_pem.write_to_path(str(folder / "privkey.pem"))
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(folder / "fullchain.pem"), append=True)


def _write_signed(folder: Path, host: str, authority: trustme.CA | None) -> None:
    """Write a certificate without its chain, self-signed or signed by *authority*.

    In the second case it has the URL of the issuer's certificate, as certificates of public authorities do.
    """
    folder.mkdir(parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    builder = _builder(subject, host).public_key(key.public_key())
    if authority is None:
        certificate = builder.issuer_name(subject).sign(key, hashes.SHA256())
    else:
        issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
        signer = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        builder = builder.issuer_name(issuer.subject).add_extension(_issuer_url(), critical=False)
        certificate = builder.sign(signer, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form, secret = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))


def _builder(subject: x509.Name, host: str) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 90 * _DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )


def _issuer_url() -> x509.AuthorityInformationAccess:
    where = x509.UniformResourceIdentifier(_ISSUER_URL)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, where)])


def exchange(text: str, folder: Path, kinds: Mapping[str, str]) -> str:
    """Return the configuration *text* with another kind of certificate for some hosts."""
    for host, kind in kinds.items():
        assert f"{folder}/good/{host}/" in text
        text = text.replace(f"{folder}/good/{host}/", f"{folder}/{kind}/{host}/")
    return text
