"""Work in small helpings: what has become due all at once must not hold up the event loop all at once.

A helping is done in one go, without anything else in between: code and data that are in the processor's caches are worth much.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Turns:
    """Does so much work in each iteration of the event loop, and lets the rest wait in a queue. It belongs to that loop.

    Args:
        helping: How much.
    """

    def __init__(self, helping: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._helping = helping
        self._queue: deque[tuple[int, Callable[[], Any], asyncio.Future[Any]]] = deque()

    def do(self, work: int, act: Callable[[], T]) -> "asyncio.Future[T]":
        """Have something done when it is its turn.

        Args:
            work: How much it is, in the unit of the helping.
            act: Does it; not called if what is given was cancelled before.

        Returns:
            What *act* returns or raises.
        """
        turn: asyncio.Future[T] = self._loop.create_future()
        self._queue.append((work, act, turn))
        if len(self._queue) == 1:
            self._loop.call_soon(self._serve)
        return turn

    def _serve(self) -> None:
        left = self._helping
        try:
            while self._queue and left > 0:
                left -= self._do_next()
        finally:
            if self._queue:
                self._loop.call_soon(self._serve)

    def _do_next(self) -> int:
        work, act, turn = self._queue.popleft()
        if turn.done():
            return 0
        try:
            turn.set_result(act())
        except Exception as error:  # noqa: BLE001 - it is for those who wait
            turn.set_exception(error.with_traceback(None))  # with it, it would hold this frame, which holds it
        return work
