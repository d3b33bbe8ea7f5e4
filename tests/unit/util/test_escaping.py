"""Escaping of characters that affect a terminal or a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve._util.escaping import decoded, first_few, printable, quoted, shortened

SHOWN = {
    "": "",
    "plain text, with spaces": "plain text, with spaces",
    "münchen 東京 🦄": "münchen 東京 🦄",
    "a\nb\r\tc": r"a\nb\r\tc",
    "\0\x1b[31m\x7f\x9b": r"\x00\x1b[31m\x7f\x9b",
    "\u202eevil\u2066": r"\u202eevil\u2066",
    "\u2028\u2029\u200b\u00a0\ufeff": r"\u2028\u2029\u200b\xa0\ufeff",
    "\ud800x\udfff": r"\ud800x\udfff",
    "\U000e0001": r"\U000e0001",
}


@pytest.mark.parametrize("text", SHOWN, ids=ascii)
def test_printable(text: str) -> None:
    assert printable(text) == SHOWN[text]
    assert quoted(text) == f'"{SHOWN[text]}"'


@pytest.mark.parametrize(("length", "shown"), [(4, "aaaa"), (5, "aaaaa"), (6, "aaaaa…")])
def test_the_limit(length: int, shown: str) -> None:
    assert printable("a" * length, limit=5) == shown
    assert quoted("a" * length, limit=5) == f'"{shown}"'


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"", ""),
        (b"abc", "abc"),
        (b"abcd", "abc…"),
        (b"abcd" * 100, "abc…"),
        ("🦄🦄🦄".encode(), "🦄🦄🦄"),
        ("🦄🦄🦄🦄".encode(), "🦄🦄🦄…"),
        ("é🦄é🦄".encode(), "é🦄é…"),
        (b"\xff\xff", "\ufffd\ufffd"),
    ],
)
def test_what_is_cut_of_bytes_is_shown(raw: bytes, shown: str) -> None:
    assert printable(decoded(raw, 3), limit=3) == shown


@given(st.binary(max_size=50), st.integers(0, 12))
def test_some_of_the_bytes_show_what_all_of_them_do(raw: bytes, limit: int) -> None:
    assert printable(decoded(raw, limit), limit=limit) == printable(raw.decode("utf-8", "replace"), limit=limit)


def test_the_default_limit() -> None:
    assert printable("a" * 200) == "a" * 200
    assert printable("a" * 201) == "a" * 200 + "…"


@given(st.text(st.characters()), st.integers(0, 50))
def test_the_outcome_is_printable_utf_8_of_bounded_length(text: str, limit: int) -> None:
    shown = printable(text, limit=limit)
    assert shown.isprintable()
    shown.encode()  # no lone surrogate is left
    assert len(shown) <= 10 * limit + 1
    assert printable(shown, limit=len(shown)) == shown


def test_first_few() -> None:
    assert first_few([], total=0) == ""
    assert first_few("abc", total=3) == "a; b; c"
    assert first_few("abcd", total=9, separator=", ") == "a, b, c and 6 more"
    assert first_few("abcd", total=4, at_most=1) == "a and 3 more"


def test_no_more_parts_are_made_than_are_shown() -> None:
    parts = iter("abcdef")
    first_few(parts, total=6)
    assert list(parts) == ["d", "e", "f"]


def test_shortened() -> None:
    assert (shortened("abc", limit=3), shortened("abcd", limit=3)) == ("abc", "abc…")
