"""How long a delegation may be used: (state, result, now, random) -> state, and what a state means now.

Nothing here waits or asks. The rules, each a line of `ResolverPolicy`:

* A delegation lives as long as its headers say, between floor and cap, shortened by up to the jitter.
* Absent (404, 410) and invalid answers live for a fixed time. Invalid right after a good delegation is a captcha page, not a decision: it
  counts as transient.
* A transient failure never shortens the life of a good delegation. Past that life it keeps the delegation, marked stale, for a while more,
  and the waits between requests double. Absent ends a delegation at once.
* In the last part of its life an answer that is used is asked for again.

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

_ENOUGH_FAILURES = 32  # the waits are at their longest since long


@attrs.frozen
class FetchResult:
    """The result of one request for a well-known document.

    Attributes:
        kind: What the response says, or that there is none.
        delegated: The name in ``m.server``, for ``"delegated"``.
        lifetime: Freshness lifetime by the headers, in seconds, or None.
        retry_after: What a Retry-After header asked for, in seconds, or None.
        reason: Why it is of this kind; None for a delegation with nothing remarkable.
        private: True if our own DNS answers or address policy decided the result. It must not be stored where other workers read it.
        trouble: Why the host was not asked, in which case the event is private: ``"dns"`` (no answer), ``"machine"`` (this machine could not
            connect), ``"late"`` (the request ran out of time) or ``"busy"`` (it waited too long for a slot).
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
        delegated: The delegated name, or None: go on with step 4.
        expires_at: Until when this may be used without asking.
        refresh_at: From when it should be asked for again in the background.
        stale: True if the delegation is used beyond its lifetime.
        outcome: The state's.
        reason: The state's.
        degraded: True if the host was not asked, for a reason unrelated to it. Results based on this must be short-lived.
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
        state: What was known before, or None.
        result: What the request came to.
        now: Wall-clock seconds.
        random: Gives floats from 0 up to, but not including, 1; used for the jitter.
        policy: The lifetimes.
    """
    if result.kind == "delegated":
        return _after_delegation(result, now, random, policy)
    has_good = state is not None and state.good is not None and now < state.good_until
    if result.kind == "transient" or (result.kind == "invalid" and has_good):
        return _after_failure(state if state is not None else _NOTHING, result, now, policy)
    until = now + policy.well_known_absent
    return DelegationState(result.kind, None, stored_at=now, fresh_until=until, retry_at=until, reason=result.reason)


def _after_delegation(
    result: FetchResult, now: float, random: Callable[[], float], policy: ResolverPolicy
) -> DelegationState:
    asked = policy.well_known_default if result.lifetime is None else result.lifetime
    lifetime = min(max(asked, policy.well_known_min), policy.well_known_max)
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
    """Return the seconds until *state* is of no use any more, including stale time and the memory of failures."""
    remembered = state.retry_at + policy.well_known_retry_max if state.failures else state.retry_at
    return max(state.fresh_until, state.good_until, remembered) - now
