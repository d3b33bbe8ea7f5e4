"""The default HTTP backend. It uses its own aiohttp session or one that the caller passes, and never makes DNS lookups."""

import asyncio
from collections.abc import Mapping, Sequence
from ssl import SSLContext, SSLError
from typing import Any

import aiohttp
from aiohttp.http import HttpProcessingError
from yarl import URL

from .._util.argument_checks import TIMEOUT
from .._util.loop_bound import LoopBound
from .._util.timeouts import end_now
from ..tls import LazySslContext
from ._aiohttp.errors import standard_error
from ._aiohttp.pinned_session import Attempt, Pin, attempt, pinned_session, refuse_extras, send_once
from ._arguments.https_request import HttpsRequest, https_request
from .http import ConnectTo, HttpResponse

__all__ = ["AiohttpBackend"]

_MAX_FAILED_HANDSHAKES = 2  # a server can make each of them take a tenth of a second of CPU time
_MAX_SHARES = 8  # the time for connecting is divided among this many addresses; with more, the last ones may get none
_STAND_IN = (
    "pinned.invalid"  # the host in the URLs of our own session: aiohttp does not call its resolver for an address
)
_OFF = dict.fromkeys(("allow_redirects", "auto_decompress", "raise_for_status"), False)
_OPTIONS = {**_OFF, "skip_auto_headers": ("Accept", "Accept-Encoding", "User-Agent")}


class AiohttpBackend:
    """An HTTP backend on aiohttp.

    Its own session limits how much is read from a connection. The caller's session has such a limit only if its connector has one.

    Args:
        session: Used instead of the backend's own session. Its TLS settings, tracing and proxy apply, but its middlewares do not. The caller
            closes it.
        ssl_context: Decides which certificates are valid. By default, the settings of *session* decide, or, without *session*,
            `default_ssl_context`, which is created off the event loop when it is first used.
        connect_timeout: Seconds for connecting, including TLS handshakes, divided among the addresses. One address of each family may be tried in
            parallel.
        connect_to: For tests and unusual networks: a function that is called with each pinned (ip, port), and returns the pair to connect to
            instead.

    Raises:
        TypeError: If *connect_timeout* is not a number, or *ssl_context* is not an `ssl.SSLContext`.
        ValueError: If *session* sends headers, credentials or cookies of its own, or *connect_timeout* is not from 0.01 to 3,600.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession | None = None,
        *,
        ssl_context: SSLContext | None = None,
        connect_timeout: float = 4.0,
        connect_to: ConnectTo | None = None,
    ) -> None:
        TIMEOUT.check("AiohttpBackend.connect_timeout", connect_timeout)
        refuse_extras(session)
        self._callers = session
        self._options: dict[str, Any] = {"ssl": ssl_context} if session is not None and ssl_context is not None else {}
        self._tls = LazySslContext(ssl_context)
        self._connect_timeout = connect_timeout
        self._connect_to = connect_to
        self._states: list[_LoopState] = []
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

        Raises:
            OSError: If the connection or TLS failed (`ssl.SSLError` is an `OSError`), or the response is not HTTP.
            TimeoutError: If the request took longer than *timeout*.
            ValueError: If *url* is not https, *addresses* is empty, or *url* or *headers* cannot be sent.
            RuntimeError: If the backend is closed.
        """
        request = https_request(url, headers)
        if not addresses:
            raise ValueError(f"addresses is empty; pass at least one address to connect to for {url!r}")
        state = await self._state_for_this_loop()
        pins = [self._connect_to(ip, request.port) if self._connect_to else (ip, request.port) for ip in addresses]
        deadline = asyncio.timeout(timeout)
        try:
            async with deadline:
                state.deadlines.add(deadline)
                return await self._ask(state.session, request, pins, max_bytes)
        except TimeoutError:
            if self._closed:
                raise ConnectionAbortedError("this HTTP backend was closed") from None
            raise TimeoutError("no answer in time") from None
        except (aiohttp.ClientError, HttpProcessingError) as error:
            raise standard_error(error) from None
        finally:
            state.deadlines.discard(deadline)

    async def _ask(
        self, session: aiohttp.ClientSession, request: HttpsRequest, pins: Sequence[Pin], max_bytes: int
    ) -> HttpResponse:
        """Send the request to the first of *pins* that can be connected to with a valid certificate."""
        options: dict[str, Any] = {
            **_OPTIONS,
            # Not for the caller's session: it may keep a connection that the server has closed, and aiohttp then sends the request again.
            "middlewares": () if self._callers else (send_once,),
            **self._options,
            "headers": request.headers,
            "server_hostname": request.tls_name,
        }
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout / min(len(pins), _MAX_SHARES))
        failed_handshakes = connections = 0
        while True:
            ip, port = pins[0]
            others = [] if self._callers else [pin for pin in pins if (":" in pin[0]) != (":" in ip)]
            attempt.set(current := Attempt([pins[0], *others[:1]], max_bytes))
            host = _STAND_IN if self._callers is None else f"[{ip}]" if ":" in ip else ip
            url = URL(f"https://{host}:{port}{request.target}", encoded=True)
            try:
                response = await session.get(url, timeout=timeout, **options)
                return await _read(response, max_bytes, connections + current.connections)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as failure:
                error = standard_error(failure)
            finally:
                current.end()
            pins = [pin for pin in pins if pin not in (current.sockets or current.pins)]
            failed_handshakes += isinstance(error, SSLError)
            connections += current.connections
            if not pins or failed_handshakes >= _MAX_FAILED_HANDSHAKES:
                raise error

    async def _state_for_this_loop(self) -> "_LoopState":
        refuse_extras(self._callers)  # the caller may have added a token in the meantime
        if self._callers is None:
            await self._tls.ready()
        if self._closed:
            raise RuntimeError("this HTTP backend is closed")
        for state in self._states:
            if state.is_current():
                return state
        state = _LoopState(self._callers, self._tls)
        self._states.append(state)
        await self._close_states()
        return state

    async def _close_states(self) -> None:
        """Close the sessions of closed event loops. If the backend is closed, also close that of the running event loop."""
        for state in [one for one in self._states if one.is_dead or (self._closed and one.is_current())]:
            self._states.remove(state)
            await state.aclose()

    async def aclose(self) -> None:
        """End all requests, and close the session unless the caller passed it. Later calls do nothing."""
        self._closed = True
        await self._close_states()


def lazy_backend(tls: LazySslContext, *, connect_timeout: float, connect_to: ConnectTo | None) -> AiohttpBackend:
    """Return the default backend of a resolver, which shares its TLS context, created at first use."""
    backend = AiohttpBackend(connect_timeout=connect_timeout, connect_to=connect_to)
    backend._tls = tls  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the class is in this module
    return backend


class _LoopState(LoopBound):
    """A session on one event loop, and the deadlines of its requests. Closing it also closes the backend's own session."""

    def __init__(self, callers: aiohttp.ClientSession | None, tls: LazySslContext) -> None:
        super().__init__()
        self.deadlines: set[asyncio.Timeout] = set()
        self._is_ours = callers is None
        self.session: aiohttp.ClientSession = callers or pinned_session(tls.get())

    async def aclose(self) -> None:
        """End all requests, and close the session."""
        if self.is_current():
            await end_now(self.deadlines)
        if self._is_ours and not self.is_inherited:
            await self.session.close()

    def __del__(self) -> None:
        if self._is_ours:
            self.session.detach()  # it keeps no connections; without this, aiohttp warns that the session was not closed


async def _read(response: aiohttp.ClientResponse, max_bytes: int, connections: int) -> HttpResponse:
    """Read at most *max_bytes* of the body, and close the connection."""
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > max_bytes:
                break
    finally:
        response.close()
    headers = tuple((str(name), value) for name, value in response.headers.items())
    return HttpResponse(response.status, headers, bytes(body[:max_bytes]), len(body) > max_bytes, connections)
