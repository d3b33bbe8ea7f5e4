"""A fake HTTP backend with responses in memory."""

import asyncio
import json
from collections.abc import Mapping, Sequence

import attrs

from .._well_known.document import WELL_KNOWN_PATH
from ..backends.http import HttpResponse


@attrs.frozen
class FakeRequest:
    """A request that a `FakeHttp` received.

    Attributes:
        url: The URL.
        addresses: The pinned addresses.
        headers: The request headers.
    """

    url: str
    addresses: tuple[str, ...]
    headers: Mapping[str, str]


class FakeHttp:
    """An HTTP backend that returns the responses that were set for a URL, and 404 for all other URLs.

    It never suspends unless `gate` is set.

    Attributes:
        requests: The requests, in order.
        gate: If set, requests wait for this event.
    """

    def __init__(self) -> None:
        self.requests: list[FakeRequest] = []
        self.gate: asyncio.Event | None = None
        self._answers: dict[str, list[HttpResponse | Exception]] = {}

    def serve(self, url: str, *answers: HttpResponse | Exception) -> None:
        """Set the responses for *url*.

        They are returned in order, and the last one is repeated. If one is an exception, it is raised.
        """
        self._answers[url] = list(answers)

    def well_known(self, hostname: str, delegated: str, headers: Mapping[str, str] | None = None) -> None:
        """Set the well-known document of *hostname*, which delegates to *delegated*."""
        body = json.dumps({"m.server": delegated}).encode()
        self.serve(well_known_url(hostname), HttpResponse(200, tuple((headers or {}).items()), body))

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - the signature of the contract
    ) -> HttpResponse:
        """Return the response that was set for *url*."""
        if timeout <= 0 or not addresses:
            message = "a request needs time and an address"
            raise ValueError(message)
        self.requests.append(FakeRequest(url, tuple(addresses), dict(headers)))
        if self.gate is not None:
            async with asyncio.timeout(timeout):
                await self.gate.wait()
        answers = self._answers.get(url, [HttpResponse(404)])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return attrs.evolve(
            answer, body=answer.body[:max_bytes], truncated=answer.truncated or len(answer.body) > max_bytes
        )


def well_known_url(hostname: str) -> str:
    """Return the URL of the well-known document of *hostname*."""
    return f"https://{hostname}{WELL_KNOWN_PATH}"
