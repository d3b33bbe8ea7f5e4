"""Make the GET requests of a check, and record responses and failures. The number of requests and the recorded bytes are limited."""

import asyncio
import re
from collections.abc import Mapping, Sequence

import attrs

from ..._util.causes import os_error_text
from ..._util.escaping import printable
from ..._util.ports import HTTPS_PORT
from ..._well_known.redirects import authority_of
from ...backends.http import HttpBackend, HttpResponse
from ...models import ConnectionTarget
from ..bounds import ConnectionBudget, ConnectionsUsedUp
from ..exchanges import ConnectionProblem, HttpExchange
from .once import Once
from .tls import describe

_ESSENCE = re.compile(r"(:?\\n|: <).*", re.DOTALL)
"""The text after which aiohttp's message quotes the response."""
MAX_BYTES = 131_072
"""Bytes of a key response; the largest come from servers with many old keys."""
MAX_ANSWER_BYTES = 32_768
"""Bytes of any other response of a homeserver: ten times the size of today's longest one, /_matrix/client/versions."""
KEPT_HEADER_BYTES = 16_384
"""Bytes kept of the headers of a response: twice the limit of most web servers."""
KEPT_BODY_BYTES = 4_096
"""Bytes kept of the body of a redirect: enough to recognise the page."""


class BoundedRequests:
    """An HTTP backend with a limited number of connections, which makes equal requests only once.

    Args:
        http: The backend that makes the requests.
        budget: The connections. A request uses one for each of its addresses.
    """

    def __init__(self, http: HttpBackend, budget: ConnectionBudget) -> None:
        self._http = http
        self._budget = budget
        self._outcomes: Once[tuple[str, tuple[str, ...]], HttpResponse | Exception] = Once()

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        """Make one GET request, or return the earlier result of the same request.

        Raises:
            ConnectionsUsedUp: If no connection is left.
            Exception: The exception that *http* raised.
        """

        async def request() -> HttpResponse | Exception:
            self._budget.take(len(addresses))
            try:
                return await self._http.get(
                    url, addresses=addresses, headers=headers, max_bytes=max_bytes, timeout=timeout
                )
            except Exception as error:  # noqa: BLE001 - the contract: any exception means that the request failed
                return error

        outcome = await self._outcomes.get((url, tuple(addresses)), request)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class RecordingHttp:
    """An HTTP backend that passes requests on to another one, and records them.

    Args:
        http: The other backend.

    Attributes:
        exchanges: The requests, in order.
        is_cut_short: True if a request was not made because no connection was left.
    """

    def __init__(self, http: HttpBackend) -> None:
        self._http = http
        self.exchanges: list[HttpExchange] = []
        self.is_cut_short: bool = False

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        """Make one GET request.

        Raises:
            Exception: The exception that the other backend raised.
        """
        ip = addresses[0] if len(addresses) == 1 else ""
        try:
            response = await self._http.get(
                url, addresses=addresses, headers=headers, max_bytes=max_bytes, timeout=timeout
            )
        except (Exception, asyncio.CancelledError) as error:
            self.is_cut_short = self.is_cut_short or isinstance(error, ConnectionsUsedUp)
            self.exchanges.append(HttpExchange(url, ip, trouble=_trouble(error, url, addresses[0])))
            raise
        self.exchanges.append(_exchange(url, ip, response))
        return response


def in_short(exchange: HttpExchange) -> HttpExchange:
    """Return *exchange* with its body cut to the size that is kept of a redirect."""
    body = exchange.body[:KEPT_BODY_BYTES]
    return attrs.evolve(exchange, body=body, truncated=exchange.truncated or len(body) < len(exchange.body))


def _exchange(url: str, ip: str, response: HttpResponse) -> HttpExchange:
    headers = _kept(response.headers)
    is_cut = len(headers) < len(response.headers)
    return HttpExchange(url, ip, response.status, headers, response.body, response.truncated, headers_truncated=is_cut)


def _kept(headers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the first headers that fit into the limit. No header is cut."""
    size = 0
    for count, (name, value) in enumerate(headers):
        size += len(name) + len(value)
        if size > KEPT_HEADER_BYTES:
            return tuple(headers[:count])
    return tuple(headers)


def _trouble(error: BaseException, url: str, ip: str) -> ConnectionProblem:
    if isinstance(error, asyncio.CancelledError):
        error = TimeoutError()
    if isinstance(error, OSError):
        trouble = describe(error, _target(url, ip), "http")
        return attrs.evolve(trouble, message=_ESSENCE.sub("", trouble.message))
    return ConnectionProblem("failed", os_error_text(error), "http")


def _target(url: str, ip: str) -> ConnectionTarget:
    """Return the target of a request. The host of its URL may be an SRV target, which need not be a valid server name."""
    try:
        authority = authority_of(url)
    except ValueError:
        host = printable(url.split("/")[2])
        return ConnectionTarget(ip, HTTPS_PORT, host, host, dns_name=host)
    name = authority.tls_server_name
    return ConnectionTarget(ip, authority.port or HTTPS_PORT, str(authority), name, dns_name=authority.dns_name)
