"""The contract of cache backends, and that of locks for a shared store, which are optional.

A cache backend for a key-value store takes about ten lines.

The cache contains one kind of record: the result of fetching a hostname's well-known document, as bytes under keys that begin with
``matrix-resolve:2:``. Records are validated like any other outside input, so a damaged store makes resolutions slower, but not wrong. Valid
records are trusted, however: anyone who can write to the store controls where server names are delegated to. The caller closes the backend.
"""

from typing import Protocol, runtime_checkable

__all__ = ["MAX_VALUE_BYTES", "CacheBackend", "CacheValueTooLongError", "LockingCacheBackend"]

MAX_VALUE_BYTES = 4096
"""The length of the longest value that this library writes, in bytes. A longer value is not read completely."""


class CacheValueTooLongError(Exception):
    """A value is longer than `MAX_VALUE_BYTES`. It counts as a miss."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the value under {key} has more than {MAX_VALUE_BYTES} bytes")


class CacheBackend(Protocol):
    """Keeps bytes under a key for a while."""

    async def get(self, key: str) -> bytes | None:
        """Return the value under *key*, or None if there is none or it has expired.

        If other programs can write to the store, read at most 4 KiB and one byte. A longer value counts as a miss.

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

    The resolver uses the locks of every backend that has these two methods. No setting is needed.
    """

    async def lock(self, key: str, ttl: float) -> str | None:
        """Lock *key* for all workers that share the store, including this one, if it is not locked. Do not wait until it is free.

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
        """Release the lock on *key* only if *token* is its token. If that lock has already ended, do nothing.

        Raises:
            Exception: Any exception is logged and otherwise ignored.
        """
        ...
