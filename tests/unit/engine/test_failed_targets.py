"""Which targets count as failed, for which names, and how much work a report causes."""

from collections.abc import Iterator

import pytest

from matrix_resolve import ConnectionTarget, Resolution, ResolverPolicy, ServerName, Step
from matrix_resolve._context import StatsCounter
from matrix_resolve._engine.failed_targets import (
    MAX_ADDRESSES_OF_NAME,
    MAX_NAMES_AT_ADDRESS,
    FailedTargets,
    NamesByAddress,
)
from matrix_resolve._engine.resolution_cache import CROWDED_TIME, CacheEntry, FastAnswer, ResolutionCache

NOW = 1_000.0


def target(ip: str, port: int = 8448, tls_name: str = "x.example") -> ConnectionTarget:
    return ConnectionTarget(ip, port, tls_name, tls_name)


def _entry(*ips: str) -> CacheEntry:
    targets = tuple(map(target, ips))
    return CacheEntry((Resolution(ServerName.parse("x.example"), Step.SRV, None, targets, NOW + 100),), None, 2e3, 2e3)


class _CountingAnswers(dict[str, FastAnswer]):
    """Counts accesses to fast answers, and fails if all of them are iterated over."""

    def __init__(self, answers: dict[str, FastAnswer]) -> None:
        super().__init__(answers)
        self.touched = 0

    def pop(self, key: str, default: None = None) -> FastAnswer | None:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self.touched += 1
        return super().pop(key, default)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all fast answers are iterated over")

    def clear(self) -> None:
        raise AssertionError("all fast answers are dropped")


def _cache(names_by_ip: dict[str, int]) -> tuple[ResolutionCache, _CountingAnswers]:
    """Prepare the given number of names at each address."""
    cache = ResolutionCache(ResolverPolicy(), StatsCounter())
    for ip, names in names_by_ip.items():
        for number in range(names):
            cache.store(f"{number}.at.{ip}", _entry(ip))
            cache.fast_answer(f"{number}.at.{ip}", _entry(ip), now=NOW, ahead=0.0)
    cache.fast_answers = answers = _CountingAnswers(cache.fast_answers)
    return cache, answers


def test_tcp_counts_for_every_name_at_the_place_and_tls_for_one_name() -> None:
    failed = FailedTargets(ResolverPolicy(), StatsCounter())
    failed.add(target("a"), "tcp", now=NOW)
    failed.add(target("b"), "tls", now=NOW)
    assert failed.until(target("a", tls_name="other.example"), now=NOW) == NOW + 60
    assert failed.until(target("b"), now=NOW) == NOW + 60
    assert failed.until(target("b", tls_name="other.example"), now=NOW) is None
    assert failed.until(target("a", port=443), now=NOW) is None
    assert failed.until(target("a"), now=NOW + 60) is None


def test_failures_are_bounded_and_those_cut_are_counted() -> None:
    counters = StatsCounter()
    failed = FailedTargets(ResolverPolicy(max_failed_targets=3), counters)
    for number in range(8):
        failed.add(target(str(number)), "tcp", now=NOW)
    assert [number for number in range(8) if failed.until(target(str(number)), now=NOW)] == [5, 6, 7]
    assert counters.cut == {"failed-targets-cut": 5}


def test_failures_whose_time_is_over_go_by_and_by() -> None:
    counters = StatsCounter()
    failed = FailedTargets(ResolverPolicy(), counters)
    for number in range(100):
        failed.add(target(str(number)), "tcp", now=NOW)
    for number in range(100):
        failed.add(target(str(number), port=443), "tcp", now=NOW + 60)
    assert (len(failed), counters.cut) == (100, {})


def test_a_failure_touches_the_names_at_its_address_alone() -> None:
    cache, answers = _cache({"192.0.2.1": 2, "192.0.2.2": 5_000})
    cache.report_failure(target("192.0.2.1"), "tcp", now=NOW)
    assert (answers.touched, len(answers)) == (2, 5_000)
    cache.report_failure(target("192.0.2.3"), "tcp", now=NOW)
    assert (answers.touched, len(answers)) == (2, 5_000)


def test_a_failure_touches_few_names_where_many_share_the_address() -> None:
    """The fast answers of the other names are valid for only a second, so that they are rebuilt soon."""
    cache, answers = _cache({"192.0.2.1": MAX_NAMES_AT_ADDRESS + 500})
    cache.report_failure(target("192.0.2.1"), "tcp", now=NOW)
    assert (answers.touched, len(answers)) == (MAX_NAMES_AT_ADDRESS, 500)
    assert {until for _, until, _ in answers.values()} == {NOW + CROWDED_TIME}


def test_a_name_with_many_addresses_takes_few_places_in_the_index() -> None:
    names, cache = NamesByAddress(), ResolutionCache(ResolverPolicy(), StatsCounter())
    ips = [f"192.0.2.{number}" for number in range(64)]
    assert not names.add("x.example", [target(ip) for ip in ips])
    assert len(names) == MAX_ADDRESSES_OF_NAME
    assert cache.fast_answer("x.example", _entry(*ips), now=NOW, ahead=0.0)[1] is False
    assert cache.fast_answers["x.example"][1] == NOW + CROWDED_TIME


def test_the_index_forgets_the_names_that_go() -> None:
    names, targets = NamesByAddress(), [target("192.0.2.1"), target("192.0.2.1", 443), target("192.0.2.2")]
    for name in ("a", "b", "a"):
        assert names.add(name, targets)
    assert list(names.at("192.0.2.1")) == ["a", "b"]
    names.remove("a", targets)
    assert list(names.at("192.0.2.1")) == ["b"]
    names.remove("other", targets)
    names.remove("b", targets)
    assert (len(names), list(names.at("192.0.2.1"))) == (0, [])


def test_the_cache_keeps_no_index_of_names_that_were_evicted() -> None:
    cache = ResolutionCache(ResolverPolicy(max_cached_names=10), StatsCounter())
    for number in range(100):
        cache.store(f"{number}", known := _entry("192.0.2.1", f"2001:db8::{number:x}"))
        cache.fast_answer(f"{number}", known, now=NOW, ahead=0.0)
    cache.fast_answers = answers = _CountingAnswers(cache.fast_answers)
    cache.report_failure(target("192.0.2.1"), "tcp", now=NOW)
    assert (answers.touched, len(answers)) == (10, 0)


def test_what_failed_is_one_of_two() -> None:
    failed = FailedTargets(ResolverPolicy(), StatsCounter())
    with pytest.raises(ValueError, match="during is 'TCP'"):
        failed.add(target("192.0.2.1"), "TCP", now=NOW)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert len(failed) == 0
