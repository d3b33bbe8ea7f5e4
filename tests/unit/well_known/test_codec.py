"""Values from the cache are treated as hostile when they are read."""

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import ResolverPolicy, ServerName
from matrix_resolve._well_known.codec import DelegationState, cache_key, decode, encode
from matrix_resolve.reasons import Reason

SAYS_404 = Reason.of("status", url="https://a.example/", status=404)
NOT_REASONS: list[object] = ["text", 1, {}, [], ["status"], ["status", {}], ["status", []], ["new", {}]]
NESTED: list[object] = [
    "machine-busy",
    {"because": ["machine-busy", {"because": ["machine-busy", {"because": ["not-https", {}]}]}]},
]
NOT_NUMBERS: list[object] = [True, None, float("nan"), float("inf"), 10**10, -(10**3000)]
NOT_SEVERAL_REASONS: list[object] = [{"0": "text"}, {"0": 1}, {"0": {"0": {"0": ["not-https", {}]}}}, ["not-https"]]
NOW, POLICY = 1_800_000_000.0, ResolverPolicy()
NAME = ServerName.parse("hs.example.net:443")
GOOD = DelegationState(
    "delegated", NAME, stored_at=NOW, fresh_until=NOW + 60, good=NAME, good_until=NOW + 90, retry_at=NOW
)
FIELDS: dict[str, object] = json.loads(encode(GOOD))


def read(data: object) -> DelegationState | None:
    return decode(data, now=NOW, policy=POLICY)


def damaged(**changes: object) -> bytes:
    return json.dumps({**FIELDS, **changes}).encode()


def test_a_record_is_read_back_as_it_was() -> None:
    assert read(encode(GOOD)) == GOOD
    absent = DelegationState("absent", None, stored_at=NOW, fresh_until=NOW + 60, retry_at=NOW + 60, reason=SAYS_404)
    assert read(encode(absent)) == absent


DAMAGES: list[object] = [
    None,
    "text",
    5,
    bytearray(encode(GOOD)),
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b"1",
    b'"x"',
    b"[" * 4_000,
    b" " * 5_000,
    encode(GOOD)[:-1],
    encode(GOOD) + b"x",
    *(json.dumps({key: value for key, value in FIELDS.items() if key != missing}).encode() for missing in FIELDS),
    *(damaged(v=version) for version in (0, 1, 3, "2", None, True, 2.0)),
    *(damaged(outcome=outcome) for outcome in ("", "Delegated", None, 1, ["delegated"], "absent")),
    *(damaged(delegated=name) for name in (None, 1, "", "https://x.example", "x.example.", "a b", "127.1", {"a": 1})),
    *(damaged(good=name) for name in (1, "", "[fe80::1%eth0]")),
    *(damaged(stored_at=time) for time in (None, "1", True, -1, NOW + 3_600, 10**400, float("nan"), float("inf"))),
    *(damaged(fresh_until=time) for time in (None, "1", False, -1, NOW + 3 * 86_400, 1e300)),
    *(damaged(good_until=time) for time in (None, NOW + 4 * 86_400, float("-inf"))),
    *(damaged(retry_at=time) for time in (None, NOW + 3 * 86_400)),
    *(damaged(failures=count) for count in (None, -1, 1.5, True, 10**9, "3")),
    *(damaged(reason=reason) for reason in NOT_REASONS),
    damaged(reason=["status", {"url": None, "status": 1}]),
    damaged(reason=["no-answer", {"url": "x", "seconds": "1"}]),
    damaged(reason=["srv-unusable", {"host": "x", "reasons": "y"}]),
    damaged(reason=["srv-unusable", {"host": "x", "reasons": {"0": "y"}, "total": "z"}]),
    damaged(reason=["status", {"code": "status", "url": "x", "status": 1}]),
    damaged(reason=["status", {"url": "x", "status": 1} | {str(number): 1 for number in range(7)}]),
    damaged(reason=NESTED),
    *(damaged(reason=["status", {"url": "x", "status": number}]) for number in NOT_NUMBERS),
    *(damaged(reason=["status", {"url": "x", "status": several}]) for several in NOT_SEVERAL_REASONS),
    damaged(good="other.example.net"),
    damaged(good=None),
]


@pytest.mark.parametrize("data", DAMAGES, ids=range(len(DAMAGES)))
def test_anything_odd_is_a_miss(data: object) -> None:
    assert read(data) is None


ABSENT = DelegationState("absent", None, stored_at=NOW, fresh_until=NOW, retry_at=NOW)
INVALID, FAILED = attrs.evolve(ABSENT, outcome="invalid"), attrs.evolve(ABSENT, outcome="transient", good=NAME)
SKEW = 60.0
DAY, HOUR = 86_400.0, 3_600.0
BOUNDS = [
    (GOOD, "fresh_until", 2 * DAY),
    (GOOD, "good_until", 2 * DAY + HOUR),
    (GOOD, "retry_at", HOUR),
    (FAILED, "fresh_until", HOUR),
    (FAILED, "good_until", HOUR),
    (FAILED, "retry_at", HOUR),
    *((record, field, HOUR) for record in (ABSENT, INVALID) for field in ("fresh_until", "retry_at")),
    *((record, "good_until", 0.0) for record in (ABSENT, INVALID)),
]


@pytest.mark.parametrize(("record", "field", "most"), BOUNDS, ids=lambda value: getattr(value, "outcome", str(value)))
def test_each_outcome_has_bounds_of_its_own(record: DelegationState, field: str, most: float) -> None:
    """One more minute is allowed for the clocks of other workers. Beyond it, the record is a miss; its time is not reduced to the bound."""
    fields: dict[str, object] = json.loads(encode(record))

    def with_time(time: float) -> DelegationState | None:
        return read(json.dumps({**fields, field: time}).encode())

    assert with_time(NOW + most + SKEW) is not None
    assert with_time(NOW + most + SKEW + 1) is None


def test_the_bounds_are_those_of_the_policy() -> None:
    policy = ResolverPolicy(
        well_known_min_ttl=0,
        well_known_max_ttl=100,
        well_known_negative_ttl=10,
        well_known_retry_min=0,
        well_known_retry_max=20,
        stale_if_error=5,
    )
    for record, field, most in (
        (GOOD, "fresh_until", 100),
        (GOOD, "good_until", 105),
        (ABSENT, "retry_at", 10),
        (FAILED, "retry_at", 20),
        (FAILED, "good_until", 5),
    ):
        for more, is_read in ((0, True), (1, False)):
            data = {**json.loads(encode(record)), field: NOW + most + SKEW + more}
            assert (decode(json.dumps(data).encode(), now=NOW, policy=policy) is not None) is is_read


@pytest.mark.parametrize("record", [ABSENT, INVALID])
def test_only_a_failure_keeps_a_delegation_of_before(record: DelegationState) -> None:
    assert read(encode(record)) == record
    assert read(encode(attrs.evolve(record, good=NAME))) is None
    assert read(encode(attrs.evolve(record, outcome="transient", good=NAME))) is not None


def test_control_characters_of_a_reason_cannot_reach_a_terminal() -> None:
    record = read(damaged(reason=["status", {"url": "\x1b[31mred\n", "status": 404}]))
    assert record is not None
    assert str(record.reason).startswith(r"\x1b[31mred\n ")
    assert str(record.reason).isprintable()


REASONS = [
    SAYS_404,
    Reason.of(
        "redirect-refused", url="https://a.example/", location="http://b.example/", because=Reason.of("not-https")
    ),
    Reason.of("too-many-addresses", host="a.example", reasons=(SAYS_404, SAYS_404), total=5),
    Reason.of("no-answer", url="https://a.example/", seconds=2.5),
]


@pytest.mark.parametrize("reason", REASONS, ids=[reason.code for reason in REASONS])
def test_a_reason_is_read_back_as_it_was(reason: Reason) -> None:
    record = read(encode(attrs.evolve(GOOD, reason=reason)))
    assert record is not None
    assert record.reason == reason


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    assert read(data) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), st.lists, max_leaves=5
)


@given(st.dictionaries(st.sampled_from(list(FIELDS)), JSON, min_size=1))
def test_no_values_break_it(changes: dict[str, object]) -> None:
    record = read(damaged(**changes))
    assert record is None or record.fresh_until <= NOW + POLICY.well_known_max_ttl + 60


def test_keys_are_short_and_ascii() -> None:
    assert cache_key("example.org") == "matrix-resolve:2:well-known:example.org"
    long = ".".join(["a" * 62] * 4)
    assert len(cache_key(long)) <= 200
    assert cache_key(long) != cache_key(long[1:] + "b")
    assert cache_key(long).isascii()


@pytest.mark.parametrize("texts", [1, 3, 30])
def test_a_long_reason_never_makes_a_record_too_large_to_be_read(texts: int) -> None:
    reasons = tuple(Reason.of("status", url="\U0001f984" * 400, status=404) for _ in range(texts))
    record = read(encode(attrs.evolve(GOOD, reason=Reason.of("too-many-addresses", host="a.example", reasons=reasons))))
    assert record is not None
    assert (record.reason is None) == (texts == 30)
