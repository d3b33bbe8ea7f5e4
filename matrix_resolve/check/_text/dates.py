"""Times as dates."""

from datetime import UTC, datetime


def date_and_time(seconds: float) -> str:
    """Return a time to the minute, as far as the calendar goes."""
    return _formatted(seconds, "%Y-%m-%d %H:%M UTC")


def day(seconds: float) -> str:
    """Return the day of a time, as far as the calendar goes."""
    return _formatted(seconds, "%Y-%m-%d")


def _formatted(seconds: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(form)
    except (ValueError, OverflowError, OSError):
        return "a time beyond the calendar"
