"""Reading certificates with any contents."""

import datetime as dt
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve.check import Certificate, check_server
from matrix_resolve.check._probes.certificates import read_certificate
from matrix_resolve.testing import LoopbackFederation

from .broken_deployments import NAME, homeserver
from .odd_certificates import context_of, make_certificate


def _read(certificate: x509.Certificate) -> Certificate:
    read = read_certificate(certificate.public_bytes(Encoding.DER))
    assert read is not None
    return read


def _named(*names: x509.GeneralName) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(names)


def test_what_a_certificate_says() -> None:
    names = _named(x509.DNSName("a.example"), x509.DNSName("*.b.example"), x509.IPAddress(ip_address("2001:db8::1")))
    made, _ = make_certificate(names, common_name="a.example")
    read = _read(made)
    assert read.names == ("a.example", "*.b.example", "2001:db8::1")
    assert (read.subject, read.issuer, read.has_issuer_url) == ("CN=a.example", "CN=a.example", False)
    assert (read.not_before, read.not_after) == (
        _seconds(made.not_valid_before_utc),
        _seconds(made.not_valid_after_utc),
    )
    assert len(read.sha256) == 64


def _seconds(moment: dt.datetime) -> float:
    return moment.timestamp()


def test_where_the_certificate_of_the_issuer_is_to_be_had() -> None:
    where = x509.UniformResourceIdentifier("http://ca.example/issuer.der")
    issuers = x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, where)
    ocsp = x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP, where)
    names = _named(x509.DNSName("a.example"))
    assert _read(make_certificate(names, x509.AuthorityInformationAccess([issuers]))[0]).has_issuer_url
    assert not _read(make_certificate(names, x509.AuthorityInformationAccess([ocsp]))[0]).has_issuer_url


def test_other_kinds_of_names_are_left_out() -> None:
    names = _named(x509.RFC822Name("me@a.example"), x509.UniformResourceIdentifier("https://a.example/"))
    assert _read(make_certificate(names)[0]).names == ()


def test_a_thousand_names() -> None:
    names = _named(*(x509.DNSName(f"{number}.example") for number in range(1000)))
    assert len(_read(make_certificate(names)[0]).names) == 100


def test_everything_is_escaped() -> None:
    hostile = "\x1b[31mred\x1b[0m\r\nx\x07"
    made, _ = make_certificate(_named(x509.DNSName(hostile)), common_name=f"{hostile}\u202e\u2028")
    read = _read(made)
    assert all(text.isprintable() for text in (*read.names, read.subject, read.issuer))


@given(st.binary())
def test_any_bytes(der: bytes) -> None:
    assert read_certificate(der) is None


_DER = make_certificate(_named(x509.DNSName("a.example"), x509.IPAddress(ip_address("192.0.2.1"))))[0].public_bytes(
    Encoding.DER
)


def test_any_byte_changed() -> None:
    """Some positions raise other errors than ValueError, for example for an unknown version or an unknown kind of name."""
    for at in range(len(_DER)):
        for byte in (0, 1, 3, 6, 12, 127, 163, 165, 254, 255):
            read = read_certificate(_DER[:at] + bytes([byte]) + _DER[at + 1 :])
            assert read is None or all(text.isprintable() for text in (*read.names, read.subject, read.issuer))


@given(st.integers(0, len(_DER)))
def test_any_length(length: int) -> None:
    assert (read_certificate(_DER[:length]) is None) == (length < len(_DER))


def test_whether_the_issuer_came_with_it() -> None:
    authority, authority_key = make_certificate(_named(x509.DNSName("ca")), common_name="ca")
    other, _ = make_certificate(_named(x509.DNSName("other")), common_name="other")
    leaf, _ = make_certificate(_named(x509.DNSName("a")), issuer=authority.subject, issuer_key=authority_key)
    sent, beside = authority.public_bytes(Encoding.DER), other.public_bytes(Encoding.DER)
    cases: list[tuple[list[bytes] | None, bool | None]] = [
        (None, None),
        ([], False),
        ([beside, b"nothing"], False),
        ([beside, b"", sent], True),
    ]
    for others, is_sent in cases:
        read = read_certificate(leaf.public_bytes(Encoding.DER), others)
        assert read is not None
        assert read.is_issuer_sent is is_sent


async def test_what_is_sent_is_seen_in_the_handshake() -> None:
    """Python has a public method for the chain only since 3.13."""
    authority, authority_key = make_certificate(_named(x509.DNSName("ca")), common_name="ca")
    leaf = make_certificate(_named(x509.DNSName(NAME)), issuer=authority.subject, issuer_key=authority_key)
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        server = homeserver(federation, addresses=["198.51.100.10"])
        seen: list[bool | None] = []
        for chain in ([], [authority]):
            server._context = context_of(*leaf, *chain)  # pyright: ignore[reportPrivateUsage] - no authority would issue it
            (probe,) = (await check_server(resolver, NAME)).evidence.targets
            assert probe.certificate is not None
            seen.append(probe.certificate.is_issuer_sent)
    assert seen == [False, True]
