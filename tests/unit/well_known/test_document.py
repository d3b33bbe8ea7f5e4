"""The body of a well-known response must be strict JSON with one server name, whatever else it has."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve._well_known.document import Document, InvalidDocument, parse_document

from ..test_server_name import valid_names

VALID: dict[bytes, str] = {
    b'{"m.server":"hs.example.net:443"}': "hs.example.net:443",
    b' \r\n\t{ "m.server" : "HS.example.net" }\n': "HS.example.net",
    b'{"m.server":"[2001:db8::1]:08448"}': "[2001:db8::1]:08448",
    b'{"m.server":"hs\\u002eexample.net"}': "hs.example.net",
    b'{"a":[1,null,{"b":2.5}],"m.server":"hs.example.net","\xc3\xbc":"\xc3\xbc"}': "hs.example.net",
    b'{"M.Server":"other.example.net","m.server":"hs.example.net"}': "hs.example.net",
    b'{"x":"NaN","y":1e999,"m.server":"hs.example.net"}': "hs.example.net",
}


@pytest.mark.parametrize("body", VALID)
def test_valid(body: bytes) -> None:
    assert parse_document(body) == Document(parse_document(body).delegated)
    assert parse_document(body).delegated == VALID[body]


def test_of_two_equal_keys_the_last_one_counts_and_is_remarked_on() -> None:
    document = parse_document(b'{"m.server":"a.example","x":1,"m.server":"b.example"}')
    assert document.delegated == "b.example"
    assert document.is_ambiguous


def test_other_equal_keys_do_not_matter() -> None:
    assert not parse_document(b'{"x":1,"x":2,"m.server":"a.example"}').is_ambiguous


# body: the code of the reason, and what the message must quote
INVALID: dict[bytes, tuple[str, str]] = {
    b"": ("not-json", '""'),
    b"NOT JSON": ("not-json", '"NOT JSON"'),
    b"<!DOCTYPE html><html lang=en><title>Are you a robot?</title>": (
        "not-json",
        '"<!DOCTYPE html><html lang=en><title>Are …"',
    ),
    b"\x1b[31m{": ("not-json", r'"\x1b[31m{"'),
    b"\x1f\x8b\x08\x00": ("not-json", ""),
    b'{"m.server":"hs.example.net"': ("not-json", ""),
    b'{"m.server":"hs.example.net"} x': ("not-json", ""),
    b'{"m.server":"hs.example.net",}': ("not-json", ""),
    b"{'m.server':'hs.example.net'}": ("not-json", ""),
    b'// comment\n{"m.server":"hs.example.net"}': ("not-json", ""),
    b'{"m.server":"hs.example.net","x":NaN}': ("not-json", ""),
    b'{"m.server":"hs.example.net","x":[-Infinity]}': ("not-json", ""),
    b'{"m.server":"hs.example.net\n"}': ("not-json", ""),
    b'\xef\xbb\xbf{"m.server":"hs.example.net"}': ("not-json", ""),
    '{"m.server":"hs.example.net"}'.encode("utf-16"): ("not-json", ""),
    '{"m.server":"hs.example.net"}'.encode("utf-16-be"): ("not-json", ""),
    b'{"m.server":"hs.example.net","x":"\xff"}': ("not-json", ""),
    b'{"m.server":"hs.example.net","x":"\xed\xa0\x80"}': ("not-json", ""),
    b"[" * 51_200: ("not-json", ""),
    b'{"m.server":"hs.example.net","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}": ("not-json", ""),
    b'{"m.server":"hs.example.net","x":' + b"1" * 5_000 + b"}": ("not-json", ""),
    b"[]": ("not-an-object", ""),
    b'["m.server"]': ("not-an-object", ""),
    b'"hs.example.net"': ("not-an-object", ""),
    b"null": ("not-an-object", ""),
    b"1": ("not-an-object", ""),
    b"{}": ("m-server-missing", ""),
    b'{"M.Server":"hs.example.net"}': ("m-server-missing", ""),
    b'{"x":{"m.server":"hs.example.net"}}': ("m-server-missing", ""),
    b'{"m.homeserver":{"base_url":"https://hs.example.net"}}': ("m-homeserver-instead", ""),
    b'{"m.server":null}': ("m-server-not-text", ""),
    b'{"m.server":443}': ("m-server-not-text", ""),
    b'{"m.server":true}': ("m-server-not-text", ""),
    b'{"m.server":["hs.example.net"]}': ("m-server-not-text", ""),
    b'{"m.server":""}': ("m-server-invalid", "empty"),
    b'{"m.server":"https://hs.example.net:443/"}': ("m-server-invalid", '"hs.example.net:443"'),
    b'{"m.server":" hs.example.net"}': ("m-server-invalid", "whitespace"),
    b'{"m.server":"hs.example.net\\n"}': ("m-server-invalid", "whitespace"),
    b'{"m.server":"hs.example.net."}': ("m-server-invalid", "ends with a dot"),
    b'{"m.server":"hs.example.net:0"}': ("m-server-invalid", "between 1 and 65535"),
    b'{"m.server":"127.1"}': ("m-server-invalid", "end in a number"),
    b'{"m.server":"\\ud800"}': ("m-server-invalid", r'"\ud800"'),
    b'{"m.server":"\\u0000\\u202e"}': ("m-server-invalid", r'"\x00\u202e"'),
}


@pytest.mark.parametrize("body", INVALID, ids=lambda body: ascii(body[:40]))
def test_invalid(body: bytes) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_document(body)
    code, quoted = INVALID[body]
    assert (caught.value.reason.code, quoted in str(caught.value)) == (code, True)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["m.server", "x"]), inner),
    max_leaves=8,
)


@given(st.binary() | _json.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_refused_or_names_a_server(body: bytes) -> None:
    try:
        document = parse_document(body)
    except InvalidDocument as error:
        assert str(error).isprintable()
    else:
        assert document.delegated == json.loads(body)["m.server"]


@given(valid_names, st.dictionaries(st.text().filter(lambda key: key != "m.server"), st.text()))
def test_every_server_name_is_read_beside_anything_else(name: str, others: dict[str, str]) -> None:
    assert parse_document(json.dumps({**others, "m.server": name}).encode()) == Document(
        parse_document(json.dumps({"m.server": name}).encode()).delegated
    )


def test_repeated_keys_further_in_are_nobodys_business() -> None:
    assert not parse_document(b'{"x":{"m.server":1,"m.server":2},"m.server":"a.example"}').is_ambiguous
