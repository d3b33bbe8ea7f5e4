"""Turns: so many in each iteration of the event loop, in order, and none for those who have gone."""

import asyncio

from matrix_resolve.backends.turns import Turns
from tests.waiting import settle


async def test_whoever_is_alone_need_not_wait() -> None:
    turns = Turns(1)
    turn = turns.take()
    try:
        turn.send(None)
    except StopIteration:
        return
    raise AssertionError


async def test_so_many_in_each_iteration_and_in_order() -> None:
    turns, iteration, taken = Turns(2), 0, list[tuple[int, int]]()

    async def take(number: int) -> None:
        await turns.take()
        taken.append((number, iteration))

    tasks = [asyncio.create_task(take(number)) for number in range(6)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        iteration += 1
    assert [number for number, _ in taken] == list(range(6))
    assert [sum(at == each for _, at in taken) for each in sorted({at for _, at in taken})] == [2, 2, 2]


async def test_who_is_cancelled_takes_nobody_s_turn() -> None:
    turns = Turns(1)
    taken: list[int] = []

    async def take(number: int) -> None:
        await turns.take()
        taken.append(number)

    tasks = [asyncio.create_task(take(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[2].cancel()
    await settle()
    assert taken == [0, 3]
