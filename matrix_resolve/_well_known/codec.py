"""The state of a delegation, and how a cache stores it: one record of versioned JSON for each hostname.

A cache may be shared, old, damaged or controlled by somebody else, so its content is not trusted: the size, the types, the grammar of names and
the limits of times are checked each time, and anything invalid is a miss. A valid state is used: anyone who can write to the cache controls where
a server name is delegated to, though for no longer than the policy allows.

A state with a time beyond its limit is a miss; the time is not reduced to the limit. The limits move with the current time, so a state that was
reduced at each read would never expire. A miss costs one request, which replaces the state.
"""

import hashlib
import json
import math
from typing import Literal, cast, get_args

import attrs

from .._util.escaping import printable, shortened
from ..backends.cache import MAX_VALUE_BYTES
from ..errors import InvalidServerName
from ..policy import ResolverPolicy
from ..reasons import SENTENCES, Fact, Reason
from ..server_name import ServerName

FetchKind = Literal["delegated", "absent", "invalid", "transient"]

_OUTCOMES: tuple[FetchKind, ...] = get_args(FetchKind)
_VERSION = 2  # the version is also in the key, so workers with different versions do not replace each other's records
_PREFIX = "matrix-resolve:2:well-known:"
_MAX_KEY = 200
_MAX_REASON = 2_500  # bytes of a reason in JSON, so that a record is never too large to be read
_TEXT_LENGTHS = (
    200,
    40,
)  # characters of each string in a reason: the shorter length is used if the longer one does not fit
_MAX_DEPTH = 3  # of reasons within reasons
_MAX_FACTS = 8  # of a reason
_MAX_NUMBER = 1e9  # in a reason: statuses, limits, counts and seconds
_MAX_FAILURES = 1000
_CLOCK_SKEW = 60.0  # seconds by which the clocks of workers that share a cache may differ


@attrs.frozen(weakref_slot=False)
class DelegationState:
    """The result of fetching a hostname's well-known document, and how long it may be used. In a shared cache, times are wall-clock seconds.

    Attributes:
        outcome: The kind of the last result that counts.
        delegated: The name in ``m.server``; None unless the outcome is ``"delegated"``.
        stored_at: The time at which that result arrived.
        fresh_until: The time until which that result may be used.
        good: The last valid delegation, which may be used while requests fail, or None.
        good_until: The time until which *good* may be used.
        failures: Consecutive transient failures since the last valid delegation.
        retry_at: The document is not requested again before this time.
        reason: The reason for the outcome, or None for a delegation without a warning.
    """

    outcome: FetchKind
    delegated: ServerName | None
    stored_at: float
    fresh_until: float
    good: ServerName | None = None
    good_until: float = 0.0
    failures: int = 0
    retry_at: float = 0.0
    reason: Reason | None = None


def shifted(state: DelegationState, seconds: float) -> DelegationState:
    """Return *state* with *seconds* added to all its times, to convert between clocks."""
    if not seconds:
        return state
    times = (state.stored_at, state.fresh_until, state.good_until, state.retry_at)
    stored_at, fresh_until, good_until, retry_at = (max(0.0, time + seconds) for time in times)
    return attrs.evolve(state, stored_at=stored_at, fresh_until=fresh_until, good_until=good_until, retry_at=retry_at)


def cache_key(hostname: str) -> str:
    """Return the cache key for *hostname* (lower case): ASCII and at most 200 characters."""
    key = _PREFIX + hostname
    return key if len(key) <= _MAX_KEY else _PREFIX + hashlib.sha256(hostname.encode()).hexdigest()


def encode(state: DelegationState) -> bytes:
    """Return *state* as JSON."""
    fields = attrs.asdict(state, recurse=False)
    fields["reason"] = None if state.reason is None else _short_enough(state.reason)
    return json.dumps({"v": _VERSION, **fields}, separators=(",", ":")).encode("ascii")


def decode(data: object, *, now: float, policy: ResolverPolicy) -> DelegationState | None:
    """Return the state in *data*, or None for anything that this library would not have written.

    Args:
        data: The value from the cache.
        now: Wall-clock seconds.
        policy: Its longest lifetimes for an outcome limit the times in the state.
    """
    if not isinstance(data, bytes) or len(data) > MAX_VALUE_BYTES:
        return None
    try:
        return _read(json.loads(data), now, policy)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, InvalidServerName):
        return None


def _read(fields: dict[str, object], now: float, policy: ResolverPolicy) -> DelegationState | None:
    outcome = _outcome(fields["outcome"])
    fresh, good, retry = _longest(outcome, policy)
    state = DelegationState(
        outcome=outcome,
        delegated=_name(fields["delegated"]),
        stored_at=_time(fields["stored_at"], latest=now),
        fresh_until=_time(fields["fresh_until"], latest=now + fresh),
        good=_name(fields["good"]),
        good_until=_time(fields["good_until"], latest=now + good),
        failures=_count(fields["failures"]),
        retry_at=_time(fields["retry_at"], latest=now + retry),
        reason=None if fields["reason"] is None else _reason(fields["reason"]),
    )
    return state if _count(fields["v"]) == _VERSION and _is_consistent(state) else None


def _longest(outcome: FetchKind, policy: ResolverPolicy) -> tuple[float, float, float]:
    """Return how many seconds in the future ``fresh_until``, ``good_until`` and ``retry_at`` can be when a state is written."""
    if outcome == "delegated":
        return policy.well_known_max_ttl, policy.well_known_max_ttl + policy.stale_if_error, policy.well_known_retry_max
    if outcome == "transient":  # not written before the end of a delegation's lifetime
        return policy.well_known_retry_max, policy.stale_if_error, policy.well_known_retry_max
    return policy.well_known_negative_ttl, 0.0, policy.well_known_negative_ttl


def _is_consistent(state: DelegationState) -> bool:
    """Return whether the names match the outcome: only a transient failure keeps an earlier delegation."""
    if state.outcome == "delegated":
        return state.delegated is not None and state.good == state.delegated
    return state.delegated is None and (state.good is None or state.outcome == "transient")


def _outcome(value: object) -> FetchKind:
    for outcome in _OUTCOMES:
        if value == outcome:
            return outcome
    raise ValueError(value)


def _name(value: object) -> ServerName | None:
    return None if value is None else ServerName.parse(_text(value))


def _short_enough(reason: Reason) -> object:
    """Return *reason* as JSON-compatible values of at most `_MAX_REASON` bytes, or None if it is too long."""
    for length in _TEXT_LENGTHS:
        written = _written(reason, length)
        if len(json.dumps(written)) <= _MAX_REASON:
            return written
    return None


def _written(fact: Fact, length: int) -> object:
    """Return a fact as JSON-compatible values: a reason as a list of its code and its facts, a tuple as an object."""
    if isinstance(fact, Reason):
        return [fact.code, {name: _written(value, length) for name, value in fact.facts}]
    if isinstance(fact, tuple):
        return {str(index): _written(each, length) for index, each in enumerate(fact)}
    return shortened(fact, limit=length) if isinstance(fact, str) else fact


def _reason(value: object, depth: int = 1) -> Reason:
    if not isinstance(value, list) or depth > _MAX_DEPTH:
        raise TypeError(depth)
    code, facts = cast("list[object]", value)
    if code not in SENTENCES or not isinstance(facts, dict):
        raise ValueError(code)
    named = cast("dict[str, object]", facts)
    reason = Reason.of(_text(code), **{name: _fact(fact, depth) for name, fact in _few(named).items()})
    str(reason)  # raises if it lacks a fact
    return reason


def _fact(value: object, depth: int) -> Fact:
    """Return a fact: a text, a number, a reason or several reasons."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        several = cast("dict[str, object]", value)
        return tuple(_reason(each, depth + 1) for each in _few(several).values())
    if isinstance(value, int | float):
        return _number(value)
    return _reason(value, depth + 1)


def _number(value: float) -> int | float:
    """Return *value* unless it is a boolean, ``NaN``, infinite, or an integer of thousands of digits."""
    if isinstance(value, bool) or not abs(value) <= _MAX_NUMBER:
        raise ValueError(type(value))
    return value


def _few(facts: dict[str, object]) -> dict[str, object]:
    if len(facts) > _MAX_FACTS:
        raise ValueError(len(facts))
    return facts


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_FAILURES:
        raise ValueError(value)
    return value


def _time(value: object, *, latest: float) -> float:
    if type(value) not in {int, float} or not isinstance(value, int | float):
        raise TypeError(value)
    if not math.isfinite(value) or not 0 <= value <= latest + _CLOCK_SKEW:
        raise ValueError(value)
    return float(value)
