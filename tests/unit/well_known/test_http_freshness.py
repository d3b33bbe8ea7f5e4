"""What the headers of a response say about its lifetime, and that no headers cause an error."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import HttpResponse
from matrix_resolve._well_known.http_freshness import cache_control_directives, freshness_lifetime, retry_after

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"


def response(*headers: tuple[str, str]) -> HttpResponse:
    return HttpResponse(200, headers)


def cache_control(*values: str) -> HttpResponse:
    return response(*(("Cache-Control", value) for value in values))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (response(), None),
        (cache_control("public"), None),
        (cache_control("foo, Max-Age = 100, bar"), 100),
        (cache_control("max-age=100"), 100),
        (cache_control('max-age="100"'), 100),
        (cache_control("max-age=0, private, must-revalidate"), 0),
        (cache_control("private, max-age=0"), 0),
        (cache_control("max-age=, bar"), 0),
        (cache_control("max-age"), 0),
        (cache_control("max-age=-5"), 0),
        (cache_control("max-age=1.5"), 0),
        (cache_control("max-age=１００"), 0),
        (cache_control("max-age=100, max-age=100"), 100),
        (cache_control("max-age=100", "max-age=200"), 0),
        (cache_control("max-age=" + "9" * 900), 2**31),
        (cache_control("max-age=" + "0" * 900 + "7"), 7),
        (cache_control("s-maxage=5"), None),
        (cache_control("no-store"), 0),
        (cache_control("no-cache, max-age=100"), 0),
        (response(("Cache-Control", "max-age=100"), ("Age", "30")), 70),
        (response(("Cache-Control", "max-age=100"), ("Age", "300")), 0),
        (response(("Cache-Control", "max-age=100"), ("Age", "x")), 100),
        (response(("Cache-Control", "max-age=10"), ("Expires", "Fri, 15 Jan 2027 09:00:00 GMT")), 10),
        (response(("Expires", "Fri, 15 Jan 2027 08:00:33 GMT")), 33),
        (response(("Expires", "Fri, 15 Jan 2027 08:00:33 GMT"), ("Date", "Fri, 15 Jan 2027 08:00:03 GMT")), 30),
        (response(("Expires", "Friday, 15-Jan-27 08:00:33 GMT")), 33),
        (response(("Expires", "Fri Jan 15 08:00:33 2027")), 33),
        (response(("Expires", "0")), 0),
        (response(("Expires", "-1")), 0),
        (response(("Expires", "Fri, 15 Jan 2021 08:00:00 GMT")), 0),
        (response(("Expires", "")), 0),
        (response(("Expires", "Fri, 15 Jan 2027 08:00:33 GMT" + " " * 5)), 33),
        (response(("Expires", "Fri, 15 Jan 2027 08:00:33 GMT (" + "x" * 8_000 + ")")), 0),
        (response(("Expires", "Fri, 15 Jan 2027 08:00:33 GMT"), *[("Date", "x" * 8_000)] * 200), 33),
        (response(("Cache-Control", "max-age=100"), ("Age", "0" * 8_000 + "30")), 100),
        (response(("Cache-Control", "max-age=100"), *[("Age", "x")] * 200, ("Age", "30")), 100),
    ],
)
def test_freshness_lifetime(headers: HttpResponse, seconds: float | None) -> None:
    assert freshness_lifetime(headers, now=NOW) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (DATE, 0),
        ("Fri, 15 Jan 2027 08:02:00 GMT", 120),
        ("soon", None),
        ("-1", None),
        ("", None),
        ("0" * 8_000 + "7", None),
        ("Fri, 15 Jan 2027 08:02:00 GMT (" + "x" * 8_000 + ")", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after(response(("Retry-After", value)), now=NOW) == seconds


def _padded(length: int, last: str) -> str:
    """Return a Cache-Control value of *length* characters that ends in *last*."""
    return "x" * (length - len(last) - 1) + "," + last


@pytest.mark.parametrize(
    ("headers", "seconds", "directives", "is_cut"),
    [
        (cache_control(_padded(1_000, "max-age=3600")), 3600, 2, False),
        (cache_control(_padded(1_000, "max-age=3600") + ", no-store"), 3600, 2, True),
        (cache_control(_padded(1_000, "max-age=3600"), "no-store"), 3600, 2, True),
        (cache_control(_padded(1_001, "max-age=3600")), None, 1, True),
        (cache_control("max-age=" + "0" * 10_000 + "7"), None, 1, True),
        (cache_control("," * 63 + "max-age=5"), 5, 64, False),
        (cache_control("," * 64 + "max-age=5"), None, 64, True),
        (cache_control(*["x"] * 63, "max-age=5"), 5, 64, False),
        (cache_control(*["x"] * 64, "max-age=5"), None, 64, True),
        (cache_control("max-age=5", *["," * 8_000] * 120), 5, 64, True),
        (cache_control("max-age=5", *["x" * 8_000] * 120), 5, 1, True),
    ],
)
def test_of_much_cache_control_the_beginning_counts(
    headers: HttpResponse,
    seconds: float | None,
    directives: int,
    is_cut: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Directives that are cut off are ignored, however they are spread over headers."""
    read, cut = cache_control_directives(headers)
    assert (len(read), cut) == (directives, is_cut)
    assert sum(map(len, read)) <= 1_000
    assert freshness_lifetime(headers, now=NOW) == seconds


HEADER = st.sampled_from(["Cache-Control", "Expires", "Age", "Date", "Retry-After"])
VALUE = st.one_of(
    st.text(max_size=40), st.from_regex(r"(max-age|no-store|s-maxage)?=?\"?-?[0-9]{0,30}\"?", fullmatch=True)
)


@given(st.lists(st.tuples(HEADER, VALUE), max_size=6))
def test_no_headers_break_it(headers: list[tuple[str, str]]) -> None:
    for seconds in (freshness_lifetime(response(*headers), now=NOW), retry_after(response(*headers), now=NOW)):
        assert seconds is None or (math.isfinite(seconds) and seconds >= 0)
