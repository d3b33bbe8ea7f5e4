"""The contracts of a cache backend, which wraps any key-value store in about ten lines, and of optional locks for a shared store.

The cache holds one kind of record: a hostname's well-known result, as bytes under keys that begin with ``matrix-resolve:1:``. What it returns
is checked like any other outside input, so a damaged store costs speed, never an answer. But a well-formed record is used: anyone who can write
to the store controls where server names are delegated to. The caller closes it.
"""

from typing import Protocol, runtime_checkable

MAX_VALUE = 4096
"""The largest value, in bytes. A longer value was not written by this library, and is not read completely."""


class CacheValueTooLongError(Exception):
    """A value is longer than `MAX_VALUE`. It counts as a miss."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the value under {key} has more than {MAX_VALUE} bytes")


class CacheBackend(Protocol):
    """Keeps bytes under a key for a while."""

    async def get(self, key: str) -> bytes | None:
        """Return what was set under *key*, or None if there is nothing or its time is over.

        From a store that others can write to, read at most one byte more than 4 KiB. A longer value counts as a miss.

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
        """Forget *key*; that it is not there is no error."""
        ...


@runtime_checkable
class LockingCacheBackend(CacheBackend, Protocol):
    """A cache backend whose workers can agree on who fetches: one of them, while the others wait for what it stores.

    A backend that has these two methods is used in this way without being told to.
    """

    async def lock(self, key: str, ttl: float) -> str | None:
        """Lock *key* against all workers that share the store, this one included, if it is not locked; do not wait for it.

        Args:
            key: As in `get`; a lock is no value, and neither hides the other.
            ttl: Seconds after which the lock ends by itself, because its holder may have died.

        Returns:
            A token that is needed to unlock, or None if it is locked.

        Raises:
            Exception: Any exception means that there is no agreement to be had, and everybody fetches.
        """
        ...

    async def unlock(self, key: str, token: str) -> None:
        """End the lock that gave *token*, and no other; that it has ended already is no error.

        Raises:
            Exception: Any exception is logged and otherwise ignored.
        """
        ...
