"""Entries, fast answers and failed targets."""

from collections.abc import Callable

import pytest

from matrix_resolve import ConnectionTarget, Resolution, ResolverPolicy, ServerName, Step
from matrix_resolve._context import StatsCounter
from matrix_resolve._engine.resolution_cache import CacheEntry, ResolutionCache

NOW = 1_000.0


def target(number: int, priority: int = 0) -> ConnectionTarget:
    return ConnectionTarget(f"192.0.2.{number}", 8448, "x.example", "x.example", priority)


def entry(
    *orderings: tuple[ConnectionTarget, ...], expires_at: float = NOW + 100, refresh_at: float = NOW + 80
) -> CacheEntry:
    name = ServerName.parse("x.example")
    resolutions = tuple(Resolution(name, Step.SRV, None, targets, expires_at) for targets in orderings)
    return CacheEntry(resolutions, None, expires_at, refresh_at)


A, B = target(1), target(2)


def _cache(policy: ResolverPolicy | None = None) -> ResolutionCache:
    return ResolutionCache(policy or ResolverPolicy(), StatsCounter())


def order(cache: ResolutionCache, known: CacheEntry, now: float = NOW) -> list[str]:
    (_, _, orderings), _ = cache.fast_answer("x.example", known, now=now, ahead=0.0)
    return [one.ip[-1] for one in next(orderings).targets]


def test_orderings_are_returned_in_rotation() -> None:
    cache = _cache()
    (_, _, orderings), all_failed = cache.fast_answer("x.example", entry((A, B), (B, A)), now=NOW, ahead=0.0)
    assert [next(orderings).targets[0].ip for _ in range(4)] == [A.ip, B.ip, A.ip, B.ip]
    assert not all_failed


def test_the_next_fast_answer_continues_with_the_next_ordering() -> None:
    """A name that is resolved once in a while does not always get the first ordering."""
    cache, known = _cache(), entry((A, B), (B, A), refresh_at=NOW + 90)
    assert [order(cache, known, NOW + after)[0] for after in (0, 60, 61)] == ["1", "2", "1"]


@pytest.mark.parametrize(("refresh_at", "until"), [(NOW + 30, NOW + 30), (NOW + 60, NOW + 60), (NOW + 80, NOW + 60)])
@pytest.mark.parametrize("ahead", [0.0, 86_400.0])
def test_a_fast_answer_serves_for_a_minute_of_the_wall_clock(refresh_at: float, until: float, ahead: float) -> None:
    """A fast answer is valid only from the time at which it was made, so a clock that is set back also ends it."""
    known = entry((A,), refresh_at=refresh_at)
    (since, end, orderings), _ = _cache().fast_answer("x.example", known, now=NOW, ahead=ahead)
    assert (since, end) == (NOW - ahead, until - ahead)
    assert next(orderings).expires_at == known.expires_at - ahead


def test_the_entry_stored_longest_ago_goes_first() -> None:
    cache = _cache(ResolverPolicy(max_cached_names=2))
    for name in ("a", "b", "a", "c"):
        cache.store(name, entry((A,)))
    assert [name for name in "abc" if cache.entry(name) is not None] == ["a", "c"]
    assert len(cache) == 2


def test_failed_targets_go_last_for_a_minute() -> None:
    cache, known = _cache(), entry((A, B, target(3, priority=1)))
    assert order(cache, known) == ["1", "2", "3"]
    cache.report_failure(A, "tcp", now=NOW)
    assert cache.fast_answers == {}
    assert order(cache, known) == ["2", "1", "3"]
    assert cache.fast_answers["x.example"][1] == NOW + 60
    assert order(cache, known, NOW + 60) == ["1", "2", "3"]


def test_a_fast_answer_is_not_kept_when_every_target_has_failed() -> None:
    cache = _cache()
    for failed in (A, B):
        cache.report_failure(failed, "tls", now=NOW)
    (_, _, orderings), all_failed = cache.fast_answer("x.example", entry((A, B)), now=NOW, ahead=0.0)
    assert (all_failed, cache.fast_answers) == (True, {})
    assert next(orderings).targets == (A, B)


def test_forgetting() -> None:
    cache = _cache()
    forgets: list[Callable[[], None]] = [lambda: cache.drop("x.example"), cache.clear]
    for forget in forgets:
        cache.store("x.example", entry((A,)))
        order(cache, entry((A,)))
        forget()
        assert (cache.entry("x.example"), cache.fast_answers) == (None, {})


def test_a_name_with_many_targets_counts_several_times() -> None:
    """So that hostile names, each with as many targets as are kept, cannot fill the memory that ordinary names need."""
    cache = _cache(ResolverPolicy(max_cached_names=20))
    for number in range(20):
        cache.store(f"ordinary{number}", entry((A, B)))
    assert len(cache) == 20
    cache.store("hostile", entry(tuple(target(number) for number in range(64))))
    assert len(cache) == 12, "it counts as nine"
    cache.drop("hostile")
    for number in range(9):
        cache.store(f"new{number}", entry((A,)))
    assert len(cache) == 20
