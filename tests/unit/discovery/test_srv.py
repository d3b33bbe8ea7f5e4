"""SRV records: which ones can be used, and the order of RFC 2782."""

from collections import Counter
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve.backends.dns import SrvRecord
from matrix_resolve.discovery.srv import classify_srv_records, order_by_rfc_2782
from matrix_resolve.reasons import Reason


def _record(target: str, *, port: int = 443, priority: int = 0, weight: int = 0) -> SrvRecord:
    return SrvRecord(priority, weight, port, target)


def _address(target: str) -> Reason:
    return Reason.of("srv-target-is-an-address", target=target, port=443)


def _no_hostname(target: str) -> Reason:
    return Reason.of("srv-target-not-a-hostname", target=target, port=443)


def _port(target: str, port: int) -> Reason:
    return Reason.of("srv-port-not-valid", target=target, port=port)


@attrs.frozen
class Judged:
    """The records, the targets that are kept, and the reasons why the others are not."""

    records: list[SrvRecord]
    kept: list[str] = attrs.Factory(list[str])
    skipped: list[Reason] = attrs.Factory(list[Reason])
    found: bool = True
    provided: bool = True
    beyond_limit: int = 0


JUDGED: dict[str, Judged] = {
    "no record": Judged([], found=False),
    "one": Judged([_record("t1.example.com")], ["t1.example.com"]),
    "final dot and case": Judged([_record("T1.Example.COM.")], ["t1.example.com"]),
    "duplicates after that": Judged([_record("T1.example.com."), _record("t1.example.com")], ["t1.example.com"]),
    "not duplicates": Judged(
        [_record("a"), _record("a", port=1), _record("a", weight=1), _record("a", priority=1)], ["a", "a", "a", "a"]
    ),
    "underscore": Judged([_record("_t_1.example.com")], ["_t_1.example.com"]),
    "only the root": Judged([_record(".")], provided=False),
    "only the root, as some backends write it": Judged([_record("")], provided=False),
    "the root twice": Judged([_record("."), _record(".", priority=5)], provided=False),
    "the root among others": Judged([_record("."), _record("a")], ["a"]),
    "IPv4 in text": Judged([_record("192.0.2.9.")], skipped=[_address("192.0.2.9")]),
    "127.1": Judged([_record("127.1")], skipped=[_address("127.1")]),
    "hexadecimal": Judged([_record("0x7F.1"), _record("a.0xA")], skipped=[_address("0x7f.1"), _address("a.0xa")]),
    "IPv6 in text": Judged([_record("2001:db8::1")], skipped=[_no_hostname("2001:db8::1")]),
    "in brackets": Judged([_record("[::1]")], skipped=[_no_hostname("[::1]")]),
    "port 0": Judged([_record("a", port=0), _record("b")], ["b"], [_port("a", 0)]),
    "port 65535": Judged([_record("a", port=65535)], ["a"]),
    "port beyond TCP": Judged([_record("a", port=65536)], skipped=[_port("a", 65536)]),
    "port below zero": Judged([_record("a", port=-1)], skipped=[_port("a", -1)]),
    "space": Judged([_record("a b.example")], skipped=[_no_hostname("a b.example")]),
    "line end": Judged([_record("a.example\n")], skipped=[_no_hostname("a.example\n")]),
    "escape": Judged([_record("\x1b[31m.example")], skipped=[_no_hostname("\x1b[31m.example")]),
    "not ASCII": Judged([_record("m\u00fcnchen.example")], skipped=[_no_hostname("m\u00fcnchen.example")]),
    "a lone surrogate": Judged([_record("a\udcff.example")], skipped=[_no_hostname("a\udcff.example")]),
    "empty label": Judged([_record("a..b")], skipped=[_no_hostname("a..b")]),
    "leading dot": Judged([_record(".a")], skipped=[_no_hostname(".a")]),
    "longest label": Judged([_record("a" * 63)], ["a" * 63]),
    "label too long": Judged([_record("a" * 64)], skipped=[_no_hostname("a" * 64)]),
    "longest name": Judged([_record("a." * 126 + "a")], ["a." * 126 + "a"]),
    "name too long": Judged([_record("a." * 126 + "aa")], skipped=[_no_hostname("a." * 126 + "aa")]),
    "by priority": Judged([_record("b", priority=2), _record("a", priority=1)], ["a", "b"]),
    "more than at most": Judged(
        [_record("d", priority=4), _record("c", priority=3), _record("b", priority=2), _record("a", priority=1)],
        ["a", "b", "c"],
        beyond_limit=1,
    ),
    "unusable ones do not count": Judged(
        [_record("x", port=0), _record("a"), _record("b"), _record("c")], ["a", "b", "c"], [_port("x", 0)]
    ),
}


@pytest.mark.parametrize("row", JUDGED.values(), ids=JUDGED)
def test_judge_srv_records(row: Judged) -> None:
    answer = classify_srv_records(row.records, at_most=3 if len(row.kept) < 4 else 4)
    assert (answer.found, answer.provided) == (row.found, row.provided)
    assert [record.target for record in answer.records] == row.kept
    assert (answer.unusable, answer.beyond_limit) == (len(row.skipped), row.beyond_limit)
    assert list(answer.skipped) == row.skipped
    assert all(str(reason).isprintable() for reason in answer.skipped)


def test_sentences_are_made_for_the_first_few_records_only() -> None:
    records = [_record(f"192.0.2.{last}", port=port) for last in range(250) for port in range(4)]
    answer = classify_srv_records(records, at_most=9)
    assert (len(answer.skipped), answer.unusable, answer.records) == (3, 1000, ())


_u16 = st.integers(0, 65535)
_any_record = st.builds(
    SrvRecord, _u16, _u16, st.integers(-2, 70_000), st.text(max_size=8) | st.sampled_from(["a.b", "."])
)


@given(st.lists(_any_record, max_size=12), st.integers(1, 5))
def test_no_answer_crashes_the_judge(records: list[SrvRecord], at_most: int) -> None:
    answer = classify_srv_records(records, at_most=at_most)
    assert answer.found == bool(records)
    assert len(answer.records) <= at_most
    assert all(1 <= record.port <= 65535 and record.target.isascii() for record in answer.records)
    assert [record.priority for record in answer.records] == sorted(record.priority for record in answer.records)


_records = st.lists(
    st.builds(SrvRecord, st.integers(0, 3), st.sampled_from([0, 1, 50, 65535]), st.integers(1, 9), st.just("a")),
    max_size=10,
)


@given(_records, st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20))
def test_the_order_is_a_permutation_with_priorities_ascending(records: list[SrvRecord], draws: list[float]) -> None:
    numbers = iter(draws * 20)
    ordered = order_by_rfc_2782(records, lambda: next(numbers))
    assert Counter(ordered) == Counter(records)
    assert [record.priority for record in ordered] == sorted(record.priority for record in records)


# weights within one priority: how often each one comes first
SHARES: dict[str, tuple[tuple[int, ...], tuple[float, ...]]] = {
    "60 30 10": ((60, 30, 10), (0.6, 0.3, 0.1)),
    "equal": ((1, 1, 1), (1 / 3, 1 / 3, 1 / 3)),
    "all zero": ((0, 0, 0, 0), (0.25, 0.25, 0.25, 0.25)),
    "a zero has a very small chance": ((0, 100), (1 / 101, 100 / 101)),
    "zeros share it": ((0, 98, 0), (1 / 198, 98 / 99, 1 / 198)),
    "largest": ((65535, 65535), (0.5, 0.5)),
}


@pytest.mark.parametrize(("weights", "shares"), SHARES.values(), ids=SHARES)
def test_frequency_of_the_first(weights: tuple[int, ...], shares: tuple[float, ...]) -> None:
    random = Random(2782)  # noqa: S311 - must be repeatable
    records = [_record(str(index), weight=weight) for index, weight in enumerate(weights)]
    first = Counter(order_by_rfc_2782(records, random.random)[0].target for _ in range(10_000))
    for index, share in enumerate(shares):
        assert first[str(index)] / 10_000 == pytest.approx(share, abs=0.015)
        assert first[str(index)] > 0


def test_the_second_is_drawn_by_the_weights_that_are_left() -> None:
    random = Random(2782)  # noqa: S311 - must be repeatable
    records = [_record("a", weight=60), _record("b", weight=30), _record("c", weight=10)]
    orders = Counter(
        "".join(record.target for record in order_by_rfc_2782(records, random.random)) for _ in range(10_000)
    )
    for order, share in {"abc": 0.6 * 0.75, "acb": 0.6 * 0.25, "bac": 0.3 * 6 / 7, "cab": 0.1 * 2 / 3}.items():
        assert orders[order] / 10_000 == pytest.approx(share, abs=0.02)


def test_the_input_is_left_as_it_was() -> None:
    records = [_record("a", priority=2), _record("b", priority=1)]
    order_by_rfc_2782(records, lambda: 0.0)
    assert [record.target for record in records] == ["a", "b"]


def test_a_letter_whose_lower_case_is_ascii_is_no_ascii_letter() -> None:
    """The Kelvin sign."""
    assert classify_srv_records([SrvRecord(0, 0, 1, "\u212aelvin.example")], at_most=9).records == ()
