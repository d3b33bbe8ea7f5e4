"""Limits how long a whole request may take, for which httpx has no option."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import httpx

T = TypeVar("T")


class Deadline:
    """The end of the time for one request, which begins now.

    Args:
        seconds: How long it may take; None for no limit.
        request: The request, for the error.
    """

    def __init__(self, seconds: float | None, request: httpx.Request) -> None:
        self._seconds, self._request = seconds, request
        self._when = None if seconds is None else asyncio.get_running_loop().time() + seconds

    async def limit(self, waiting: Awaitable[T]) -> T:
        """Await a part of the request.

        Raises:
            httpx.ReadTimeout: If the time is over.
        """
        limit = asyncio.timeout_at(self._when)
        try:
            async with limit:
                return await waiting
        except TimeoutError as error:
            if not limit.expired():
                raise
            message = f"the response did not end within {self._seconds:g} s (total_timeout of FederationTransport)"
            raise httpx.ReadTimeout(message, request=self._request) from error
