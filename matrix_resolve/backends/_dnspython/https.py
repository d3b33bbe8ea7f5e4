"""Sends dnspython's messages over HTTPS (RFC 8484).

This module does not use dnspython's own HTTPS support, but httpcore, on which it is built. dnspython reads and decompresses responses of any
length, and a query that is cancelled during the TLS handshake leaves its socket open.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import attrs
import dns.message
import dns.name
import h2.connection  # noqa: F401 # pyright: ignore[reportUnusedImport] - httpcore imports it only when it connects

from ..dns import NameServerError, RecordType
from .replies import read_message
from .transports import PADDING, LazyContext, checked

if TYPE_CHECKING:
    import httpcore2 as httpcore
else:
    try:
        import httpcore2 as httpcore  # the dependency of dnspython's extra "doh"
    except ImportError:
        import httpcore  # the dependency in older versions

_MAX_MESSAGE = 65535  # octets
_MEDIA_TYPE = "application/dns-message"


@attrs.frozen
class OverHttps:
    """A name server that is queried over HTTPS (RFC 8484)."""

    url: str
    address: str
    context: LazyContext

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Make the query with POST on a new connection, and with the ID 0 that RFC 8484, section 4.1, recommends."""
        question = dns.message.make_query(name, record_type, use_edns=0, pad=PADDING, id=0)
        network_backend = _NetworkBackend(self.address)
        try:
            async with httpcore.AsyncConnectionPool(
                ssl_context=await self.context.ready(), http2=True, network_backend=network_backend
            ) as pool:
                reply = read_message(await self._post(pool, question.to_wire()), question)
        finally:
            await network_backend.aclose()
        return checked(reply, question)

    def another_way(self) -> "OverHttps":
        """Return itself, because nobody on the path can see the queries and drop some of them."""
        return self

    async def _post(self, pool: "httpcore.AsyncConnectionPool", wire: bytes) -> bytes:
        headers = [("Accept", _MEDIA_TYPE), ("Content-Type", _MEDIA_TYPE)]
        async with pool.stream("POST", self.url, headers=headers, content=wire) as response:
            if response.status != HTTPStatus.OK:
                raise NameServerError(f"the name server responds with HTTP status {response.status}")
            body = b""
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) > _MAX_MESSAGE:
                    raise NameServerError("the name server's reply is longer than a DNS message can be")
            return body


class _NetworkBackend(httpcore.AsyncNetworkBackend):
    """Connects to one address, whatever the host is, and closes the connections that a cancelled HTTP client leaves open."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._asyncio = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._opened: list[httpcore.AsyncNetworkStream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> "httpcore.AsyncNetworkStream":
        del host
        stream = await self._asyncio.connect_tcp(self._address, port, timeout, local_address, socket_options)
        self._opened.append(stream)
        return stream

    async def aclose(self) -> None:
        for stream in self._opened:
            await stream.aclose()
