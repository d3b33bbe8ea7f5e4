"""The order of the zones in a queue.

The next zone is the one with the fewest slots; among equals, the newest. Every fourth time, it is the one that has
waited longest.
"""

import pytest

from matrix_resolve._util.waiting_line import WaitingLine


def line(*waiters: str) -> WaitingLine[str]:
    """Return a queue in which ``"zone/number"`` waits for its zone."""
    made: WaitingLine[str] = WaitingLine()
    for waiter in waiters:
        made.add(waiter.partition("/")[0], waiter)
    return made


def all_of(waiting: WaitingLine[str], *, keep_slots: bool) -> list[str]:
    """Return the order in which all waiters get a slot. Each one keeps it or releases it at once."""
    order: list[str] = []
    while waiting:
        zone, waiter = waiting.pop()
        order.append(waiter)
        if not keep_slots:
            waiting.uncount(zone)
    return order


def test_the_newest_comes_first_and_each_fourth_time_the_oldest() -> None:
    waiting = line("a/1", "b/1", "c/1", "d/1", "e/1", "f/1")
    assert all_of(waiting, keep_slots=True) == ["f/1", "e/1", "d/1", "a/1", "c/1", "b/1"]


def test_a_zone_with_many_waiters_waits_for_the_others() -> None:
    waiting = line("a/1", "b/1", "flood/1", "flood/2", "flood/3")
    assert all_of(waiting, keep_slots=True) == ["flood/1", "b/1", "a/1", "flood/2", "flood/3"]


def test_each_fourth_slot_goes_to_the_zone_that_has_waited_longest() -> None:
    waiting: WaitingLine[str] = WaitingLine()
    waiting.mark("dead.example", is_silent=True)
    for waiter in ("dead/1", "a/1", "b/1", "c/1", "d/1", "e/1"):
        waiting.add({"dead": "dead.example"}.get(waiter[:-2], waiter[:-2]), waiter)
    assert all_of(waiting, keep_slots=True) == ["e/1", "d/1", "c/1", "dead/1", "b/1", "a/1"]


def test_a_zone_that_has_answered_comes_before_an_unknown_one() -> None:
    waiting = line("new/1", "known/1", "newest/1")
    waiting.mark("known", is_silent=False)
    assert waiting.pop()[1] == "known/1"


def test_newcomers_are_those_without_a_slot_that_are_not_known_to_be_silent() -> None:
    waiting: WaitingLine[str] = WaitingLine()
    waiting.add("dead", "dead/1")
    assert waiting.has_newcomers
    waiting.mark("dead", is_silent=True)
    assert not waiting.has_newcomers
    waiting.count("busy")
    waiting.mark("busy", is_silent=False)
    waiting.add("busy", "busy/1")
    assert waiting.has_newcomers, "one slot of a zone that answers must not count"


def test_within_a_zone_the_oldest_comes_first() -> None:
    assert all_of(line("a/1", "a/2", "a/3"), keep_slots=False) == ["a/1", "a/2", "a/3"]


def test_slots_that_are_in_use_count() -> None:
    waiting: WaitingLine[str] = WaitingLine()
    waiting.count("busy.example")
    waiting.add("busy.example", "first")
    waiting.add("idle.example", "second")
    assert waiting.pop() == ("idle.example", "second")


def test_a_zone_that_waits_moves_up_when_a_slot_comes_back() -> None:
    waiting: WaitingLine[str] = WaitingLine()
    waiting.count("a.example")
    waiting.add("a.example", "first")
    waiting.add("b.example", "second")
    waiting.uncount("a.example")
    assert waiting.pop() == ("a.example", "first"), "it is not first, although it is the newest without a slot"


@pytest.mark.parametrize("marked", ["before it waits", "while it waits"])
def test_a_silent_zone_comes_after_the_others_until_it_answers(marked: str) -> None:
    waiting: WaitingLine[str] = WaitingLine()
    if marked == "before it waits":
        waiting.mark("dead.example", is_silent=True)
    waiting.add("a.example", "honest")
    waiting.add("dead.example", "dead")
    waiting.mark("dead.example", is_silent=True)
    assert waiting.pop()[1] == "honest"
    waiting.add("b.example", "another")
    waiting.mark("dead.example", is_silent=False)
    assert {waiting.pop()[1], waiting.pop()[1]} == {"dead", "another"}


def test_who_has_left_is_never_next() -> None:
    waiting = line("a/1", "a/2", "b/1")
    waiting.remove("a", "a/1")
    waiting.remove("b", "b/1")
    waiting.remove("b", "b/1")
    assert len(waiting) == 1
    assert all_of(waiting, keep_slots=True) == ["a/2"]
    with pytest.raises(IndexError):
        waiting.pop()


def test_the_memory_of_silent_zones_is_bounded() -> None:
    waiting: WaitingLine[str] = WaitingLine()
    for number in range(10_100):
        waiting.mark(f"{number}.example", is_silent=True)
    waiting.add("0.example", "forgotten")
    waiting.add("10099.example", "remembered")
    assert waiting.pop()[1] == "forgotten"
