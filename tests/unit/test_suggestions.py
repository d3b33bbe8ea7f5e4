"""The suggestion for an invalid server name: it is itself valid, and finding it takes little work however hostile the string is."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matrix_resolve import InvalidServerName, server_name_from_input, server_name_of
from matrix_resolve.server_name import ServerName

_PIECES = st.sampled_from(
    [
        "https://",
        "@",
        "a",
        "user@",
        "example.org",
        ":",
        "8448",
        "/",
        ".",
        " ",
        "\n",
        "[",
        "]",
        "::1",
        "%",
        "?",
        "#",
        "!",
        "\uff45",
        "xn--",
        "ß",
        "0",
        "127.1",
    ]
)
_MISTAKES = st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=12).map("".join)


def _suggestion(text: str) -> str:
    try:
        ServerName.parse(text)
    except InvalidServerName as error:
        return error.suggestion
    return ""


@given(_MISTAKES)
@example("https://user@ example.org./ ")
@example("@a:@b:@c:@d:@e:@f:@g:example.org")
@example("@a:https://b.example./")
def test_a_suggestion_is_a_valid_server_name(text: str) -> None:
    suggestion = _suggestion(text)
    if suggestion:
        assert suggestion != text
        assert ServerName.parse(suggestion) == suggestion


@given(st.sampled_from([server_name_of, server_name_from_input]), _MISTAKES)
def test_a_suggestion_of_the_other_functions_is_a_valid_server_name(function: Callable[[str], str], text: str) -> None:
    try:
        function(text)
    except InvalidServerName as error:
        if error.suggestion:
            assert ServerName.parse(error.suggestion) == error.suggestion


_HOSTILE = {
    "dots": "a" + "." * 100_000,
    "slashes": "/" * 100_000,
    "colons": ":" * 100_000,
    "IPv6 groups": "1:" * 50_000,
    "at signs": "a@" * 50_000,
    "user IDs": "@a:" * 33_000,
    "schemes": "https://" * 12_000,
    "blanks": " " * 100_000,
    "full width": "\uff45" * 100_000,
    "long labels in A-label form": ("\u00fc" * 60 + ".") * 1_600,
    "digits": "1" * 100_000,
    "brackets": "[" * 100_000,
    "alternating": " /.@:" * 20_000,
}


def _calls(text: str) -> int:
    """Return how many functions parsing *text* calls, of Python and of C."""
    count = 0

    def note(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        _suggestion(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_a_hostile_string_takes_as_little_work_as_a_short_one(text: str) -> None:
    """The number of calls does not depend on the length, so only operations on the whole string do, a few of them."""
    assert _calls(text) <= 5_000
