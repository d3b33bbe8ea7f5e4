"""Parallel attempts to connect: which are started, which one wins, which are reported, and what is closed."""

import asyncio
import errno
import ssl
from collections.abc import Callable

import attrs
import pytest

from matrix_resolve import ConnectionTarget, ResolverPolicy
from matrix_resolve._connect.happy_eyeballs import MAX_AT_ONCE, Attempts
from matrix_resolve._context import StatsCounter
from matrix_resolve._engine.connection_slots import ConnectionSlots, Place
from matrix_resolve._engine.failed_targets import FailurePhase


def _target(number: int, priority: int = 0) -> ConnectionTarget:
    return ConnectionTarget("192.0.2.1", number, "a.example", "a.example", priority)


ONE, TWO, LATER = _target(1), _target(2), _target(3, 10)


def place(limit: int = 256) -> Place:
    return ConnectionSlots(ResolverPolicy(max_connecting=limit), StatsCounter()).place()


@attrs.define
class Track:
    """Attempts by port: an exception is raised, a string is returned, and a port without an outcome never ends.

    Attempts in `in_tls` report that they have started TLS.
    """

    outcomes: dict[int, Exception | str]
    in_tls: set[int] = attrs.Factory(set[int])
    begun: list[int] = attrs.Factory(list[int])
    ended: list[int] = attrs.Factory(list[int])
    closed: list[str] = attrs.Factory(list[str])
    reported: list[int] = attrs.Factory(list[int])
    during: list[FailurePhase] = attrs.Factory(list[FailurePhase])

    def attempts(self, *, places: int = 256) -> Attempts[str]:
        return Attempts(self._connect, self.closed.append, self._report, place(places))

    def _report(self, target: ConnectionTarget, during: FailurePhase) -> None:
        self.reported.append(target.port)
        self.during.append(during)

    async def _connect(self, target: ConnectionTarget, in_tls: Callable[[], None]) -> str:
        self.begun.append(target.port)
        if target.port in self.in_tls:
            in_tls()
        try:
            if target.port not in self.outcomes:
                await asyncio.Event().wait()
        finally:
            self.ended.append(target.port)
        outcome = self.outcomes[target.port]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


async def test_a_failed_target_gives_way_at_once() -> None:
    track = Track({1: ConnectionRefusedError(), 2: "two"})
    attempts = track.attempts()
    assert await attempts.start(ONE, TWO) is None
    assert await attempts.start(TWO, None) == "two"
    await attempts.aclose()
    assert (track.reported, [failure.code for failure in attempts.failures], track.closed) == ([1], ["refused"], [])


async def test_a_silent_target_is_overtaken_and_reported() -> None:
    track = Track({2: "two"})
    attempts = track.attempts()
    assert await attempts.start(ONE, TWO) is None
    assert await attempts.start(TWO, None) == "two"
    assert (track.reported, track.ended) == ([1], [2])
    await attempts.aclose()
    assert track.ended == [2, 1]


async def _at_the_same_moment(winners: set[int]) -> tuple[str | None, list[str], list[ConnectionTarget]]:
    """Run two attempts in parallel, and let those of *winners* succeed at the same moment."""
    gate = asyncio.Event()

    async def connect(target: ConnectionTarget, _: Callable[[], None]) -> str:
        await (gate.wait() if target.port in winners else asyncio.Event().wait())
        return str(target.port)

    closed, reported = list[str](), list[ConnectionTarget]()
    attempts: Attempts[str] = Attempts(connect, closed.append, lambda target, _: reported.append(target), place())
    assert await attempts.start(ONE, TWO) is None
    last = asyncio.create_task(attempts.start(TWO, None))
    await asyncio.sleep(0.01)
    gate.set()
    winner = await last
    await attempts.aclose()
    return winner, closed, reported


async def test_the_earlier_target_may_still_win_and_the_later_one_is_not_reported() -> None:
    assert await _at_the_same_moment({1}) == ("1", [], [])


async def test_two_winners_of_one_moment_and_the_second_is_closed() -> None:
    assert await _at_the_same_moment({1, 2}) == ("1", ["2"], [])


async def test_a_priority_that_has_failed_gives_way_at_once_though_an_earlier_one_is_silent() -> None:
    """Without this, each target would take two seconds more, and there would be no winner within the time limit."""
    track = Track({**{number: ConnectionRefusedError() for number in range(2, 40)}, 40: "forty"})
    attempts = track.attempts()
    winner = None
    ladder = [_target(1, 0), *(_target(number, number) for number in range(2, 41))]
    async with asyncio.timeout(20):
        for target, following in zip(ladder, [*ladder[1:], None], strict=True):
            winner = await attempts.start(target, following)
    assert winner == "forty"
    await attempts.aclose()
    assert sorted(track.reported) == list(range(1, 40))


async def test_a_target_that_failed_gives_way_at_once_though_an_earlier_one_is_silent() -> None:
    track = Track({**{number: ConnectionRefusedError() for number in range(2, 100)}, 100: "hundred"})
    attempts = track.attempts()
    winner = None
    row = [_target(number) for number in range(1, 101)]
    async with asyncio.timeout(10):
        for target, following in zip(row, [*row[1:], None], strict=True):
            winner = await attempts.start(target, following)
    assert winner == "hundred"
    await attempts.aclose()


async def test_a_winner_whose_report_fails_is_closed() -> None:
    track = Track({2: "two"})

    def report_failure(_: ConnectionTarget, __: FailurePhase) -> None:
        raise RuntimeError("closed")

    attempts: Attempts[str] = Attempts(track.attempts()._connect, track.closed.append, report_failure, place())  # pyright: ignore[reportPrivateUsage] - the track's
    assert await attempts.start(ONE, TWO) is None
    with pytest.raises(RuntimeError, match="closed"):
        await attempts.start(TWO, None)
    await attempts.aclose()
    assert track.closed == ["two"]


async def test_giving_up_counts_those_that_run() -> None:
    track = Track({1: ConnectionRefusedError()})
    attempts = track.attempts()
    assert await attempts.start(ONE, TWO) is None
    running = asyncio.create_task(attempts.start(TWO, LATER))
    await asyncio.sleep(0.01)
    attempts.give_up()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await attempts.aclose()
    assert [failure.code for failure in attempts.failures] == ["refused", "timeout"]
    assert (track.reported, track.begun) == ([1, 2], [1, 2])


async def test_what_is_not_an_oserror_ends_all_attempts() -> None:
    track = Track({1: RuntimeError("a bug")})
    attempts = track.attempts()
    with pytest.raises(RuntimeError, match="a bug"):
        await attempts.start(ONE, TWO)
    await attempts.aclose()
    assert (track.reported, attempts.failures) == ([], [])


async def _during(
    outcomes: dict[int, Exception | str], in_tls: set[int], following: ConnectionTarget
) -> list[FailurePhase]:
    """Race ONE against the *following* target. Return the step in which ONE was reported to have failed, if it was."""
    track = Track(outcomes, in_tls)
    attempts = track.attempts()
    assert await attempts.start(ONE, following) is None
    assert await attempts.start(following, None) == "two"
    await attempts.aclose()
    return track.during


REFUSED, CLOSED, NO_DESCRIPTORS = ConnectionRefusedError(), ConnectionResetError(), OSError(errno.EMFILE, "too many")
NO_CIPHER = ssl.SSLError(1, "no cipher")
NO_CIPHER.reason = "NO_SHARED_CIPHER"


@pytest.mark.parametrize(
    ("outcome", "in_tls", "during"),
    [
        (REFUSED, False, ["tcp"]),
        (OSError(errno.EHOSTUNREACH, "no route"), False, ["tcp"]),
        (CLOSED, True, ["tls"]),
        (NO_CIPHER, True, ["tls"]),
        (NO_DESCRIPTORS, False, []),
    ],
)
async def test_what_a_target_failed_in(outcome: Exception, in_tls: bool, during: list[FailurePhase]) -> None:  # noqa: FBT001 - a column of the table
    assert await _during({1: outcome, 2: "two"}, {1} if in_tls else set(), TWO) == during


async def test_who_is_overtaken_soon_has_not_failed_for_other_names() -> None:
    """An attacker may publish a distant server's address before that of a nearby one."""
    assert await _during({2: "two"}, set(), TWO) == ["tls"]


async def test_who_was_silent_for_two_seconds_has_failed_for_every_name() -> None:
    assert await _during({3: "two"}, set(), LATER) == ["tcp"]
    assert await _during({3: "two"}, {1}, LATER) == ["tls"]


async def test_so_many_targets_are_tried_at_the_same_time() -> None:
    track = Track({20: "twenty"})
    attempts = track.attempts()
    row, most, winner = [_target(number) for number in range(1, 21)], 0, None
    for target, following in zip(row, [*row[1:], None], strict=True):
        winner = await attempts.start(target, following)
        most = max(most, len(track.begun) - len(track.ended))
    assert winner == "twenty"
    assert most <= MAX_AT_ONCE
    await attempts.aclose()
    assert sorted(track.reported) == list(range(1, 20))
    assert len(track.ended) == 20


async def test_without_room_the_attempt_begun_first_makes_room_for_the_next() -> None:
    """There is always room for one attempt, so each target is tried."""
    track = Track({3: "three"})
    attempts = track.attempts(places=1)
    assert await attempts.start(ONE, TWO) is None
    assert await attempts.start(TWO, _target(3)) is None
    assert (track.begun, track.ended) == ([1, 2], [1])
    assert await attempts.start(_target(3), None) == "three"
    await attempts.aclose()
    assert (track.begun, sorted(track.ended), track.reported) == ([1, 2, 3], [1, 2, 3], [1, 2])
