"""How long an HTTP response is fresh: the subset of RFC 9111 that a private cache of one small resource needs.

This module only reads the headers. `lifetimes` applies the minimum, the maximum and the jitter of the policy.
Source: RFC 9111 sections 4.2 and 5.2.2; RFC 9110 section 10.2.3 (Retry-After) and 5.6.7 (dates).
"""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from ..backends.http import HttpResponse

MAX_CACHE_CONTROL = 1_000
"""Characters that are read of all Cache-Control headers together. Large sites send 50 to 100 characters."""
MAX_DIRECTIVES = 64
"""List elements that are read of these headers, including empty ones. RFC 9111 defines a dozen directives."""
_MAX_VALUE = 100  # characters: a date has at most 33
_MAX_VALUES = 8  # values that are read of a header that should occur once
_DELTA_SECONDS = re.compile(r'"?([0-9]+)"?')
_MAX_SECONDS = 2**31  # RFC 9111, 1.2.2: a recipient may use this value instead of a larger one


def freshness_lifetime(response: HttpResponse, *, now: float) -> float | None:
    """Return the seconds for which the response stays fresh from now, or None if no header says anything.

    ``no-store`` and ``no-cache`` mean 0. ``max-age`` takes precedence over ``Expires``. A value that cannot be parsed, or is longer than any
    date or number, counts as already stale. Only the Cache-Control directives of `cache_control_directives` count.

    Args:
        response: Only its headers are read.
        now: Wall-clock seconds, used if there is no Date header.
    """
    directives = _cache_control(response)
    if "no-store" in directives or "no-cache" in directives:
        return 0.0
    if "max-age" in directives:
        return max(0.0, _max_age(directives["max-age"]) - _age(response))
    expires = _values(response, "expires")
    if not expires:
        return None
    at = _http_date(expires[0])
    if at is None:
        return 0.0
    date = next((moment for moment in map(_http_date, _values(response, "date")) if moment is not None), now)
    return max(0.0, at - date - _age(response))


def retry_after(response: HttpResponse, *, now: float) -> float | None:
    """Return how many seconds to wait according to a Retry-After header, or None."""
    for value in _values(response, "retry-after"):
        seconds = _delta_seconds(value)
        if seconds is not None:
            return seconds
        at = _http_date(value)
        if at is not None:
            return max(0.0, at - now)
    return None


def cache_control_directives(response: HttpResponse) -> tuple[list[str], bool]:
    """Return the Cache-Control directives that are read, and whether others were cut off.

    At most `MAX_DIRECTIVES` are read, within the first `MAX_CACHE_CONTROL` characters of the headers joined by commas. The text is cut at a
    comma, so that a partial directive is not read as a different one (``max-age=3600`` as ``max-age=3``).
    """
    text, is_cut = "", False
    for value in response.values("cache-control"):
        text = f"{text},{value[: MAX_CACHE_CONTROL + 1]}" if text else value[: MAX_CACHE_CONTROL + 1]
        if len(text) > MAX_CACHE_CONTROL:
            text, is_cut = text[: MAX_CACHE_CONTROL + 1].rpartition(",")[0], True
            break
    *directives, rest = text.split(",", MAX_DIRECTIVES)
    return (directives, True) if len(directives) == MAX_DIRECTIVES else ([*directives, rest], is_cut)


def _cache_control(response: HttpResponse) -> dict[str, list[str]]:
    """Return all arguments of each directive, by its lower-case name."""
    directives: dict[str, list[str]] = {}
    for directive in cache_control_directives(response)[0]:
        name, _, argument = directive.partition("=")
        directives.setdefault(name.strip().lower(), []).append(argument.strip())
    return directives


def _max_age(arguments: list[str]) -> float:
    """Return the value of max-age. Several different values, or one that is not a number, count as stale (RFC 9111, 4.2.1)."""
    seconds = {_delta_seconds(argument) for argument in arguments}
    only = seconds.pop()
    return 0.0 if seconds or only is None else only


def _age(response: HttpResponse) -> float:
    return next((age for age in map(_delta_seconds, _values(response, "age")) if age is not None), 0.0)


def _values(response: HttpResponse, name: str) -> list[str]:
    """Return the values of a header that should occur once. A value longer than any date or number is replaced by an invalid one."""
    return [value if len(value) <= _MAX_VALUE else "" for value in response.values(name)[:_MAX_VALUES]]


def _delta_seconds(text: str) -> float | None:
    match = _DELTA_SECONDS.fullmatch(text)
    if match is None:
        return None
    digits = match[1].lstrip("0")
    return float(min(int(digits[:11] or "0"), _MAX_SECONDS))


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
