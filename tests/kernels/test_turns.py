"""Turns: so many in each iteration of the event loop, in order, and none for those who have gone."""

import asyncio
from collections import defaultdict

from matrix_resolve.backends.turns import Turns
from tests.waiting import settle


async def test_whoever_is_alone_need_not_wait() -> None:
    turns = Turns(1)
    turn = turns.take(1)
    try:
        turn.send(None)
    except StopIteration:
        return
    raise AssertionError


async def test_so_many_in_each_iteration_and_in_order() -> None:
    assert await taken_by([1, 1, 1, 1, 1, 1], helping=2) == [[0, 1], [2, 3], [4, 5]]


async def test_a_piece_of_work_may_be_larger_than_what_is_left_and_then_is_the_last() -> None:
    assert await taken_by([1, 6, 6, 1, 9, 1], helping=8) == [[0, 1, 2], [3, 4], [5]]


async def taken_by(works: list[int], *, helping: int) -> list[list[int]]:
    """Give who took a turn in each iteration in which somebody did."""
    turns, iteration, taken = Turns(helping), 0, defaultdict[int, list[int]](list)

    async def take(number: int, work: int) -> None:
        await turns.take(work)
        taken[iteration].append(number)

    tasks = [asyncio.create_task(take(number, work)) for number, work in enumerate(works)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        iteration += 1
    return list(taken.values())


async def test_who_is_cancelled_takes_nobody_s_turn() -> None:
    turns = Turns(1)
    taken: list[int] = []

    async def take(number: int) -> None:
        await turns.take(1)
        taken.append(number)

    tasks = [asyncio.create_task(take(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[2].cancel()
    await settle()
    assert taken == [0, 3]
