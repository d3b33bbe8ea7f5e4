"""Backends that suspend in every call, as real ones do: before and after the answer, and while they clean up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from matrix_resolve import CacheBackend, DnsAnswer, DnsBackend, HttpBackend, HttpResponse, RecordType

V = TypeVar("V")


class Gauge:
    """Counts the calls of the backends.

    Attributes:
        open: Calls that have begun and not ended.
        disturbed: Calls that were cancelled a second time, while they cleaned up.
    """

    def __init__(self) -> None:
        self.open = 0
        self.disturbed = 0

    async def call(self, work: Callable[[], Awaitable[V]]) -> V:
        """Suspend before and after *work*; when cancelled, suspend once more to clean up."""
        self.open += 1
        try:
            await asyncio.sleep(0)
            result = await work()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            await self._clean_up()
            raise
        finally:
            self.open -= 1
        return result

    async def _clean_up(self) -> None:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.disturbed += 1
            raise


class SuspendingDns:
    def __init__(self, inner: DnsBackend, gauge: Gauge) -> None:
        self._inner = inner
        self._gauge = gauge

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        return await self._gauge.call(lambda: self._inner.lookup(name, record_type, refresh=refresh))


class SuspendingHttp:
    def __init__(self, inner: HttpBackend, gauge: Gauge) -> None:
        self._inner = inner
        self._gauge = gauge

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        return await self._gauge.call(
            lambda: self._inner.get(url, addresses=addresses, headers=headers, max_bytes=max_bytes, timeout=timeout)
        )


class SuspendingCache:
    """A cache that does not answer while *is_silent* is true."""

    def __init__(self, inner: CacheBackend, gauge: Gauge) -> None:
        self.is_silent = False
        self._inner = inner
        self._gauge = gauge

    async def get(self, key: str) -> bytes | None:
        return await self._call(lambda: self._inner.get(key))

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        await self._call(lambda: self._inner.set(key, value, ttl))

    async def delete(self, key: str) -> None:
        await self._call(lambda: self._inner.delete(key))

    async def _call(self, work: Callable[[], Awaitable[V]]) -> V:
        if self.is_silent:
            await self._gauge.call(asyncio.Event().wait)
        return await self._gauge.call(work)
