"""Checks of the arguments of `FederationTransport`."""

import httpx

from .._util.argument_checks import Number, shown

_TOTAL = Number("number of seconds", 0.01, 86_400, or_none=True)
_COUNT = Number("integer", 0, 1_000_000, or_none=True)
_EXPIRY = Number("number of seconds", 0, 86_400, or_none=True)


def checked_total_timeout(seconds: float | None) -> float | None:
    """Return *seconds* if it is None or a number from 0.01 to 86,400."""
    _TOTAL.check("total_timeout", seconds)
    return seconds


def checked_limits(limits: httpx.Limits) -> httpx.Limits:
    """Return *limits* if they are valid; httpx itself accepts anything.

    Raises:
        TypeError: If *limits* is not an `httpx.Limits`, or one of its limits is not a number.
        ValueError: If one of its limits is out of range.
    """
    if not isinstance(limits, httpx.Limits):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise TypeError(f"limits is {shown(limits)}; pass an httpx.Limits")
    _COUNT.check("limits.max_connections", limits.max_connections)
    _COUNT.check("limits.max_keepalive_connections", limits.max_keepalive_connections)
    _EXPIRY.check("limits.keepalive_expiry", limits.keepalive_expiry)
    return limits
