"""Who fetches, when many workers share a cache and want the same: one of them, for as long as it lives.

Whoever gets the lock fetches. The others look every now and then for what it stores, and try the lock again, which is free at once when it
has nothing to store, and after its expiry when it has died. Nobody waits for longer than ``ResolverPolicy.fleet_wait``.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from .store import RecordStore

T = TypeVar("T")

_FIRST_PAUSE, _GROWTH, _LONGEST_PAUSE = 0.02, 1.5, 0.25  # seconds between looks, which cost the store two commands


@asynccontextmanager
async def turn(
    records: RecordStore, hostname: str, look: Callable[[], Awaitable[T | None]], *, patience: float
) -> AsyncGenerator[T | None]:
    """Wait for our turn to fetch, or for what another worker has fetched.

    Args:
        records: Keeps the locks; it has some.
        hostname: Whose well-known is fetched.
        look: Gives what another worker has stored since we looked, or None.
        patience: Seconds after which we fetch, too.

    Yields:
        What another worker has stored, or None: it is our turn, and the others wait until the block ends.
    """
    lock = _Lock(records, hostname)
    try:
        yield await _news_or_turn(lock, look, patience)
    finally:
        await lock.release()


async def _news_or_turn(lock: "_Lock", look: Callable[[], Awaitable[T | None]], patience: float) -> T | None:
    loop = asyncio.get_running_loop()
    give_up_at, pause = loop.time() + patience, _FIRST_PAUSE
    while True:
        is_our_turn = await lock.take()
        news = await look()  # with the lock, too: it may have been stored just before that was free
        if news is not None or is_our_turn or loop.time() >= give_up_at:
            return news
        await asyncio.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


class _Lock:
    """A lock that may have been taken."""

    def __init__(self, records: RecordStore, hostname: str) -> None:
        self._records = records
        self._hostname = hostname
        self._token: str | None = None

    async def take(self) -> bool:
        """Try to, and say whether it is our turn, which it also is where there is no agreement."""
        self._token = await self._records.lock(self._hostname)
        return self._token is not None

    async def release(self) -> None:
        if self._token is not None:
            await self._records.unlock(self._hostname, self._token)
