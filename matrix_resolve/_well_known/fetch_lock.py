"""Makes sure that only one worker at a time requests a document when many workers share a store.

The worker that gets the lock makes the request. The others poll for the result that it stores, and try to get the lock: it is released when the
request has ended, even without a result, and expires if the worker has died. No worker waits longer than ``ResolverPolicy.fetch_lock_wait``.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from .._util.steady_clock import SteadyClock
from ..policy import ResolverPolicy
from .codec import DelegationState, cache_key
from .fail_safe_cache import FailSafeCache
from .lifetimes import CurrentDelegation, current_delegation
from .store import SharedStore

_FIRST_PAUSE, _GROWTH, _LONGEST_PAUSE = 0.02, 1.5, 0.25  # seconds between polls, each of which costs two commands


class FetchLockStore:
    """A store with locks that all workers that share it respect.

    Args:
        store: Keeps the states.
        locks: Keeps the locks.
        policy: How long to wait for another worker.
        clock: Seconds, for the lifetimes of states.
    """

    has_locks = True

    def __init__(self, store: SharedStore, locks: FailSafeCache, policy: ResolverPolicy, clock: SteadyClock) -> None:
        self._store = store
        self._locks = locks
        self._policy = policy
        self._clock = clock
        self.load = store.load
        self.store = store.store
        self.forget = store.forget

    @asynccontextmanager
    async def fetch_lock(
        self, hostname: str, known: DelegationState | None, *, accepts_stored: bool
    ) -> AsyncGenerator[CurrentDelegation | None]:
        """Wait for the lock of *hostname*, or for what another worker stores.

        Args:
            hostname: The host.
            known: The state of *hostname* now.
            accepts_stored: False after an invalidation, because the other worker's request may have begun before it.

        Yields:
            What another worker has stored, or None. After None, this worker makes the request, and the others wait until the block ends.
        """
        key, token = cache_key(hostname), None
        loop, pause = asyncio.get_running_loop(), _FIRST_PAUSE
        give_up_at = loop.time() + self._policy.fetch_lock_wait
        try:
            while True:
                token = await self._locks.lock(key)
                # Also with the lock: the other worker may have stored its result just before it released the lock.
                stored = await self._stored_by_other_worker(hostname, known) if accepts_stored else None
                if stored is not None or token is not None or loop.time() >= give_up_at:
                    break
                await asyncio.sleep(pause)
                pause = min(pause * _GROWTH, _LONGEST_PAUSE)
            yield stored
        finally:
            if token is not None:
                await self._locks.unlock(key, token)

    async def _stored_by_other_worker(self, hostname: str, known: DelegationState | None) -> CurrentDelegation | None:
        """Return the state with which another worker has replaced *known*, if any."""
        now = self._clock()
        stored = await self._store.load(hostname, now=now)
        return (
            None
            if stored is None or stored == known
            else current_delegation(stored, now=self._clock(), policy=self._policy)
        )
