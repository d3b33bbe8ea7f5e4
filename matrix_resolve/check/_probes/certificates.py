"""Read a certificate, valid or not. Python's ssl module returns the contents of valid certificates only."""

from collections.abc import Sequence

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import AuthorityInformationAccessOID
except ModuleNotFoundError as _missing:
    raise ImportError('a check needs cryptography: pip install "matrix-resolve[check]"') from _missing

from ..._util.escaping import printable
from ..evidence import Certificate

_MAX_NAMES = 100


def read_certificate(der: bytes, others: Sequence[bytes] | None = None) -> Certificate | None:
    """Read a certificate.

    Args:
        der: The certificate as it was sent.
        others: The certificates sent with it; None if they are not known.

    Returns:
        The contents, with all text escaped; None if it cannot be parsed.

    Source:
        RFC 5280.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        return Certificate(
            names=_names(certificate),
            subject=_line(certificate.subject),
            issuer=_line(certificate.issuer),
            not_before=certificate.not_valid_before_utc.timestamp(),
            not_after=certificate.not_valid_after_utc.timestamp(),
            has_issuer_url=_has_issuer_url(certificate),
            sha256=certificate.fingerprint(hashes.SHA256()).hex(),
            is_issuer_sent=None if others is None else any(_is_of(certificate.issuer, each) for each in others),
        )
    except Exception:  # noqa: BLE001 - cryptography raises errors of many classes for malformed certificates
        return None


def _is_of(subject: x509.Name, der: bytes) -> bool:
    try:
        return x509.load_der_x509_certificate(der).subject == subject
    except ValueError:
        return False


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return tuple(printable(host) for host in hosts[:_MAX_NAMES])


def _line(name: x509.Name) -> str:
    return printable(name.rfc4514_string())


def _has_issuer_url(certificate: x509.Certificate) -> bool:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return False
    return any(description.access_method == AuthorityInformationAccessOID.CA_ISSUERS for description in access)
