"""What people type or paste instead of a server name, and what they mean."""

from collections.abc import Callable

import pytest

from matrix_resolve import InvalidServerName, server_name_from_input
from matrix_resolve.server_name import ServerName

MEANT = {
    "@alice:example.org": "example.org",
    "https://example.org/path": "example.org",
    "HTTPS://example.org": "example.org",
    "example.org/": "example.org",
    "example.org.": "example.org",
    " example.org ": "example.org",
    " https://example.org./ ": "example.org",
    "https://user@example.org:8448/": "example.org:8448",
    "\uff45xample.org": "example.org",
    "@a:example.org/": "example.org",
    "2001:db8::1": "[2001:db8::1]",
    "example.org:99999": "",
    "https://": "",
    "a_b.example": "",
    "https://matrix.to/#/@alice:example.org": "example.org",
    "https://matrix.to/#/%40alice%3Aexample.org": "example.org",
    "http://www.matrix.to/#/#room:example.org:8448": "example.org:8448",
    "matrix.to/#/#room:example.org?via=other.example": "example.org",
    "https://matrix.to/#/%23room%3Aexample.org?via=other.example": "example.org",
    "https://matrix.to/#/!room:example.org/$event:other.example?via=other.example": "example.org",
    " https://matrix.to/#/@alice:example.org\n": "example.org",
    "<https://matrix.to/#/@alice:example.org>": "example.org",
    "https://matrix.to/#/@a%2Fb:example.org": "example.org",
    "matrix:u/alice:example.org": "example.org",
    "matrix:u/alice:example.org?action=chat": "example.org",
    "matrix:r/room:example.org": "example.org",
    "matrix:roomid/room:example.org/e/event?via=other.example": "example.org",
    "MATRIX:u/alice:example.org": "example.org",
    "<example.org>": "example.org",
    "`example.org`": "example.org",
    '"example.org"': "example.org",
    "'example.org:8448'": "example.org:8448",
    "<https://example.org/>": "example.org",
    "https://matrix.to/#/!room?via=other.example": "",
    "https://matrix.to/#/": "",
    "https://matrix.to/#/@alice:%ff": "",
    "matrix:u/alice": "",
    "http://": "",
    "https:///path": "",
    "alice@": "",
    "<>": "",
    "<": "",
    "`": "",
}


@pytest.mark.parametrize("text", MEANT)
def test_the_suggestion_is_what_was_meant(text: str) -> None:
    with pytest.raises(InvalidServerName) as caught:
        ServerName.parse(text)
    assert caught.value.suggestion == MEANT[text]
    if MEANT[text]:
        assert ServerName.parse(caught.value.suggestion) == MEANT[text]
    assert 'pass ""' not in str(caught.value)
    assert (MEANT[text] or "pass") in str(caught.value) or "pass" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["https://matrix.to/#/" + "%" * 1_000_000, "matrix:u/" + ":" * 1_000_000, "<" * 1_000_000 + ">"]
)
def test_a_long_string_takes_little_work(text: str) -> None:
    with pytest.raises(InvalidServerName) as caught:
        ServerName.parse(text)
    assert caught.value.suggestion == ""
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    "text", ["!abc", "$ev", "@alice", "#x", "@", "@alice:", "@a:exa mple", "@" + "a" * 300, "@a\0:b", "https://x"]
)
@pytest.mark.parametrize("function", [server_name_from_input, ServerName.parse])
def test_every_error_has_a_problem_and_a_code(function: Callable[[str], object], text: str) -> None:
    with pytest.raises(InvalidServerName) as caught:
        function(text)
    error = caught.value
    assert error.code == "invalid-name"
    assert error.problem
    assert str(error).startswith(error.problem)
