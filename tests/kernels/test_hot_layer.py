"""Entries, views and failed targets."""

from collections.abc import Callable

from matrix_resolve import ConnectionTarget, Resolution, ResolverPolicy, ServerName, Step
from matrix_resolve.counters import Counters
from matrix_resolve.hot_layer import Entry, HotLayer

NOW = 1_000.0


def target(number: int, priority: int = 0) -> ConnectionTarget:
    return ConnectionTarget(f"192.0.2.{number}", 8448, "x.example", "x.example", priority)


def entry(*draws: tuple[ConnectionTarget, ...], expires_at: float = NOW + 100, refresh_at: float = NOW + 80) -> Entry:
    name = ServerName.parse("x.example")
    resolutions = tuple(Resolution(name, Step.SRV, None, targets, expires_at) for targets in draws)
    return Entry(resolutions, None, expires_at, refresh_at)


A, B = target(1), target(2)


def _hot(policy: ResolverPolicy | None = None) -> HotLayer:
    return HotLayer(policy or ResolverPolicy(), Counters())


def order(hot: HotLayer, known: Entry, now: float = NOW) -> list[str]:
    (_, draw), _ = hot.view("x.example", known, now=now)
    return [one.ip[-1] for one in draw().targets]


def test_draws_are_handed_out_in_turn() -> None:
    hot = _hot()
    (until, draw), all_failed = hot.view("x.example", entry((A, B), (B, A)), now=NOW)
    assert [draw().targets[0].ip for _ in range(4)] == [A.ip, B.ip, A.ip, B.ip]
    assert (until, all_failed) == (NOW + 80, False)


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
    assert hot.views == {}
    assert order(hot, known) == ["2", "1", "3"]
    assert hot.views["x.example"][0] == NOW + 60
    assert order(hot, known, NOW + 60) == ["1", "2", "3"]


def test_a_view_is_not_kept_when_every_target_has_failed() -> None:
    hot = _hot()
    for failed in (A, B):
        hot.report_failure(failed, "tls", now=NOW)
    (_, draw), all_failed = hot.view("x.example", entry((A, B)), now=NOW)
    assert (all_failed, hot.views) == (True, {})
    assert draw().targets == (A, B)


def test_forgetting() -> None:
    hot = _hot()
    forgets: list[Callable[[], None]] = [lambda: hot.drop("x.example"), hot.clear]
    for forget in forgets:
        hot.store("x.example", entry((A,)))
        order(hot, entry((A,)))
        forget()
        assert (hot.entry("x.example"), hot.views) == (None, {})
