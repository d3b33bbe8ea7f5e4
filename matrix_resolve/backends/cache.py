"""The contract of a cache backend, which can wrap any key-value store in about ten lines, and that of optional locks for a shared store.

The cache contains one kind of record: the result of fetching a hostname's well-known document, as bytes under keys that begin with
``matrix-resolve:2:``. What it returns is validated like any other outside input, so a damaged store makes resolutions slower, but not wrong. A
valid record is used, however: anyone who can write to the store controls where server names are delegated to. The caller closes the backend.
"""

from typing import Protocol, runtime_checkable

__all__ = ["MAX_VALUE", "CacheBackend", "CacheValueTooLongError", "LockingCacheBackend"]

MAX_VALUE = 4096
"""The largest value, in bytes. A longer value was not written by this library, and is not read completely."""


class CacheValueTooLongError(Exception):
    """A value is longer than `MAX_VALUE`. It counts as a miss."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the value under {key} has more than {MAX_VALUE} bytes")


class CacheBackend(Protocol):
    """Keeps bytes under a key for a while."""

    async def get(self, key: str) -> bytes | None:
        """Return the value under *key*, or None if there is none or it has expired.

        If others can write to the store, read at most one byte more than 4 KiB. A longer value counts as a miss.

        Raises:
            TimeoutError: If the store is locked or does not answer. It counts as a miss, and the cache is not used for a while.
            Exception: Any other exception counts as a miss.
        """
        ...

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Store *value* under *key* for at most *ttl* seconds, and replace any previous value.

        Args:
            key: ASCII, at most 200 characters.
            value: At least one byte, and at most 4 KiB.
            ttl: Seconds, more than 0.

        Raises:
            TimeoutError: As in `get`.
            Exception: Any exception is logged and otherwise ignored.
        """
        ...

    async def delete(self, key: str) -> None:
        """Delete *key*. If it does not exist, do nothing."""
        ...


@runtime_checkable
class LockingCacheBackend(CacheBackend, Protocol):
    """A cache backend with locks, so that only one worker fetches a document while the others wait for the result that it stores.

    A backend that has these two methods is used in this way without any setting.
    """

    async def lock(self, key: str, ttl: float) -> str | None:
        """Lock *key* against all workers that share the store, this one included, if it is not locked. Do not wait for it.

        Args:
            key: As in `get`. Locks and values are independent: neither replaces the other.
            ttl: Seconds after which the lock expires, because its holder may have died.

        Returns:
            A token for `unlock`, or None if *key* is locked.

        Raises:
            Exception: After any exception, each worker fetches the document itself.
        """
        ...

    async def unlock(self, key: str, token: str) -> None:
        """End the lock with this *token*, and no other. If it has already ended, do nothing.

        Raises:
            Exception: Any exception is logged and otherwise ignored.
        """
        ...
