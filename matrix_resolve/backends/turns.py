"""Work in small helpings: what has become due all at once must not hold up the event loop all at once."""

import asyncio
from collections import deque


class Turns:
    """Lets so much work be done in each iteration of the event loop, and the rest wait in a queue. It belongs to that loop.

    Args:
        helping: How much.
    """

    def __init__(self, helping: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._helping = self._left = helping
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, work: int) -> None:
        """Return when it is our turn, which it is at once where nobody waits.

        Args:
            work: How much it is, in the unit of the helping.
        """
        if self._left > 0 and not self._queue:
            self._use(work)
            return
        turn = self._loop.create_future()
        self._queue.append((work, turn))
        await turn

    def _use(self, work: int) -> None:
        if self._left == self._helping:
            self._loop.call_soon(self._next_iteration)
        self._left -= work

    def _next_iteration(self) -> None:
        self._left = self._helping
        while self._queue and self._left > 0:
            work, turn = self._queue.popleft()
            if not turn.done():  # who has been cancelled needs no turn
                self._use(work)
                turn.set_result(None)
