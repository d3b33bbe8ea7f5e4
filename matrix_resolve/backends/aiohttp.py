"""The default HTTP backend: an ordinary aiohttp session, its own or the caller's. Nothing is ever looked up.

TLS, connecting and the reading of HTTP are left to aiohttp, asyncio and OpenSSL. Redirects, cookies, decompression and connection reuse are
switched off.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from ssl import SSLContext
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession

from ..tls import LazySslContext
from ._aiohttp.bounded_sockets import Attempt, Pin
from ._aiohttp.errors import is_tls_error, standard_error
from ._aiohttp.sessions import CallersSession, HttpsRequest, HttpsSession, OwnSession, groups_of
from .http import HttpResponse

__all__ = ["AiohttpBackend"]

_HTTPS_PORT = 443
_OUT_OF_LINE = re.compile(r"[\r\n\0]")
_MAX_FAILED_HANDSHAKES = 2
"""A handshake costs up to a tenth of a second of CPU time, and its server chooses how much."""


class AiohttpBackend:
    """An HTTP backend on aiohttp.

    With its own session, what is read of one connection is bounded in bytes on asyncio's own event loop, and the system's buffer for it is
    small on every loop. With the caller's session, only the timeout ends a server that never stops sending.

    Args:
        session: Asks instead of a session of its own: its TLS settings, tracing and proxy apply. It stays the caller's to close.
        ssl_context: Decides which certificates are valid; None for the caller's session's own, or `default_ssl_context`, which is made off
            the event loop at first use.
        connect_timeout: Seconds for connecting, TLS handshakes included, divided among the addresses.
        connect_to: For tests and odd networks: gets each pinned (ip, port) and returns the one to connect to instead.

    Raises:
        ValueError: If *session* would send credentials to everybody.
    """

    def __init__(
        self,
        session: ClientSession | None = None,
        *,
        ssl_context: SSLContext | LazySslContext | None = None,
        connect_timeout: float = 4.0,
        connect_to: Callable[[str, int], tuple[str, int]] | None = None,
    ) -> None:
        self._tls = ssl_context if isinstance(ssl_context, LazySslContext) else LazySslContext(ssl_context)
        self._connect_timeout = connect_timeout
        self._connect_to = connect_to
        self._callers: CallersSession | None = None
        if session is not None:
            self._callers = CallersSession(session, None if ssl_context is None else self._tls.get())
        self._own: OwnSession | None = None
        self._closed = False

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - the contract's
    ) -> HttpResponse:
        """Make one GET request to the pinned addresses.

        Args:
            url: Absolute https URL.
            addresses: IP addresses, in the order in which to try them.
            headers: Sent as they are, in addition to ``Host``.
            max_bytes: Of the body; reading stops there.
            timeout: Seconds for everything.

        Raises:
            OSError: If the connection or TLS failed (`ssl.SSLError` is one), or what came was not HTTP.
            TimeoutError: If it took longer than *timeout*.
            ValueError: If *url* is not https, or there is no address; or *url* or *headers* cannot be sent.
            RuntimeError: If the backend is closed.

        Source:
            RFC 9110; RFC 8305 (addresses of both families race).
        """
        request = _request(url, headers, max_bytes)
        if not addresses:
            raise ValueError(f"there is no address to ask for {url!r}")
        session = await self._session_here()
        pins = [self._connect_to(ip, request.port) if self._connect_to else (ip, request.port) for ip in addresses]
        deadline = asyncio.timeout(timeout)
        try:
            async with deadline:
                session.deadlines.add(deadline)
                return await self._ask(session, request, pins)
        except TimeoutError:
            if self._closed:
                raise ConnectionAbortedError("this HTTP backend was closed") from None
            raise TimeoutError("no answer in time") from None
        except ClientError as error:
            raise standard_error(error) from None
        finally:
            session.deadlines.discard(deadline)

    async def _ask(self, session: HttpsSession, request: HttpsRequest, pins: Sequence[Pin]) -> HttpResponse:
        """Ask the first of *pins* that proves to be the server."""
        connect_timeout = self._connect_timeout / groups_of(pins, session.group_size)
        failed_handshakes = 0
        while True:
            attempt = Attempt(pins[: session.group_size], request.max_bytes)
            try:
                response = await session.send(request, attempt, connect_timeout)
            except (ClientConnectorError, TimeoutError) as error:
                pins = [pin for pin in pins if pin not in attempt.dialled]
                failed_handshakes += _handshakes(attempt) if is_tls_error(error) else 0
                if not pins or not attempt.dialled or failed_handshakes >= _MAX_FAILED_HANDSHAKES:
                    raise standard_error(error) from None
            else:
                return await _read(response, request.max_bytes)

    async def _session_here(self) -> HttpsSession:
        """Return the session for the running event loop."""
        context = await self._tls.ready() if self._callers is None else None
        if self._closed:
            raise RuntimeError("this HTTP backend is closed")
        if context is None or self._callers is not None:
            return self._callers
        if self._own is not None and self._own.is_here():
            return self._own
        left_behind, self._own = self._own, OwnSession(context)
        if left_behind is not None:
            await left_behind.aclose()
        return self._own

    async def aclose(self) -> None:
        """End all requests, and close the session unless it is the caller's. Calling it again does nothing."""
        self._closed = True
        session, self._own = self._callers or self._own, None
        if session is None:
            return
        if session.is_here():
            await _end(session.deadlines)
        await session.aclose()


async def _end(deadlines: set[asyncio.Timeout]) -> None:
    """Bring the deadlines of all requests forward, and wait until the requests have ended."""
    now = asyncio.get_running_loop().time()
    for deadline in deadlines:
        if not deadline.expired():
            deadline.reschedule(now)
    while deadlines:  # noqa: ASYNC110 - their tasks are cancelled, and need a few iterations to end
        await asyncio.sleep(0)


def _request(url: str, headers: Mapping[str, str], max_bytes: int) -> HttpsRequest:
    """Return the request for *url*.

    Raises:
        ValueError: If it is not the https URL of a host, or a part of the request would not stay in its line.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.port == 0:
        raise ValueError(f"{url!r} is not an https URL of a host alone")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (target.isascii() and target.isprintable()) or " " in target:
        raise ValueError(f"{target!r} is not the path of a URL")
    fields = {**headers, "Host": parts.netloc}
    if _OUT_OF_LINE.search("".join([*fields, *fields.values()])):
        raise ValueError("a header has a line break in it")
    return HttpsRequest(
        tls_name=parts.hostname.removesuffix("."),
        port=parts.port or _HTTPS_PORT,
        target=target,
        headers=fields,
        max_bytes=max_bytes,
    )


async def _read(response: ClientResponse, max_bytes: int) -> HttpResponse:
    """Read as much of the body as is wanted, and close the connection."""
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > max_bytes:
                break
    finally:
        response.close()
    headers = tuple((str(name), value) for name, value in response.headers.items())
    return HttpResponse(response.status, headers, bytes(body[:max_bytes]), len(body) > max_bytes)


def _handshakes(attempt: Attempt) -> int:
    """Return how many handshakes may have failed: aiohttp tries the next address of the same family by itself."""
    families = {":" in ip for ip, _ in attempt.dialled}
    return len(attempt.dialled) if len(families) == 1 else 1
