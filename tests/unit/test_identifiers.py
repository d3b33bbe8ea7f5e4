"""The limits of identifiers; the numbered cases are in tests/spec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import InvalidServerName, ServerName, server_name_from_input, server_name_of

from .test_server_name import valid_names

# identifier: what the message must say
REFUSED: dict[str, str] = {
    "": 'must begin with "@"',
    "example.org": 'must begin with "@"',
    "+group:example.org": 'must begin with "@"',
    "mxc://example.org/a": 'must begin with "@"',
    "@alice": "no colon",
    "#room": "no colon",
    "!": "no colon",
    "$": "no colon",
    "@a\0:example.org": "NUL character or a lone surrogate",
    "#\udfff:example.org": "NUL character or a lone surrogate",
    "!a\0": "NUL character or a lone surrogate",
    "@a:": "it is empty",
    "@a:@b:example.org": 'pass "example.org"',
    "@a:\ud800": "ASCII form",
    "@" + "a" * 243 + ":example.org": "longer than 255 bytes",
    "@" + "\U0001f600" * 61 + ":example.org": "longer than 255 bytes",
    "!" + "a" * 255: "longer than 255 bytes",
}


@pytest.mark.parametrize("identifier", REFUSED, ids=lambda text: ascii(text)[:40])
def test_a_refusal_says_why(identifier: str) -> None:
    with pytest.raises(InvalidServerName) as caught:
        server_name_of(identifier)
    assert REFUSED[identifier] in str(caught.value)
    assert str(caught.value).isprintable()
    assert caught.value.code == "invalid-name"


def test_the_parts_of_the_domain_are_there() -> None:
    name = server_name_of("@a:[2001:DB8::1]:08448")
    assert name is not None
    assert (name, name.ip, name.port) == ("[2001:DB8::1]:08448", "2001:db8::1", 8448)


_localpart = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":\0"), min_size=1, max_size=20)


@given(st.sampled_from("@#!$"), _localpart, valid_names)
def test_the_domain_starts_after_the_first_colon(sigil: str, localpart: str, domain: str) -> None:
    identifier = f"{sigil}{localpart}:{domain}"
    if len(identifier.encode()) <= 255:
        assert server_name_of(identifier) == domain


@given(st.sampled_from("!$"), _localpart)
def test_without_a_colon_rooms_and_events_name_no_server(sigil: str, opaque: str) -> None:
    assert server_name_of(sigil + opaque) is None


@given(st.text())
def test_any_text_is_refused_or_read(text: str) -> None:
    try:
        name = server_name_of(text)
    except InvalidServerName as error:
        assert str(error).isprintable()
    else:
        assert name is None or text.endswith(f":{name}")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("example.org", "example.org"),
        (" Example.org:8448\n", "Example.org:8448"),
        ("[2001:DB8::1]:443", "[2001:DB8::1]:443"),
        ("@alice:example.org", "example.org"),
        ("\t#room:Example.org:8448 ", "Example.org:8448"),
        ("!old:example.org", "example.org"),
        ("$old:example.org", "example.org"),
    ],
)
def test_input_is_a_server_name_or_an_identifier(text: str, name: str) -> None:
    found = server_name_from_input(text)
    assert (type(found), str(found)) == (ServerName, name)


@pytest.mark.parametrize(
    "text", ["", "  ", "@alice", "a b", "+group:example.org", "exämple.org", "!new", "$new", "@", "!"]
)
def test_input_without_a_server_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidServerName) as caught:
        server_name_from_input(text)
    assert caught.value.code == "invalid-name"
    assert str(caught.value).isprintable()


def test_input_that_is_a_url_has_a_suggestion() -> None:
    with pytest.raises(InvalidServerName) as caught:
        server_name_from_input("https://example.org/path")
    assert caught.value.suggestion == "example.org"


@given(st.sampled_from(["", "@a:", "#a:", "!a:", "$a:"]), valid_names)
def test_input_with_a_valid_name_is_read(prefix: str, name: str) -> None:
    if len((prefix + name).encode()) <= 255:
        assert server_name_from_input(f" {prefix}{name} ") == name
