"""Entries, fast answers and failed targets."""

from collections.abc import Callable

import pytest

from matrix_resolve import ConnectionTarget, Resolution, ResolverPolicy, ServerName, Step
from matrix_resolve._context import StatsCounter
from matrix_resolve._engine.resolution_cache import Entry, HotLayer

NOW = 1_000.0


def target(number: int, priority: int = 0) -> ConnectionTarget:
    return ConnectionTarget(f"192.0.2.{number}", 8448, "x.example", "x.example", priority)


def entry(
    *orderings: tuple[ConnectionTarget, ...], expires_at: float = NOW + 100, refresh_at: float = NOW + 80
) -> Entry:
    name = ServerName.parse("x.example")
    resolutions = tuple(Resolution(name, Step.SRV, None, targets, expires_at) for targets in orderings)
    return Entry(resolutions, None, expires_at, refresh_at)


A, B = target(1), target(2)


def _hot(policy: ResolverPolicy | None = None) -> HotLayer:
    return HotLayer(policy or ResolverPolicy(), StatsCounter())


def order(hot: HotLayer, known: Entry, now: float = NOW) -> list[str]:
    (_, _, orderings), _ = hot.fast_answer("x.example", known, now=now, ahead=0.0)
    return [one.ip[-1] for one in next(orderings).targets]


def test_orderings_are_returned_in_rotation() -> None:
    hot = _hot()
    (_, _, orderings), all_failed = hot.fast_answer("x.example", entry((A, B), (B, A)), now=NOW, ahead=0.0)
    assert [next(orderings).targets[0].ip for _ in range(4)] == [A.ip, B.ip, A.ip, B.ip]
    assert not all_failed


def test_the_next_fast_answer_continues_with_the_next_ordering() -> None:
    """A name that is resolved once in a while does not always get the first ordering."""
    hot, known = _hot(), entry((A, B), (B, A), refresh_at=NOW + 90)
    assert [order(hot, known, NOW + after)[0] for after in (0, 60, 61)] == ["1", "2", "1"]


@pytest.mark.parametrize(("refresh_at", "until"), [(NOW + 30, NOW + 30), (NOW + 60, NOW + 60), (NOW + 80, NOW + 60)])
@pytest.mark.parametrize("ahead", [0.0, 86_400.0])
def test_a_fast_answer_serves_for_a_minute_of_the_wall_clock(refresh_at: float, until: float, ahead: float) -> None:
    """A fast answer is valid only from the time at which it was made, so a clock that is set back also ends it."""
    known = entry((A,), refresh_at=refresh_at)
    (since, end, orderings), _ = _hot().fast_answer("x.example", known, now=NOW, ahead=ahead)
    assert (since, end) == (NOW - ahead, until - ahead)
    assert next(orderings).expires_at == known.expires_at - ahead


def test_the_entry_stored_longest_ago_goes_first() -> None:
    hot = _hot(ResolverPolicy(max_names=2))
    for name in ("a", "b", "a", "c"):
        hot.store(name, entry((A,)))
    assert [name for name in "abc" if hot.entry(name) is not None] == ["a", "c"]
    assert len(hot) == 2


def test_failed_targets_go_last_for_a_minute() -> None:
    hot, known = _hot(), entry((A, B, target(3, priority=1)))
    assert order(hot, known) == ["1", "2", "3"]
    hot.report_failure(A, "tcp", now=NOW)
    assert hot.fast_answers == {}
    assert order(hot, known) == ["2", "1", "3"]
    assert hot.fast_answers["x.example"][1] == NOW + 60
    assert order(hot, known, NOW + 60) == ["1", "2", "3"]


def test_a_fast_answer_is_not_kept_when_every_target_has_failed() -> None:
    hot = _hot()
    for failed in (A, B):
        hot.report_failure(failed, "tls", now=NOW)
    (_, _, orderings), all_failed = hot.fast_answer("x.example", entry((A, B)), now=NOW, ahead=0.0)
    assert (all_failed, hot.fast_answers) == (True, {})
    assert next(orderings).targets == (A, B)


def test_forgetting() -> None:
    hot = _hot()
    forgets: list[Callable[[], None]] = [lambda: hot.drop("x.example"), hot.clear]
    for forget in forgets:
        hot.store("x.example", entry((A,)))
        order(hot, entry((A,)))
        forget()
        assert (hot.entry("x.example"), hot.fast_answers) == (None, {})


def test_a_name_with_many_targets_counts_several_times() -> None:
    """So that hostile names, each with as many targets as are kept, cannot fill the memory that ordinary names need."""
    hot = _hot(ResolverPolicy(max_names=20))
    for number in range(20):
        hot.store(f"ordinary{number}", entry((A, B)))
    assert len(hot) == 20
    hot.store("hostile", entry(tuple(target(number) for number in range(64))))
    assert len(hot) == 12, "it counts as nine"
    hot.drop("hostile")
    for number in range(9):
        hot.store(f"new{number}", entry((A,)))
    assert len(hot) == 20
