"""Limits how long a whole request may take, for which httpx has no option."""

import asyncio
from collections.abc import Awaitable
from typing import Literal, TypeVar

import httpx

from .._connect.errors import ConnectFailed
from ..errors import ResolutionTimeout
from ._httpx_errors import FederationConnectTimeout

T = TypeVar("T")


class Deadline:
    """The end of the time for one request, which begins now.

    Args:
        seconds: How long it may take; None for no limit.
        request: The request, for the error.
        server_name: The server name, for the error.

    Attributes:
        stage: What the request is doing. From ``"sent"`` on, the server may have received a part of it.
    """

    def __init__(self, seconds: float | None, request: httpx.Request, server_name: str) -> None:
        self.stage: Literal["resolving", "connecting", "sent"] = "resolving"
        self._seconds, self._request, self._server_name = seconds, request, server_name
        self._when = None if seconds is None else asyncio.get_running_loop().time() + seconds

    async def limit(self, waiting: Awaitable[T]) -> T:
        """Await a part of the request.

        Raises:
            FederationConnectTimeout: If the time is over before anything was sent.
            httpx.ReadTimeout: If the time is over after that.
        """
        limit = asyncio.timeout_at(self._when)
        try:
            async with limit:
                return await waiting
        except TimeoutError as error:
            if not limit.expired():
                raise
            if self.stage == "sent":
                message = f"the response did not end within {self._limit}"
                raise httpx.ReadTimeout(message, request=self._request) from error
            cause = self._not_sent()
            raise FederationConnectTimeout(cause, request=self._request) from cause

    @property
    def _limit(self) -> str:
        return f"{self._seconds:g} s (total_timeout of FederationTransport)"

    def _not_sent(self) -> ResolutionTimeout | ConnectFailed:
        if self.stage == "connecting":
            return ConnectFailed(self._server_name, (), f" within {self._limit}", out_of_time=True)
        message = f"{self._server_name}: not resolved within {self._limit}"
        return ResolutionTimeout(message, code="resolution-timeout", server_name=self._server_name)
