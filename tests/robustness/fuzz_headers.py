"""Fuzzing of the headers that determine how long a response is fresh."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random

from matrix_resolve._well_known.http_freshness import MAX_CACHE_CONTROL, freshness_lifetime, retry_after
from matrix_resolve._well_known.lifetimes import CurrentDelegation, FetchResult, current_delegation, next_state
from matrix_resolve.backends.http import HttpResponse
from matrix_resolve.policy import ResolverPolicy
from matrix_resolve.server_name import ServerName

from .fuzz_mutations import hostile_text, maybe_damaged
from .fuzz_target import Target, must

Headers = tuple[tuple[str, str], ...]
Seconds = tuple[float | None, float | None]
NOW, POLICY = 1_800_000_000.0, ResolverPolicy()
_NAME = ServerName.parse("hs.example.net")
_FIELDS = ("Cache-Control", "cache-control", "Expires", "Age", "Date", "Retry-After", "Vary", "\u212aache-control")
_DATED = ("Expires", "Date", "Retry-After")
_DIRECTIVES = ("max-age", "Max-Age", "no-store", "no-cache", "s-maxage", "private", "stale-if-error", "max-age ", "")
_NUMBERS = (
    "0",
    "-1",
    "1.5",
    "1e9",
    "0x10",
    "",
    '"',
    '"60"',
    "60",
    "3600",
    "86400",
    "²",
    "\u0661\u0662",
    "1_0",
    "9" * 5000,
)
_FORMS = (
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d %b %Y %H.%M",
    "%Y-%m-%dT%H:%M:%SZ",
)
_DAYS: Sequence[str] = (
    "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", "Fri, 15 Jan 27 08:00:00 +99999999999",
    "Sat, 30 Feb 2027 25:61:61 GMT", "1 Jan 2027 8:0", "Thu, 01 Jan 1970 00:00:00 GMT", "Jan, 1", "0", "-1", ",", "a:b:c",
)  # fmt: skip


def make_headers(random: Random) -> Headers:
    """Return up to four headers."""
    return tuple(_header(random) for _ in range(1 + int(random.random() * 4)))


def _header(random: Random) -> tuple[str, str]:
    field = random.choice(_FIELDS)
    if random.random() < 0.4:
        return field, _value(random)
    if field in _DATED and random.random() < 0.7:
        return field, maybe_damaged(random, _date(random), 0.2)
    return field, _directive(random) if field.lower() == "cache-control" else _number(random)


def _value(random: Random) -> str:
    kind = random.random()
    if kind < 0.4:
        directives = [_directive(random) for _ in range(1 + int(random.random() * 3))]
        return maybe_damaged(random, random.choice((", ", ",", ";")).join(directives), 0.2)
    if kind < 0.6:
        return _number(random)
    if kind < 0.95:
        return maybe_damaged(random, _date(random), 0.4)
    return hostile_text(random)


def _directive(random: Random) -> str:
    name = random.choice(_DIRECTIVES)
    return f"{name}{random.choice(('=', '=', ' = ', '==', ''))}{_number(random)}" if random.random() < 0.6 else name


def _number(random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(_NUMBERS)
    return str(int(10 ** (random.random() * 20)) - 1)


def _date(random: Random) -> str:
    if random.random() < 0.2:
        return random.choice(_DAYS)
    span = random.choice((100, 100_000, 10**9, 60 * 10**9))
    moment = datetime.fromtimestamp(min(NOW + (random.random() - 0.5) * span, 250e9), UTC)
    if random.random() < 0.5:
        return format_datetime(moment.replace(microsecond=0), usegmt=True)
    return moment.strftime(random.choice(_FORMS))


def read_headers(headers: Headers) -> Seconds:
    """Return the freshness lifetime, and how long to wait before the next request."""
    response = HttpResponse(200, headers)
    return freshness_lifetime(response, now=NOW), retry_after(response, now=NOW)


def check_headers(seconds_of: Callable[[Headers], Seconds], headers: Headers) -> str:
    """Check that the times are finite, not negative, and within the policy, whatever a server sends."""
    lifetime, wait = seconds_of(headers)
    for seconds in (lifetime, wait):
        must(seconds is None or (math.isfinite(seconds) and seconds >= 0), "seconds are finite and not negative")
    fields = [value for name, value in headers if name.lower() == "cache-control"]
    if {"no-store", "no-cache"} & set(fields) and sum(map(len, fields)) < MAX_CACHE_CONTROL - len(fields):
        must(lifetime == 0, "a response with no-store or no-cache is not fresh")
    if not any(name.lower() == "retry-after" for name, _ in headers):
        must(wait is None, "there is a wait only with a Retry-After header")
    _check_delegation(lifetime)
    _check_failure(wait)
    known = "fresh" if lifetime else "stale" if lifetime == 0 else "no lifetime"
    return known if wait is None else f"{known}, wait"


def _check_delegation(lifetime: float | None) -> None:
    event = FetchResult("delegated", _NAME, lifetime=lifetime)
    record = next_state(None, event, now=NOW, random=lambda: 0.5, policy=POLICY)
    shortest = POLICY.well_known_min_ttl * (1 - POLICY.well_known_jitter)
    must(shortest <= record.fresh_until - NOW <= POLICY.well_known_max_ttl, "a delegation lives within the policy")
    must(current_delegation(record, now=NOW, policy=POLICY) is not None, "a delegation is of use at once")


def _check_failure(wait: float | None) -> None:
    event = FetchResult("transient", retry_after=wait)
    record = next_state(None, event, now=NOW, random=lambda: 0.5, policy=POLICY)
    seconds = record.retry_at - NOW
    must(POLICY.well_known_retry_min <= seconds <= POLICY.well_known_retry_max, "a wait is within the policy")
    must(isinstance(current_delegation(record, now=NOW, policy=POLICY), CurrentDelegation), "a failure is remembered")


HEADERS = Target(make_headers, read_headers, check_headers)
