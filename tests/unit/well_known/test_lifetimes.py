"""(state, result, now, random) -> state, and what a state means at a moment: each rule of the policy on lifetimes."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import ResolverPolicy, ServerName
from matrix_resolve._well_known.codec import DelegationState, FetchKind, decode, encode
from matrix_resolve._well_known.lifetimes import FetchResult, current_delegation, next_state, time_to_live

POLICY = ResolverPolicy()
NAME = ServerName.parse("hs.example.net:443")
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
START = 1_800_000_000.0


def delegated(lifetime: float | None = None) -> FetchResult:
    return FetchResult("delegated", NAME, lifetime)


FAILED, ABSENT, INVALID = FetchResult("transient"), FetchResult("absent"), FetchResult("invalid")


def after(*events: tuple[float, FetchResult], random: float = 0.0, policy: ResolverPolicy = POLICY) -> DelegationState:
    """The record after *events*, each at its seconds after the start."""
    record: DelegationState | None = None
    for at, event in events:
        record = next_state(record, event, now=START + at, random=lambda: random, policy=policy)
    if record is None:
        raise ValueError("no events")
    return record


def meaning(record: DelegationState, at: float, policy: ResolverPolicy = POLICY) -> str:
    """What *record* means *at* seconds after the start: ask, a name, nothing, or a stale name."""
    reading = current_delegation(record, now=START + at, policy=policy)
    if reading is None:
        return "ask"
    if reading.delegated is None:
        return "nothing"
    return "stale" if reading.stale else "good"


@pytest.mark.parametrize(
    ("asked", "random", "lifetime"),
    [
        (None, 0.0, DAY),
        (600.0, 0.0, 600.0),
        (0.0, 0.0, 300.0),
        (299.0, 0.0, 300.0),
        (10 * DAY, 0.0, 2 * DAY),
        (None, 0.5, DAY * 0.95),
        (None, 0.999_999, DAY * 0.9),
        (10 * DAY, 0.5, 2 * DAY * 0.95),
    ],
)
def test_a_delegation_lives_between_floor_and_cap_and_jitter_only_shortens(
    asked: float | None, random: float, lifetime: float
) -> None:
    record = after((0, delegated(asked)), random=random)
    assert record.fresh_until - START == pytest.approx(lifetime, abs=0.1)
    assert record.good_until == record.fresh_until + HOUR


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(0, delegated(HOUR))], {0: "good", HOUR - 1: "good", HOUR: "ask"}),
        ([(0, ABSENT)], {0: "nothing", HOUR - 1: "nothing", HOUR: "ask"}),
        ([(0, INVALID)], {0: "nothing", HOUR - 1: "nothing", HOUR: "ask"}),
        ([(0, FAILED)], {0: "nothing", 2 * MINUTE - 1: "nothing", 2 * MINUTE: "ask"}),
        ([(0, FAILED), (120, FAILED)], {120 + 4 * MINUTE - 1: "nothing", 120 + 4 * MINUTE: "ask"}),
        ([(0, delegated(HOUR)), (3_000, FAILED)], {3_000: "good", HOUR - 1: "good", HOUR: "ask"}),
        ([(0, delegated(HOUR)), (3_599, FAILED)], {HOUR - 1: "good", HOUR: "stale", 3_599 + 2 * MINUTE: "ask"}),
        (
            [(0, delegated(HOUR)), (3_600, FAILED)],
            {HOUR: "stale", HOUR + 2 * MINUTE - 1: "stale", HOUR + 2 * MINUTE: "ask"},
        ),
        ([(0, delegated(HOUR)), (3_600, INVALID)], {HOUR: "stale", HOUR + 2 * MINUTE: "ask"}),
        ([(0, delegated(HOUR)), (7_199, FAILED)], {7_199: "stale", 7_200: "nothing"}),
        ([(0, delegated(HOUR)), (7_200, FAILED)], {7_200: "nothing"}),
        ([(0, delegated(HOUR)), (7_200, INVALID)], {7_200: "nothing", 7_200 + HOUR - 1: "nothing"}),
        ([(0, delegated(HOUR)), (10, ABSENT)], {10: "nothing", 10 + HOUR - 1: "nothing"}),
        ([(0, delegated(HOUR)), (10, INVALID)], {10: "good"}),
        ([(0, FAILED), (120, FAILED), (400, delegated(HOUR)), (4_000, FAILED)], {4_000: "stale", 4_120: "ask"}),
        ([(0, FetchResult("transient", retry_after=10))], {119: "nothing", 120: "ask"}),
        ([(0, FetchResult("transient", retry_after=600))], {599: "nothing", 600: "ask"}),
        ([(0, FetchResult("transient", retry_after=DAY))], {HOUR - 1: "nothing", HOUR: "ask"}),
    ],
)
def test_what_a_record_means(events: list[tuple[float, FetchResult]], expected: dict[float, str]) -> None:
    record = after(*events)
    assert {at: meaning(record, at) for at in expected} == expected


def test_waits_double_to_an_hour() -> None:
    waits: list[float] = []
    record: DelegationState | None = None
    at = 0.0
    for _ in range(8):
        record = next_state(record, FAILED, now=START + at, random=lambda: 0.0, policy=POLICY)
        waits.append((record.retry_at - START - at) / MINUTE)
        at = record.retry_at - START
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(
    ("events", "refresh_at"),
    [
        ([(0, delegated(1_000))], 800),
        ([(0, ABSENT)], 2_880),
        ([(0, FAILED)], 120),
        ([(0, delegated(1_000)), (900, FAILED)], 1_020),
        ([(0, delegated(10_000)), (8_000, FAILED)], 8_120),
    ],
)
def test_refresh_ahead(events: list[tuple[float, FetchResult]], refresh_at: float) -> None:
    """In the last fifth, but never before a wait after a failure is over, and never in a wait itself."""
    reading = current_delegation(after(*events), now=START + events[-1][0], policy=POLICY)
    assert reading is not None
    assert reading.refresh_at == pytest.approx(START + refresh_at)


def test_without_stale_grace() -> None:
    policy = ResolverPolicy(stale_if_error=0)
    record = after((0, delegated(HOUR)), (HOUR, FAILED), policy=policy)
    assert meaning(record, HOUR, policy) == "nothing"


@pytest.mark.parametrize(
    ("record", "seconds"),
    [
        (after((0, delegated(HOUR))), 2 * HOUR),
        (after((0, ABSENT)), HOUR),
        (after((0, FAILED)), 2 * MINUTE + HOUR),
    ],
)
def test_a_record_is_kept_until_it_is_of_no_use(record: DelegationState, seconds: float) -> None:
    assert time_to_live(record, now=START, policy=POLICY) == seconds


KINDS: list[FetchKind] = ["delegated", "absent", "invalid", "transient"]
EVENTS = st.builds(
    FetchResult,
    kind=st.sampled_from(KINDS),
    lifetime=st.none() | st.floats(0, 1e9),
    retry_after=st.none() | st.floats(0, 1e9),
).map(lambda event: attrs.evolve(event, delegated=NAME) if event.kind == "delegated" else event)


@given(st.lists(st.tuples(st.floats(0, 1e5), EVENTS), min_size=1, max_size=12), st.floats(0, 0.999))
def test_any_history_keeps_the_rules(history: list[tuple[float, FetchResult]], random: float) -> None:
    """A good delegation outlives failures, lives and waits are bounded, and what is stored is read back as it was."""
    now, record = START, None
    for pause, event in history:
        now += pause
        before = record
        record = next_state(record, event, now=now, random=lambda: random, policy=POLICY)
        if before is not None and event.kind == "transient" and meaning(before, now - START) == "good":
            assert meaning(record, now - START) == "good"
        assert record.retry_at <= now + HOUR
        assert record.fresh_until <= now + 2 * DAY
        assert decode(encode(record), now=now, policy=POLICY) == record
        assert time_to_live(record, now=now, policy=POLICY) > 0


def test_a_thousand_failures_can_still_be_stored() -> None:
    record: DelegationState | None = None
    now = START
    for _ in range(1_001):
        record = next_state(record, FAILED, now=now, random=lambda: 0.0, policy=POLICY)
        now = record.retry_at
    if record is None:
        raise ValueError("no events")
    assert decode(encode(record), now=now, policy=POLICY) == record


def test_a_wait_holds_also_when_the_delegation_ends_within_it() -> None:
    policy = ResolverPolicy(stale_if_error=0)
    record = after((0, delegated(1_000)), (990, FAILED), policy=policy)
    reading = current_delegation(record, now=START + 1_000, policy=policy)
    assert reading is not None
    assert reading.refresh_at == record.retry_at
