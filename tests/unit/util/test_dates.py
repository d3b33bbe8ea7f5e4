import pytest

from matrix_resolve._util.dates import as_day, as_minute


@pytest.mark.parametrize(
    ("seconds", "day", "minute"),
    [
        (0.0, "1970-01-01", "1970-01-01 00:00 UTC"),
        (1_700_000_000.9, "2023-11-14", "2023-11-14 22:13 UTC"),
        (1e18, "a time beyond the calendar", "a time beyond the calendar"),
        (float("nan"), "a time beyond the calendar", "a time beyond the calendar"),
        (float("inf"), "a time beyond the calendar", "a time beyond the calendar"),
    ],
)
def test_a_moment_is_shown_in_utc(seconds: float, day: str, minute: str) -> None:
    assert (as_day(seconds), as_minute(seconds)) == (day, minute)
