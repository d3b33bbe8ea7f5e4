"""Work in small helpings: what has become due all at once must not hold up the event loop all at once."""

import asyncio
from collections import deque


class Turns:
    """Lets so many take a turn in each iteration of the event loop, and the others wait in a queue. It belongs to that loop.

    Args:
        at_a_time: How many.
    """

    def __init__(self, at_a_time: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._at_a_time = self._left = at_a_time
        self._queue: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Return when it is our turn, which it is at once where nobody waits."""
        if self._left and not self._queue:
            self._use()
            return
        turn = self._loop.create_future()
        self._queue.append(turn)
        await turn

    def _use(self) -> None:
        if self._left == self._at_a_time:
            self._loop.call_soon(self._next_iteration)
        self._left -= 1

    def _next_iteration(self) -> None:
        self._left = self._at_a_time
        while self._queue and self._left:
            turn = self._queue.popleft()
            if not turn.done():  # who has been cancelled needs no turn
                self._use()
                turn.set_result(None)
