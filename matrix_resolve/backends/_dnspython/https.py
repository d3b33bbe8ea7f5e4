"""How dnspython's messages go over HTTPS: RFC 8484.

Not used is dnspython's own HTTPS: it reads answers of any length, decompresses them, and a question that is cancelled during the TLS
handshake leaves its socket open. What it uses below, httpcore, is used here.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import attrs
import dns.message
import dns.name
import h2.connection  # noqa: F401 # pyright: ignore[reportUnusedImport] - httpcore would miss it only when it connects

from ..dns import NameServerError, RecordType
from .replies import read_message
from .transports import PADDING, LazyContext, checked

if TYPE_CHECKING:
    import httpcore2 as httpcore
else:
    try:
        import httpcore2 as httpcore  # what dnspython's extra "doh" brings,
    except ImportError:
        import httpcore  # and what it brought before

_MAX_MESSAGE = 65535  # octets
_MEDIA_TYPE = "application/dns-message"


@attrs.frozen
class OverHttps:
    """A name server on DNS over HTTPS: RFC 8484."""

    url: str
    address: str
    context: LazyContext

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Ask with POST on a connection of its own, and with the ID 0 that RFC 8484, section 4.1, wants."""
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
        """Return itself: nobody on the path can see the questions and drop some of them."""
        return self

    async def _post(self, pool: "httpcore.AsyncConnectionPool", wire: bytes) -> bytes:
        headers = [("Accept", _MEDIA_TYPE), ("Content-Type", _MEDIA_TYPE)]
        async with pool.stream("POST", self.url, headers=headers, content=wire) as response:
            if response.status != HTTPStatus.OK:
                raise NameServerError(f"the name server answers with HTTP status {response.status}")
            body = b""
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) > _MAX_MESSAGE:
                    raise NameServerError("the name server's reply is longer than a DNS message can be")
            return body


class _NetworkBackend(httpcore.AsyncNetworkBackend):
    """Connects to one address, whatever the host is called, and closes what the HTTP client forgets when it is cancelled."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._asyncio = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._opened: list[httpcore.AsyncNetworkStream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the HTTP client's
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
