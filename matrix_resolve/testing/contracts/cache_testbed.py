"""The testbed of the cache checks: unique keys, and time that passes for all checks together."""

import asyncio
from collections.abc import Awaitable, Callable
from secrets import token_hex

from ...backends.cache import CacheBackend, LockingCacheBackend
from .calls import Calls
from .expectations import show


class Timeline:
    """A clock that concurrent checks share, so that they wait at the same time.

    It advances when every check that has not ended is waiting.

    Args:
        sleep: Waits for a number of seconds.
        checks: The number of checks.
    """

    def __init__(self, sleep: Callable[[float], Awaitable[object]], checks: int) -> None:
        self._sleep = sleep
        self._present = checks
        self._now = 0.0
        self._waiting: dict[asyncio.Future[None], float] = {}
        self._passing: asyncio.Task[None] | None = None

    async def wait(self, seconds: float) -> None:
        """Wait until *seconds* have passed."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting[turn] = self._now + seconds
        self._let_pass()
        try:
            await turn
        finally:
            self._waiting.pop(turn, None)

    def leave(self) -> None:
        """Record that a check has ended."""
        self._present -= 1
        if self._present:
            self._let_pass()
        elif self._passing is not None:
            self._passing.cancel()

    def _let_pass(self) -> None:
        if self._waiting and len(self._waiting) == self._present and (self._passing is None or self._passing.done()):
            self._passing = asyncio.create_task(self._pass())

    async def _pass(self) -> None:
        until = min(self._waiting.values())
        try:
            await self._sleep(until - self._now)
        except Exception as error:  # noqa: BLE001 - it is raised in the checks that wait
            self._wake(error)
            return
        self._now = until
        self._wake(None)

    def _wake(self, error: Exception | None) -> None:
        """Wake the checks whose waiting time is over; with *error*, raise it in all of them."""
        for turn in [turn for turn, when in self._waiting.items() if error or when <= self._now]:
            del self._waiting[turn]
            if turn.done():
                continue  # this check was cancelled in the same iteration of the event loop
            if error is None:
                turn.set_result(None)
            else:
                turn.set_exception(error)


class CacheTestbed:
    """Keys and time for one check.

    Attributes:
        keys: The keys that `key` returned.
    """

    def __init__(self, timeline: Timeline, calls: Calls) -> None:
        self.keys: list[str] = []
        self._calls = calls
        self._timeline = timeline
        self._token = token_hex(6)

    def key(self, host: str = "example.org") -> str:
        """Return the cache key of the well-known document of a host that only this check uses."""
        self.keys.append(f"matrix-resolve:2:well-known:{self._token}.{host}")
        return self.keys[-1]

    async def wait(self, seconds: float) -> None:
        """Wait until *seconds* have passed for all checks."""
        self._calls.made.append(f"({seconds:g} seconds later)")
        await self._timeline.wait(seconds)


class RecordedCache:
    """A cache whose calls are recorded."""

    def __init__(self, backend: CacheBackend, calls: Calls) -> None:
        self._backend = backend
        self._calls = calls

    async def get(self, key: str) -> bytes | None:
        """Call the backend."""
        return await self._calls.run(f"get({show(key)})", lambda: self._backend.get(key))

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Call the backend."""
        text = f"set({show(key)}, {show(value)}, {ttl!r})"
        await self._calls.run(text, lambda: self._backend.set(key, value, ttl))

    async def delete(self, key: str) -> None:
        """Call the backend."""
        await self._calls.run(f"delete({show(key)})", lambda: self._backend.delete(key))


class RecordedLocks(RecordedCache):
    """A cache with locks, whose calls are recorded.

    Attributes:
        tokens: The locks that were taken, as (key, token) pairs.
    """

    def __init__(self, backend: LockingCacheBackend, calls: Calls) -> None:
        super().__init__(backend, calls)
        self.tokens: list[tuple[str, str]] = []
        self._locks = backend

    async def lock(self, key: str, ttl: float) -> str | None:
        """Call the backend."""
        token = await self._calls.run(f"lock({show(key)}, {ttl!r})", lambda: self._locks.lock(key, ttl))
        if isinstance(token, str):
            self.tokens.append((key, token))
        return token

    async def unlock(self, key: str, token: str) -> None:
        """Call the backend."""
        await self._calls.run(f"unlock({show(key)}, {show(token)})", lambda: self._locks.unlock(key, token))
