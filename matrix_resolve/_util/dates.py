"""Dates and times as strings, in UTC."""

from datetime import UTC, datetime

_NO_DATE = "a time beyond the calendar"  # a certificate or a document may contain any number of seconds


def as_day(seconds: float) -> str:
    """Return a Unix time as a date."""
    return _formatted(seconds, "%Y-%m-%d")


def as_minute(seconds: float) -> str:
    """Return a Unix time as a date with hours and minutes."""
    return _formatted(seconds, "%Y-%m-%d %H:%M UTC")


def _formatted(seconds: float, form: str) -> str:
    try:
        return format(datetime.fromtimestamp(seconds, UTC), form)
    except (ValueError, OverflowError, OSError):
        return _NO_DATE
