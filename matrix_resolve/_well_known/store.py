"""Where the records of well-knowns are kept: in this process, as they are, or in a cache backend that somebody else may write to."""

from collections import OrderedDict
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from .._util.steady_clock import SteadyClock
from ..policy import ResolverPolicy
from .codec import WellKnownRecord, cache_key, decode, encode, shifted
from .fail_safe_cache import GuardedCache
from .state import Reading

_NO_LOCK: AbstractAsyncContextManager[Reading | None] = nullcontext(None)


class RecordStore(Protocol):
    """Keeps one record for each hostname."""

    async def load(self, hostname: str, *, now: float) -> WellKnownRecord | None:
        """Return the record of *hostname*, or None."""
        ...

    async def store(self, hostname: str, record: WellKnownRecord, ttl: float) -> None:
        """Keep *record* for *ttl* seconds."""
        ...

    async def forget(self, hostname: str) -> None:
        """Delete the record of *hostname*."""
        ...

    def fetch_lock(
        self, hostname: str, known: WellKnownRecord | None, *, accepts_stored: bool
    ) -> AbstractAsyncContextManager[Reading | None]:
        """Return a context in which no other worker requests the document of *hostname*, as far as workers can agree on that.

        Args:
            hostname: The host.
            known: Its record now.
            accepts_stored: True if what another worker stores in the meantime may be used.

        Returns:
            A context manager. It yields what another worker has stored, or None if the request is to be made now.
        """
        ...


class _WithoutLocks:
    """Where workers cannot agree on which of them makes a request."""

    def fetch_lock(self, *_: object, accepts_stored: bool) -> AbstractAsyncContextManager[Reading | None]:  # noqa: ARG002 - nothing is locked
        """Return a context that locks nothing."""
        return _NO_LOCK


class OwnRecords(_WithoutLocks):
    """Records in this process, bounded; the one stored longest ago goes first. What is over is no use to anybody, and may stay until then.

    Args:
        max_records: How many are kept.
    """

    def __init__(self, max_records: int) -> None:
        # OrderedDict: finding the first key of a dict scans all keys deleted before it.
        self._records: OrderedDict[str, WellKnownRecord] = OrderedDict()
        self._max_records = max_records

    async def load(self, hostname: str, *, now: float) -> WellKnownRecord | None:  # noqa: ARG002 - the record knows its times
        """Give the record of *hostname*."""
        return self._records.get(hostname)

    async def store(self, hostname: str, record: WellKnownRecord, ttl: float) -> None:  # noqa: ARG002 - same
        """Keep *record*."""
        self._records.pop(hostname, None)
        self._records[hostname] = record
        if len(self._records) > self._max_records:
            self._records.popitem(last=False)

    async def forget(self, hostname: str) -> None:
        """Delete the record of *hostname*."""
        self._records.pop(hostname, None)


class SharedRecords(_WithoutLocks):
    """Records in a cache backend, as bytes. What the backend returns is checked like any outside input.

    Stored times are wall-clock times, because machines have no other clock in common.

    Args:
        cache: The guarded backend.
        policy: Its longest lifetimes limit the times in a record.
        clock: Converts between its time and wall-clock time.
    """

    def __init__(self, cache: GuardedCache, policy: ResolverPolicy, clock: SteadyClock) -> None:
        self._cache = cache
        self._policy = policy
        self._clock = clock

    async def load(self, hostname: str, *, now: float) -> WellKnownRecord | None:
        """Return the record of *hostname*, or None if there is none that this library would have written."""
        key = cache_key(hostname)
        data = await self._cache.get(key)
        if data is None:
            return None
        record = decode(data, now=self._clock.to_wall(now), policy=self._policy)
        if record is None:
            self._cache.refuse(
                ValueError(f"the value under {key} is not a record that this version would have written")
            )
            return None
        return shifted(record, self._clock.ahead)

    async def store(self, hostname: str, record: WellKnownRecord, ttl: float) -> None:
        """Keep *record*."""
        await self._cache.set(cache_key(hostname), encode(shifted(record, -self._clock.ahead)), ttl)

    async def forget(self, hostname: str) -> None:
        """Delete the record of *hostname*."""
        await self._cache.delete(cache_key(hostname))
