"""Hosts files as they are found: with other line ends, a byte order mark, and characters that end a line only for Python."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import InvalidServerName, parse_hosts_file
from matrix_resolve.server_name import ServerName, is_hostname


def test_lines_end_like_on_unix_or_windows() -> None:
    expected = {"a.example": ("10.0.0.1",), "b.example": ("10.0.0.2",)}
    for end in ("\n", "\r\n"):
        assert parse_hosts_file(f"10.0.0.1 a.example{end}10.0.0.2 b.example{end}") == expected


@pytest.mark.parametrize("character", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r")
def test_no_other_character_ends_a_comment(character: str) -> None:
    assert parse_hosts_file(f"# see{character}10.0.0.6 evil.example\n10.0.0.1 a.example") == {
        "a.example": ("10.0.0.1",)
    }


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    assert parse_hosts_file("\ufeff10.0.0.1 a.example") == {"a.example": ("10.0.0.1",)}
    with pytest.raises(ValueError, match="line 2"):
        parse_hosts_file("10.0.0.1 a.example\n\ufeff10.0.0.1 a.example")


@pytest.mark.parametrize("text", [b"10.0.0.1 a.example", None, ["10.0.0.1 a.example"]])
def test_what_is_not_a_string_is_a_type_error_that_says_so(text: Any) -> None:
    with pytest.raises(TypeError, match=r"hosts file must be a str"):
        parse_hosts_file(text)


@given(st.text("aZ09-._:[]xX", max_size=12) | st.integers(60, 260).map(lambda size: "a" * size + ".b" * size))
def test_the_fast_check_of_a_hostname_agrees_with_the_parser(text: str) -> None:
    try:
        name = ServerName.parse(text)
    except InvalidServerName:
        assert not is_hostname(text)
    else:
        assert is_hostname(text) == (name.ip is None and name.port is None)
