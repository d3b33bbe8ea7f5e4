"""The stores for the states of delegations: in this process, or in a cache backend, to which other programs may write."""

from collections import OrderedDict
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from .._util.steady_clock import SteadyClock
from ..policy import ResolverPolicy
from .codec import DelegationState, cache_key, decode, encode, shifted
from .fail_safe_cache import FailSafeCache
from .lifetimes import CurrentDelegation

_NO_LOCK: AbstractAsyncContextManager[CurrentDelegation | None] = nullcontext(None)


class DelegationStore(Protocol):
    """Keeps one state for each hostname."""

    @property
    def has_locks(self) -> bool:
        """True if workers can agree on which of them makes a request."""
        ...

    async def load(self, hostname: str, *, now: float) -> DelegationState | None:
        """Return the state of *hostname*, or None."""
        ...

    async def store(self, hostname: str, state: DelegationState, ttl: float) -> None:
        """Keep *state* for *ttl* seconds."""
        ...

    async def forget(self, hostname: str) -> None:
        """Delete the state of *hostname*."""
        ...

    def fetch_lock(
        self, hostname: str, known: DelegationState | None, *, accepts_stored: bool
    ) -> AbstractAsyncContextManager[CurrentDelegation | None]:
        """Return a context manager that keeps other workers from requesting the document of *hostname*, if the store has locks.

        Args:
            hostname: The host.
            known: The state of *hostname* now.
            accepts_stored: True if what another worker stores in the meantime may be used.

        Returns:
            A context manager. It yields what another worker has stored, or None if the caller has to make the request.
        """
        ...


class _WithoutLocks:
    """The part of a store without locks, where each worker makes its own requests."""

    has_locks = False

    def fetch_lock(
        self,
        hostname: str,  # noqa: ARG002 - nothing is locked
        known: DelegationState | None,  # noqa: ARG002 - nothing is locked
        *,
        accepts_stored: bool,  # noqa: ARG002 - nothing is locked
    ) -> AbstractAsyncContextManager[CurrentDelegation | None]:
        """Return a context that locks nothing."""
        return _NO_LOCK


class LocalStore(_WithoutLocks):
    """Keeps a limited number of states in this process. The one stored longest ago is removed first. Expired states may stay until then.

    Args:
        max_cached_names: How many states are kept.
    """

    def __init__(self, max_cached_names: int) -> None:
        # OrderedDict: finding the first key of a dict scans all keys deleted before it.
        self._states: OrderedDict[str, DelegationState] = OrderedDict()
        self._max_names = max_cached_names

    async def load(self, hostname: str, *, now: float) -> DelegationState | None:  # noqa: ARG002 - the state has its own times
        """Return the state of *hostname*."""
        return self._states.get(hostname)

    async def store(self, hostname: str, state: DelegationState, ttl: float) -> None:  # noqa: ARG002 - the state has its own times
        """Store *state*."""
        self._states.pop(hostname, None)
        self._states[hostname] = state
        if len(self._states) > self._max_names:
            self._states.popitem(last=False)

    async def forget(self, hostname: str) -> None:
        """Delete the state of *hostname*."""
        self._states.pop(hostname, None)


class SharedStore(_WithoutLocks):
    """Keeps states in a cache backend, as bytes. What the backend returns is validated like any other outside input.

    Stored times are wall-clock times, because that is the only clock that machines share.

    Args:
        cache: The backend.
        policy: Its longest lifetimes limit the times in a state.
        clock: Converts between its time and wall-clock time.
    """

    def __init__(self, cache: FailSafeCache, policy: ResolverPolicy, clock: SteadyClock) -> None:
        self._cache = cache
        self._policy = policy
        self._clock = clock

    async def load(self, hostname: str, *, now: float) -> DelegationState | None:
        """Return the state of *hostname*, or None if there is no valid one."""
        key = cache_key(hostname)
        data = await self._cache.get(key)
        if data is None:
            return None
        state = decode(data, now=self._clock.to_wall(now), policy=self._policy)
        if state is None:
            self._cache.refuse(
                ValueError(f"the value under {key} is not a record that this version of the library writes")
            )
            return None
        return shifted(state, self._clock.ahead)

    async def store(self, hostname: str, state: DelegationState, ttl: float) -> None:
        """Keep *state*."""
        await self._cache.set(cache_key(hostname), encode(shifted(state, -self._clock.ahead)), ttl)

    async def forget(self, hostname: str) -> None:
        """Delete the state of *hostname*."""
        await self._cache.delete(cache_key(hostname))
