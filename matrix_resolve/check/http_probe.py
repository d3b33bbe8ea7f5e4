"""GET requests of a check: what came, or why nothing came. They are bounded in number, and in what is kept of them."""

import asyncio
import re
from collections.abc import Mapping, Sequence

import attrs

from ..backends.http import HttpBackend, HttpResponse
from ..escaping import printable
from ..redirects import authority_of
from ..values import ConnectionTarget
from .bounds import ConnectionBudget, ConnectionsUsedUp
from .evidence import HttpExchange, Trouble
from .once import Once
from .tls_probe import describe

_ESSENCE = re.compile(r"(:?\\n|: <).*", re.DOTALL)
"""What aiohttp goes on to quote, after it has said what is wrong."""
MAX_BYTES = 131_072
"""Of a key response: those of servers with many old keys are the largest."""
MAX_ANSWER_BYTES = 32_768
"""Of any other response of a homeserver: ten times what the longest one, /_matrix/client/versions, has today."""
KEPT_HEADER_BYTES = 16_384
"""Kept of the headers of a response: twice what most web servers send at most."""
KEPT_BODY_BYTES = 4_096
"""Kept of the body of a redirect: enough to recognise the page."""


class BoundedRequests:
    """An HTTP backend that opens only so many connections, and sends a request once, however many ask for it.

    Args:
        http: Makes the requests.
        budget: The connections: as many as a request has addresses.
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
        timeout: float,  # noqa: ASYNC109 - the contract's
    ) -> HttpResponse:
        """Make one GET request, or return what came of it before.

        Raises:
            ConnectionsUsedUp: If no connection is left.
            Exception: What the other backend raised.
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


class NotedRequests:
    """An HTTP backend that records each request of another one.

    Args:
        http: The other one.

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
        timeout: float,  # noqa: ASYNC109 - the contract's
    ) -> HttpResponse:
        """Make one GET request.

        Raises:
            Exception: What the other one raised.
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
    """Return *exchange* with as much of the body as is kept of a redirect."""
    body = exchange.body[:KEPT_BODY_BYTES]
    return attrs.evolve(exchange, body=body, truncated=exchange.truncated or len(body) < len(exchange.body))


def _exchange(url: str, ip: str, response: HttpResponse) -> HttpExchange:
    headers = _kept(response.headers)
    is_cut = len(headers) < len(response.headers)
    return HttpExchange(url, ip, response.status, headers, response.body, response.truncated, headers_truncated=is_cut)


def _kept(headers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the first headers, whole."""
    size = 0
    for count, (name, value) in enumerate(headers):
        size += len(name) + len(value)
        if size > KEPT_HEADER_BYTES:
            return tuple(headers[:count])
    return tuple(headers)


def _trouble(error: BaseException, url: str, ip: str) -> Trouble:
    if isinstance(error, asyncio.CancelledError):
        error = TimeoutError()
    if isinstance(error, OSError):
        trouble = describe(error, _target(url, ip), "http")
        return attrs.evolve(trouble, message=_ESSENCE.sub("", trouble.message))
    return Trouble("failed", printable(str(error)) or type(error).__name__, "http")


def _target(url: str, ip: str) -> ConnectionTarget:
    """Say what was connected to; an SRV target, and so the host of a URL, need not be a server name."""
    try:
        authority = authority_of(url)
    except ValueError:
        host = printable(url.split("/")[2])
        return ConnectionTarget(ip, 443, host, host, dns_name=host)
    name = authority.tls_server_name
    return ConnectionTarget(ip, authority.port or 443, str(authority), name, dns_name=authority.dns_name)
