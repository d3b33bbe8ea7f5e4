"""How long a delegation may be used: the next state after a fetch, and what a state means at one moment.

This module does no IO. `ResolverPolicy` sets the times in these rules:

* A delegation lives as long as its headers say, between a minimum and a maximum, shortened by a random jitter.
* Absent (404, 410) and invalid documents are remembered for a fixed time. An invalid document right after a valid delegation is probably an
  error or captcha page, so it counts as a transient failure.
* A transient failure never shortens the lifetime of a valid delegation. After that lifetime, the delegation is used for some more time and is
  marked as stale, and the waits between requests double. An absent document ends a delegation at once.
* An answer that is used in the last part of its lifetime is refreshed in the background.

Source: Matrix Server-Server API, "Resolving server names", step 3 (24 h, 48 h, 1 h, back-off); RFC 5861, section 4 (stale-if-error).
"""

from collections.abc import Callable
from typing import Literal

import attrs

from ..policy import ResolverPolicy, refresh_point
from ..reasons import Reason
from ..server_name import ServerName
from .codec import DelegationState, FetchKind

Trouble = Literal["dns", "machine", "late", "busy"]

_ENOUGH_FAILURES = 32  # by then, the wait has reached its maximum


@attrs.frozen
class FetchResult:
    """The result of fetching a well-known document once.

    Attributes:
        kind: What the response means; ``"transient"`` if there is no response.
        delegated: The name in ``m.server``, for ``"delegated"``.
        lifetime: Freshness lifetime according to the headers, in seconds, or None.
        retry_after: How long to wait according to the Retry-After header, in seconds, or None.
        reason: The reason for this kind, or None for a delegation without a warning.
        private: True if our own DNS answers or address policy determined the result. It must not be stored where other workers read it.
        trouble: Why no request was made, or None. Such a result is private. ``"dns"``: no DNS answer; ``"machine"``: this machine could not
            connect; ``"late"``: the time was over before the request; ``"busy"``: the request waited too long for a slot.
    """

    kind: FetchKind
    delegated: ServerName | None = None
    lifetime: float | None = None
    retry_after: float | None = None
    reason: Reason | None = None
    private: bool = False
    trouble: Trouble | None = None


@attrs.frozen
class CurrentDelegation:
    """What a state means at one moment.

    Attributes:
        delegated: The delegated name, or None to continue with step 4.
        expires_at: The time until which this may be used without a request.
        refresh_at: The time at which this becomes due for refresh.
        stale: True if the delegation is used beyond its lifetime.
        outcome: The outcome of the state.
        reason: The reason of the state.
        degraded: True if no request was made, for a reason unrelated to the host. Results based on this must be short-lived.
    """

    delegated: ServerName | None
    expires_at: float
    refresh_at: float
    stale: bool
    outcome: FetchKind
    reason: Reason | None
    degraded: bool = False


def next_state(
    state: DelegationState | None,
    result: FetchResult,
    *,
    now: float,
    random: Callable[[], float],
    policy: ResolverPolicy,
) -> DelegationState:
    """Return the state after *result*.

    Args:
        state: The previous state, or None.
        result: The result of the fetch.
        now: The time, in seconds.
        random: Returns floats from 0 up to, but not including, 1, for the jitter.
        policy: The lifetimes.
    """
    if result.kind == "delegated":
        return _after_delegation(result, now, random, policy)
    has_good = state is not None and state.good is not None and now < state.good_until
    if result.kind == "transient" or (result.kind == "invalid" and has_good):
        return _after_failure(state if state is not None else _NOTHING, result, now, policy)
    until = now + policy.well_known_negative_ttl
    return DelegationState(result.kind, None, stored_at=now, fresh_until=until, retry_at=until, reason=result.reason)


def _after_delegation(
    result: FetchResult, now: float, random: Callable[[], float], policy: ResolverPolicy
) -> DelegationState:
    asked = policy.well_known_default_ttl if result.lifetime is None else result.lifetime
    lifetime = min(max(asked, policy.well_known_min_ttl), policy.well_known_max_ttl)
    until = now + lifetime * (1 - policy.well_known_jitter * random())
    return DelegationState(
        "delegated",
        result.delegated,
        stored_at=now,
        fresh_until=until,
        good=result.delegated,
        good_until=until + policy.stale_if_error,
        retry_at=now,
        reason=result.reason,
    )


def _after_failure(state: DelegationState, result: FetchResult, now: float, policy: ResolverPolicy) -> DelegationState:
    failures = min(state.failures + 1, _ENOUGH_FAILURES)
    doubled = policy.well_known_retry_min * 2.0 ** (failures - 1)
    retry_at = now + min(max(doubled, result.retry_after or 0.0), policy.well_known_retry_max)
    if state.outcome == "delegated" and now < state.fresh_until:
        return attrs.evolve(state, failures=failures, retry_at=retry_at)
    usable = state.good if now < state.good_until else None
    return DelegationState(
        "transient",
        None,
        stored_at=now,
        fresh_until=retry_at,
        good=usable,
        good_until=state.good_until if usable else 0.0,
        failures=failures,
        retry_at=retry_at,
        reason=result.reason,
    )


_NOTHING = DelegationState("transient", None, stored_at=0.0, fresh_until=0.0)


def current_delegation(state: DelegationState, *, now: float, policy: ResolverPolicy) -> CurrentDelegation | None:
    """Return what *state* means now, or None if the document has to be requested."""
    if state.outcome == "delegated" and now < state.fresh_until:
        refresh_at = max(refresh_point(state.stored_at, state.fresh_until, policy), state.retry_at)
        return CurrentDelegation(
            state.delegated, state.fresh_until, refresh_at, stale=False, outcome="delegated", reason=state.reason
        )
    if now >= state.retry_at:
        return None
    if state.good is not None and now < state.good_until:
        until = min(state.retry_at, state.good_until)
        return CurrentDelegation(state.good, until, until, stale=True, outcome=state.outcome, reason=state.reason)
    may_refresh = not state.failures
    refresh_at = refresh_point(state.stored_at, state.fresh_until, policy) if may_refresh else state.retry_at
    return CurrentDelegation(None, state.retry_at, refresh_at, stale=False, outcome=state.outcome, reason=state.reason)


def time_to_live(state: DelegationState, *, now: float, policy: ResolverPolicy) -> float:
    """Return the seconds until *state* is no longer needed, neither as a stale delegation nor to remember failures."""
    remembered = state.retry_at + policy.well_known_retry_max if state.failures else state.retry_at
    return max(state.fresh_until, state.good_until, remembered) - now
