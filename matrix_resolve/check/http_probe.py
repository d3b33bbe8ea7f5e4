"""GET requests of a check: what came, or why nothing came."""

import asyncio
import re
from collections.abc import Mapping, Sequence

import attrs

from ..backends.http import HttpBackend, HttpResponse
from ..escaping import printable
from ..redirects import authority_of
from ..values import ConnectionTarget
from .evidence import HttpExchange, Trouble
from .tls_probe import describe

_ESSENCE = re.compile(r"(:?\\n|: <).*", re.DOTALL)
"""What aiohttp goes on to quote, after it has said what is wrong."""
MAX_BYTES = 131_072
"""Of a response; key responses of servers with many old keys are the largest."""


class NotedRequests:
    """An HTTP backend that takes down each request of another one.

    Args:
        http: The other one.

    Attributes:
        exchanges: The requests, in order.
    """

    def __init__(self, http: HttpBackend) -> None:
        self._http = http
        self.exchanges: list[HttpExchange] = []

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
            self.exchanges.append(HttpExchange(url, ip, trouble=_trouble(error, url, addresses[0])))
            raise
        self.exchanges.append(
            HttpExchange(url, ip, response.status, response.headers, response.body, response.truncated)
        )
        return response


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
