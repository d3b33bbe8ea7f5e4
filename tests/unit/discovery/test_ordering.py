"""The order of addresses within one host, and of targets after one has failed."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve.discovery.ordering import alternate_by_rfc_8305, failed_last, without_repeats
from matrix_resolve.models import ConnectionTarget

ALTERNATING: list[tuple[list[list[str]], list[str]]] = [
    ([], []),
    ([[], []], []),
    ([["6a", "6b"], ["4a", "4b"]], ["6a", "4a", "6b", "4b"]),
    ([["6a"], ["4a", "4b", "4c"]], ["6a", "4a", "4b", "4c"]),
    ([["6a", "6b", "6c"], ["4a"]], ["6a", "4a", "6b", "6c"]),
    ([[], ["4a", "4b"]], ["4a", "4b"]),
    ([["4a", "4b"], ["6a"]], ["4a", "6a", "4b"]),
    ([["a", "a", "b"], ["a", "c"]], ["a", "c", "b"]),
]


@pytest.mark.parametrize(("families", "expected"), ALTERNATING, ids=str)
def test_alternate(families: list[list[str]], expected: list[str]) -> None:
    assert list(alternate_by_rfc_8305(families)) == expected


def _target(text: str) -> ConnectionTarget:
    """Return a target: ``"10:a"`` has priority 10 and address a."""
    priority, _, ip = text.partition(":")
    return ConnectionTarget(ip, 8448, "example.org", "example.org", int(priority))


def _shown(targets: tuple[ConnectionTarget, ...]) -> str:
    return " ".join(f"{target.priority}:{target.ip}" for target in targets)


def _targets(text: str) -> list[ConnectionTarget]:
    return [_target(word) for word in text.split()]


def _failed(targets: str, ips: Iterable[str]) -> set[ConnectionTarget]:
    return {target for target in _targets(targets) if target.ip in ips}


FAILED: list[tuple[str, str, str]] = [
    ("0:a 0:b 0:c", "", "0:a 0:b 0:c"),
    ("0:a 0:b 0:c", "a", "0:b 0:c 0:a"),
    ("0:a 0:b 0:c", "ab", "0:c 0:a 0:b"),
    ("0:a 0:b 0:c", "abc", "0:a 0:b 0:c"),
    ("0:a 0:b 0:c", "x", "0:a 0:b 0:c"),
    ("10:a 10:b 20:c 20:d", "ac", "10:b 10:a 20:d 20:c"),
    ("10:a 20:b", "a", "10:a 20:b"),
]


@pytest.mark.parametrize(("before", "failed", "after"), FAILED)
def test_failed_last(before: str, failed: str, after: str) -> None:
    assert _shown(failed_last(_targets(before), _failed(before, failed))) == after


REPEATS = [
    ("", ""),
    ("0:a 0:b", "0:a 0:b"),
    ("0:a 0:a", "0:a"),
    ("0:a 0:b 0:a", "0:a 0:b"),
    ("10:a 10:b 20:b 20:a 20:c", "10:a 10:b 20:c"),
    ("10:a 10:b 20:a", "10:a 10:b"),
]


@pytest.mark.parametrize(("before", "after"), REPEATS)
def test_the_first_of_equal_targets_keeps_its_place(before: str, after: str) -> None:
    assert _shown(without_repeats(_targets(before))) == after


def test_another_port_is_no_repeat() -> None:
    targets = [ConnectionTarget("192.0.2.1", port, "a", "a") for port in (1, 2)]
    assert list(without_repeats(targets)) == targets


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), max_size=3))
def test_alternating_loses_and_repeats_nothing(families: list[list[str]]) -> None:
    mixed = alternate_by_rfc_8305(families)
    assert Counter(mixed) == Counter({address for family in families for address in family})


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcdef"))), st.sets(st.sampled_from("abcdef")))
def test_failed_last_is_a_permutation_inside_priorities(pairs: list[tuple[int, str]], failed: set[str]) -> None:
    before = " ".join(f"{priority}:{ip}" for priority, ip in sorted(pairs))
    targets = _targets(before)
    moved = failed_last(targets, _failed(before, failed))
    assert Counter(moved) == Counter(targets)
    assert [target.priority for target in moved] == [target.priority for target in targets]
    for priority in range(4):
        marks = [target.ip in failed for target in moved if target.priority == priority]
        assert marks == sorted(marks)
