"""The contract of a cache backend: any key-value store fits in ten lines.

It holds one kind of record, what a hostname's well-known said, as bytes under keys that begin with ``matrix-resolve:1:``. What it gives
back is checked like any other input from outside, so a shared or damaged store costs speed and never an answer. The caller closes it.
"""

from typing import Protocol


class CacheBackend(Protocol):
    """Keeps bytes under a key for a while."""

    async def get(self, key: str) -> bytes | None:
        """Give what was set under *key*, or None if there is nothing or its time is over.

        Raises:
            Exception: Any exception counts as a miss.
        """
        ...

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Keep *value* under *key* for at most *ttl* seconds, instead of what was there.

        Args:
            key: ASCII, at most 200 characters.
            value: At most 4 KiB.
            ttl: Seconds, more than 0.

        Raises:
            Exception: Any exception is logged and otherwise ignored.
        """
        ...

    async def delete(self, key: str) -> None:
        """Forget *key*; that it is not there is no error."""
        ...
