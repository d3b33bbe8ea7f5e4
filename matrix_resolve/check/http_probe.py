"""GET requests of a check: what came, or why nothing came."""

import asyncio
import re
from collections.abc import Mapping, Sequence

import attrs

from ..backends.http import HttpBackend, HttpResponse
from ..escaping import printable
from ..server_name import ServerName
from ..values import ConnectionTarget
from ..well_known import authority_of
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
            self.exchanges.append(HttpExchange(url, ip, trouble=_trouble(error, authority_of(url), addresses[0])))
            raise
        self.exchanges.append(
            HttpExchange(url, ip, response.status, response.headers, response.body, response.truncated)
        )
        return response


def _trouble(error: BaseException, authority: ServerName, ip: str) -> Trouble:
    host = authority.tls_server_name
    target = ConnectionTarget(ip, authority.port or 443, str(authority), host, dns_name=authority.dns_name)
    if isinstance(error, asyncio.CancelledError):
        error = TimeoutError()
    if isinstance(error, OSError):
        trouble = describe(error, target, "http")
        return attrs.evolve(trouble, message=_ESSENCE.sub("", trouble.message))
    return Trouble("failed", printable(str(error)) or type(error).__name__, "http")
