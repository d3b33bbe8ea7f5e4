"""A cache backend that several workers share, in Redis or a compatible store.

The caller creates the client, with its connections and credentials, and closes it. Sentinels and clusters can be used if the client supports them. This
module imports no library: it accepts any client with the four methods of `RedisClient`.
"""

import secrets
from collections.abc import Awaitable
from typing import Any, Protocol

from .cache import MAX_VALUE_BYTES, CacheValueTooLongError

__all__ = ["RedisCache", "RedisClient"]

_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
"""Deletes a lock only if it still belongs to its holder. In two separate commands, another worker could get the lock in between."""


class RedisClient(Protocol):
    """The methods that a client needs. The clients of redis-py (``redis.asyncio.Redis`` and ``RedisCluster``) and valkey-py have them."""

    def getrange(self, key: Any, start: Any, end: Any) -> Awaitable[Any]:
        """GETRANGE."""
        ...

    def set(self, name: Any, value: Any, *, px: Any = ..., nx: bool = ...) -> Awaitable[Any]:
        """SET with PX and NX."""
        ...

    def delete(self, *names: Any) -> Awaitable[Any]:
        """DEL."""
        ...

    def eval(self, script: Any, numkeys: Any, *keys_and_args: Any) -> Awaitable[Any]:
        """EVAL."""
        ...


class RedisCache:
    """A cache backend in Redis, Valkey or a compatible store. It has locks, so that only one worker at a time fetches a document.

    Args:
        client: An asyncio client, with or without ``decode_responses``. It is not closed.
        prefix: The beginning of every key, for stores that several programs share.
    """

    def __init__(self, client: RedisClient, *, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix

    async def get(self, key: str) -> bytes | None:
        """Return the value under *key*, or None if there is none or it has expired.

        Raises:
            CacheValueTooLongError: If the value is longer than 4 KiB. At most one byte more than that is read.
        """
        value: object = await self._client.getrange(self._prefix + key, 0, MAX_VALUE_BYTES)  # the end is inclusive
        data = value.encode() if isinstance(value, str) else value
        if not isinstance(data, bytes) or not data:  # Redis returns an empty string for a key that does not exist
            return None
        if len(data) > MAX_VALUE_BYTES:
            raise CacheValueTooLongError(key)
        return data

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Store *value* under *key* for *ttl* seconds."""
        await self._client.set(self._prefix + key, value, px=_milliseconds(ttl))

    async def delete(self, key: str) -> None:
        """Delete *key*."""
        await self._client.delete(self._prefix + key)

    async def lock(self, key: str, ttl: float) -> str | None:
        """Lock *key* for all workers that share the store, and return a token, or None if it is locked."""
        token = secrets.token_hex(16)
        is_ours = await self._client.set(self._lock_name(key), token, nx=True, px=_milliseconds(ttl))
        return token if is_ours else None

    async def unlock(self, key: str, token: str) -> None:
        """Release the lock that has this *token*."""
        await self._client.eval(_UNLOCK, 1, self._lock_name(key), token)

    def _lock_name(self, key: str) -> str:
        return f"{self._prefix}{key}:lock"


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
