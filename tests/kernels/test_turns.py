"""Turns: so much in each iteration of the event loop, in order and in one go, and nothing for those who have gone."""

import asyncio
import gc
from functools import partial

import pytest

from matrix_resolve.backends.turns import Turns
from tests.waiting import settle


async def test_so_many_in_each_iteration_and_in_order() -> None:
    assert await done_by([1, 1, 1, 1, 1, 1], helping=2) == [[0, 1], [2, 3], [4, 5]]


async def test_a_piece_of_work_may_be_larger_than_what_is_left_and_then_is_the_last() -> None:
    assert await done_by([1, 6, 6, 1, 9, 1], helping=8) == [[0, 1, 2], [3, 4], [5]]


async def done_by(works: list[int], *, helping: int) -> list[list[int]]:
    """Give what was done in each iteration in which something was."""
    turns, done = Turns(helping), list[list[int]]()
    order = list[int]()
    given = [turns.do(work, partial(order.append, number)) for number, work in enumerate(works)]
    assert not order  # nothing is done before it is its turn
    while not all(turn.done() for turn in given):
        await asyncio.sleep(0)
        done.append(order.copy())
        order.clear()
    return done


async def test_turns_go_on_after_a_pause() -> None:
    turns = Turns(1)
    assert await turns.do(1, lambda: "first") == "first"
    await settle()
    second, third = turns.do(1, lambda: "second"), turns.do(1, lambda: "third")
    assert (await third, await second) == ("third", "second")


async def test_who_is_cancelled_takes_nobody_s_turn() -> None:
    turns, done = Turns(1), list[int]()
    given = [turns.do(1, partial(done.append, number)) for number in range(4)]
    given[1].cancel()
    given[2].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert done == [0, 3]


async def test_an_error_is_for_whoever_waits_and_nothing_is_left_to_the_garbage_collector() -> None:
    turns = Turns(1)

    def fail() -> None:
        raise ConnectionResetError("gone")

    gc.collect()
    failed, done = turns.do(1, fail), turns.do(1, lambda: "done")
    with pytest.raises(ConnectionResetError, match="gone"):
        await failed
    del failed
    assert gc.collect() == 0
    assert await done == "done"


async def test_an_interruption_does_not_stop_those_who_are_next() -> None:
    turns, told = Turns(1), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))

    def interrupt() -> None:
        raise asyncio.CancelledError

    interrupted, done = turns.do(1, interrupt), turns.do(1, lambda: "done")
    assert await done == "done"
    assert not interrupted.done()
    assert [type(error) for error in told] == [asyncio.CancelledError]
