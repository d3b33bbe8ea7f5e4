"""The document that is published: the resolver reads it, and a delegation that other servers could not use is refused."""

import json

import attrs
import pytest

from matrix_resolve import HttpResponse, InvalidServerName
from matrix_resolve._well_known.document import Document, parse_document
from matrix_resolve._well_known.http_freshness import freshness_lifetime
from matrix_resolve.publish import DEFAULT_MAX_AGE, WELL_KNOWN_PATH, Delegation
from tests.unit.test_server_name import ADVICE, VALID

LONGEST = 48 * 3600
# mistakes that real operators have published, and values that the grammar of server names refuses
MISTAKES = {
    **ADVICE,
    "https://matrix.example.com:8448": 'it is a URL; pass only the host and port, "matrix.example.com:8448"',
    "https://matrix.example.com/": 'it is a URL; pass only the host and port, "matrix.example.com"',
    "matrix.example.com:443/_matrix": 'it has a path; pass only the host and port, "matrix.example.com:443"',
    "matrix.example.com:443 ": 'it has whitespace around it; pass "matrix.example.com:443"',
    "@admin:example.com": 'it is a user ID; pass "example.com"',
    "b\u00fccher.example:443": 'pass "xn--bcher-kva.example:443"',
    "matrix.example.com.": 'it ends with a dot; pass "matrix.example.com"',
    "matrix.example.com:0": "the port must be between 1 and 65535",
    "matrix.example.com:70000": "the port must be between 1 and 65535",
    "2001:db8::1": 'pass "[2001:db8::1]"',
}


@pytest.mark.parametrize("name", VALID)
def test_our_own_reader_reads_what_is_published(name: str) -> None:
    delegation = Delegation(name)
    assert parse_document(delegation.body) == Document(delegation.delegate_to)
    assert delegation.delegate_to == name
    assert delegation.document.encode() == delegation.body


@pytest.mark.parametrize("name", VALID)
def test_the_document_says_nothing_else(name: str) -> None:
    assert json.loads(Delegation(name).body) == {"m.server": name}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_refused_with_its_repair(text: str) -> None:
    with pytest.raises(InvalidServerName) as caught:
        Delegation(text)
    assert MISTAKES[text] in str(caught.value)


@pytest.mark.parametrize("value", [None, b"matrix.example.com", 443], ids=repr)
def test_only_text_is_a_name(value: object) -> None:
    with pytest.raises(TypeError, match="a server name must be a str"):
        Delegation(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("seconds", [0, 1, DEFAULT_MAX_AGE, LONGEST])
def test_others_keep_it_for_as_long_as_it_says(seconds: int) -> None:
    headers = Delegation("matrix.example.com:443", seconds).headers
    assert headers == {"Content-Type": "application/json", "Cache-Control": f"public, max-age={seconds}"}
    assert freshness_lifetime(HttpResponse(200, tuple(headers.items())), now=0.0) == seconds


def test_an_hour_is_the_default() -> None:
    assert Delegation("matrix.example.com").max_age == DEFAULT_MAX_AGE == 3600


@pytest.mark.parametrize("seconds", [-1, LONGEST + 1, 0.5, float("nan"), True, "3600", None], ids=repr)
def test_no_other_time_is_accepted(seconds: object) -> None:
    with pytest.raises(ValueError, match="from 0 to 172800"):
        Delegation("matrix.example.com", seconds)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("matrix.example.com", 'If the homeserver answers on port 443, delegate to "matrix.example.com:443".'),
        ("192.0.2.1", "The certificate must be valid for the IP address 192.0.2.1 itself"),
        ("192.0.2.1:443", "The certificate must be valid for the IP address 192.0.2.1 itself"),
        ("[2001:DB8::1]:443", "The certificate must be valid for the IP address 2001:db8::1 itself"),
    ],
)
def test_what_is_often_not_meant_has_a_remark(name: str, remark: str) -> None:
    (said,) = Delegation(name).remarks
    assert remark in said


@pytest.mark.parametrize("name", ["matrix.example.com:443", "matrix.example.com:8448"])
def test_what_is_mostly_meant_has_none(name: str) -> None:
    assert Delegation(name).remarks == []


def test_it_is_a_value() -> None:
    delegation = Delegation("matrix.example.com:443")
    assert delegation == Delegation("matrix.example.com:443", DEFAULT_MAX_AGE)
    assert delegation != Delegation("matrix.example.com:443", 60)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        delegation.max_age = 60  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_the_path_is_that_of_the_specification() -> None:
    assert WELL_KNOWN_PATH == "/.well-known/matrix/server"
