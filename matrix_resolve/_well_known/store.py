"""Where the records of well-knowns are kept: in this process, as they are, or in a cache backend that somebody else may write to."""

from collections import OrderedDict
from typing import Protocol

from .._context import StatsCounter
from .._util.steady_clock import SteadyClock
from .._util.throttled_log import ThrottledLog
from ..backends.cache import CacheBackend
from ..policy import ResolverPolicy
from .codec import WellKnownRecord, cache_key, decode, encode, shifted
from .fail_safe_cache import NO_AGREEMENT, GuardedCache


class RecordStore(Protocol):
    """Keeps one record for each hostname, and perhaps locks."""

    @property
    def has_locks(self) -> bool:
        """True if workers can agree on who fetches."""
        ...

    async def load(self, hostname: str, *, now: float) -> WellKnownRecord | None:
        """Give the record of *hostname*, or None."""
        ...

    async def store(self, hostname: str, record: WellKnownRecord, ttl: float) -> None:
        """Keep *record* for *ttl* seconds."""
        ...

    async def forget(self, hostname: str) -> None:
        """Delete the record of *hostname*."""
        ...

    async def lock(self, hostname: str) -> str | None:
        """Give a token, or None if another worker has locked *hostname*."""
        ...

    async def unlock(self, hostname: str, token: str) -> None:
        """End the lock of *token*."""
        ...


class OwnRecords:
    """Records in this process, bounded; the one stored longest ago goes first. What is over is no use to anybody, and may stay until then.

    Args:
        max_records: How many are kept.
    """

    has_locks = False

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

    async def lock(self, hostname: str) -> str | None:  # noqa: ARG002 - there is one worker
        """Agree with nobody."""
        return NO_AGREEMENT

    async def unlock(self, hostname: str, token: str) -> None:
        """End nothing."""


class SharedRecords:
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

    @property
    def has_locks(self) -> bool:
        """True if the backend has locks."""
        return self._cache.has_locks

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

    async def lock(self, hostname: str) -> str | None:
        """Lock the record of *hostname*."""
        return await self._cache.lock(cache_key(hostname))

    async def unlock(self, hostname: str, token: str) -> None:
        """End the lock of *token*."""
        await self._cache.unlock(cache_key(hostname), token)


def record_store(
    cache: CacheBackend | None, policy: ResolverPolicy, log: ThrottledLog, counters: StatsCounter, clock: SteadyClock
) -> RecordStore:
    """Return the store for a resolver's records: *cache*, or this process if that is None."""
    if cache is None:
        return OwnRecords(policy.max_names)
    return SharedRecords(GuardedCache(cache, policy, log, counters), policy, clock)
