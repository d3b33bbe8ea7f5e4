"""Certificates and keys in files, for the options of a server."""

import ssl
from pathlib import Path

import attrs
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from trustme import KeyType

from .certificates import authority
from .plain_http import NAME


@attrs.frozen
class PemFiles:
    """The files of a certificate for the host of all requests.

    Attributes:
        both: Certificate and key.
        der: The certificate in the form that a client sees.
    """

    both: Path
    certificate: Path
    key: Path
    der: bytes


def issue(folder: Path, name: str, kind: KeyType = KeyType.ECDSA) -> PemFiles:
    """Write ``NAME.pem``, ``NAME-certificate.pem`` and ``NAME-key.pem``."""
    issued = authority().issue_cert(NAME, key_type=kind)
    both, certificate, key = (folder / f"{name}{part}.pem" for part in ("", "-certificate", "-key"))
    issued.private_key_and_cert_chain_pem.write_to_path(str(both))
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    return PemFiles(both, certificate, key, ssl.PEM_cert_to_DER_cert(certificate.read_text()))


def encrypt(key: Path, encrypted: Path) -> None:
    """Write a copy of the key that is encrypted with a password."""
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    encrypted.write_bytes(
        loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
    )
