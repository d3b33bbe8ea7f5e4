"""Fuzzing of the values that a cache returns."""

import json
import math
from collections.abc import Callable, Sequence
from random import Random

import attrs

from matrix_resolve._well_known.codec import DelegationState, decode, encode
from matrix_resolve._well_known.lifetimes import FetchResult, current_delegation, next_state, time_to_live
from matrix_resolve.policy import ResolverPolicy
from matrix_resolve.server_name import ServerName

from .fuzz_mutations import damaged, damaged_bytes, hostile_text
from .fuzz_names import make_server_name, make_valid_name
from .fuzz_target import Target, must

Decode = Callable[..., DelegationState | None]
NOW, POLICY = 1_800_000_000.0, ResolverPolicy()
_OUTCOMES = ("delegated", "absent", "invalid", "transient")
_TIMES: Sequence[object] = (
    0,
    -1,
    NOW,
    NOW + 60,
    NOW + 61,
    NOW + 172_860,
    NOW + 1e9,
    1e308,
    10**400,
    math.nan,
    math.inf,
    -0.0,
    True,
    None,
    "1",
)
_ODD: Sequence[object] = (
    None,
    True,
    False,
    0,
    1,
    1000,
    1001,
    -1,
    1.5,
    "",
    "1",
    [],
    {},
    [1],
    {"v": 2},
    10**30,
    math.nan,
    "delegated",
    "\ud800",
    "\0",
)
_SKEW = 60.0
_MOST_OF_A_SENTENCE = 3000
_MOST_DAMAGE = 4200  # a little more than is read


def make_data(random: Random) -> bytes:
    """Return a stored record, or one that was changed on purpose or damaged at random."""
    kind = random.random()
    if kind < 0.03:
        return random.randbytes(int(random.random() * 60))
    if kind < 0.05:
        return b"[" * int(random.random() * _MOST_DAMAGE)
    fields = _fields(random)
    for _ in range(int(random.random() * 3)):
        _change(random, fields)
    text = json.dumps(fields, ensure_ascii=random.random() < 0.8)
    if random.random() < 0.1:
        text = damaged(random, text)
    data = text.encode("utf-16" if random.random() < 0.02 else "utf-8", "replace")
    return damaged_bytes(random, data) if random.random() < 0.15 else data


def _fields(random: Random) -> dict[str, object]:
    outcome = random.choice(_OUTCOMES)
    name = make_valid_name(random)
    fresh, good, _ = _longest(outcome)
    keeps_name = outcome == "delegated" or (outcome == "transient" and random.random() < 0.7)
    return {
        "v": 2,
        "outcome": outcome,
        "delegated": name if outcome == "delegated" else None,
        "stored_at": NOW - random.random() * 1e5,
        "fresh_until": NOW + random.random() * fresh - 1000,
        "good": name if keeps_name else None,
        "good_until": NOW + random.random() * good - 1000,
        "failures": int(random.random() * 40),
        "retry_at": NOW + random.random() * 3600 - 1000,
        "reason": _reason(random),
    }


def _reason(random: Random) -> object:
    url = hostile_text(random, 300) if random.random() < 0.2 else "https://a.example"
    status: list[object] = ["status", {"url": url, "status": 404}]
    kind = random.random()
    if kind < 0.1:
        return None
    return status if kind < 0.7 else ["too-many-addresses", {"host": url, "reasons": {"0": status}, "total": 7}]


def _change(random: Random, fields: dict[str, object]) -> None:
    key = random.choice(list(fields)) if fields else "v"
    change = random.random()
    if change < 0.1:
        fields.pop(key, None)
    elif change < 0.2:
        fields[hostile_text(random, 5)] = random.choice(_ODD)
    elif key in {"delegated", "good"} and change < 0.7:
        fields[key] = make_server_name(random)
    else:
        fields[key] = random.choice(_TIMES if key.endswith(("_at", "_until")) and change < 0.8 else _ODD)


def check_data(read_back: Decode, data: bytes) -> str:
    """Check that a record is valid, survives being stored again and has a sane meaning, or is a cache miss."""
    record = read_back(data, now=NOW, policy=POLICY)
    if record is None:
        return "miss"
    _check_fields(record)
    stored = encode(record)
    again = read_back(stored, now=NOW, policy=POLICY)
    must(
        again is not None and _without_reason(again) == _without_reason(record), "a record survives being stored again"
    )
    must(again is None or encode(again) == stored, "a record that is stored again does not change")
    _check_meaning(record)
    return record.outcome


def _without_reason(record: DelegationState) -> DelegationState:
    """A text may get longer by its escapes, and is cut when it is stored again."""
    return attrs.evolve(record, reason=None)


def _check_fields(record: DelegationState) -> None:
    must(record.outcome in _OUTCOMES, "an outcome is one of four")
    must((record.outcome == "delegated") == (record.delegated is not None), "a delegation has a name")
    for name in (record.delegated, record.good):
        must(name is None or (type(name) is ServerName and ServerName.parse(str(name)) == name), "a name is valid")
    fresh, good, retry = _longest(record.outcome)
    bounds = ((record.stored_at, 0.0), (record.fresh_until, fresh), (record.good_until, good), (record.retry_at, retry))
    for moment, most in bounds:
        must(type(moment) is float and 0 <= moment <= NOW + most + _SKEW, "a time is within the policy")
    must(type(record.failures) is int and 0 <= record.failures <= 1000, "failures are counted")
    sentence = "" if record.reason is None else str(record.reason)
    must(
        sentence.isprintable() and len(sentence) <= _MOST_OF_A_SENTENCE, "a sentence is printable and of bounded length"
    )


def _longest(outcome: str) -> tuple[float, float, float]:
    """Return how far ahead a record, a good delegation and a wait can end at most."""
    if outcome == "delegated":
        return POLICY.well_known_max_ttl, POLICY.well_known_max_ttl + POLICY.stale_if_error, POLICY.well_known_retry_max
    if outcome == "transient":
        return POLICY.well_known_retry_max, POLICY.stale_if_error, POLICY.well_known_retry_max
    return POLICY.well_known_negative_ttl, 0.0, POLICY.well_known_negative_ttl


def _check_meaning(record: DelegationState) -> None:
    reading = current_delegation(record, now=NOW, policy=POLICY)
    latest = NOW + POLICY.well_known_max_ttl + _SKEW
    must(reading is None or NOW < reading.expires_at <= latest, "what a record says ends in time")
    must(math.isfinite(time_to_live(record, now=NOW, policy=POLICY)), "a record may be stored again for a finite time")
    after = next_state(record, FetchResult("transient"), now=NOW, random=lambda: 0.5, policy=POLICY)
    must(after.retry_at <= NOW + POLICY.well_known_retry_max, "after a failure the host is asked again in time")
    later = current_delegation(after, now=NOW, policy=POLICY)
    must(later is None or later.expires_at <= latest, "a failure does not lengthen a delegation")


RECORDS = Target(make_data, decode, check_data)
