"""Federation requests with httpx: a transport that accepts ``matrix-federation://SERVER_NAME/path``.

httpx uses the connection pool of httpcore, which identifies a connection by the scheme, host and port of the URL, and not by the TLS name: two
names on one address would share a connection whose certificate was checked for only one of them. So the pool gets a host that represents the Host
header and the TLS name together (`Route.pool_host`). When it opens a TCP connection, it gets a TLS connection that this module opens.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Generator, Iterable, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self, cast

try:
    import httpcore
    import httpx
except ModuleNotFoundError as _missing:
    raise ImportError('httpx is not installed; install it with: pip install "matrix-resolve[httpx]"') from _missing

from .._connect.errors import ConnectFailed
from .._connect.routes import Route, connect_first
from .._connect.tls_connection import CONNECT_TIMEOUT, StreamProtocol, connect_route
from ..errors import InvalidServerName, ResolutionTimeout, ResolveError
from ..resolver import ServerNameResolver, config_of
from ._connection_limit import ConnectionLimit, Use, checked_timeout
from ._errors import user_part_error
from ._httpx_arguments import checked_limits, checked_total_timeout
from ._httpx_deadline import Deadline
from ._httpx_errors import FederationConnectError, FederationConnectTimeout, InvalidFederationURL
from ._httpx_json import read_json
from ._httpx_requests import FederationRequest, federation_request, request_target, sent_headers
from ._httpx_stream import TlsStream
from ._json import UnusableResponse
from ._urls import SCHEME, QueryValue

__all__ = [
    "FederationConnectError",
    "FederationConnectTimeout",
    "FederationRequest",
    "FederationTransport",
    "InvalidFederationURL",
    "QueryValue",
    "UnusableResponse",
    "federation_request",
    "read_json",
]

_HTTPCORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ProxyError,
)


class FederationTransport(httpx.AsyncBaseTransport):
    """An httpx transport for ``matrix-federation`` URLs. It passes all other URLs to another transport.

    Use it as ``httpx.AsyncClient(transport=FederationTransport(resolver))`` or ``mounts={"matrix-federation://": FederationTransport(resolver)}``.
    The URL library changes the server name to lower case and rewrites the path; `federation_request` preserves both. All requests use TLS with the resolver's
    context. Redirects are returned, never followed. Federation does not use cookies: a Cookie header is not sent, and Set-Cookie headers are
    removed from the response, so that the client's cookie jar neither sends nor keeps any. The User-Agent of httpx is replaced by the resolver's;
    one that the program has set is sent as it is.

    Args:
        resolver: Resolves server names and provides the TLS context and the User-Agent. Failed targets are reported to it. It is not closed.
        limits: How many connections may be in use, how many idle ones are kept, and for how long. By default a quarter of the file descriptors
            may be in use, at most 1,000. Connections being opened do not count, so servers that never answer do not delay other servers.
            ``ResolverPolicy.max_connecting`` limits how many are being opened.
        limit_per_server: Connections to one server, in use or being opened; 0 for no limit, None for an eighth of the default of *limits*.
        connect_timeout: Seconds for one target, TCP and TLS handshakes together. The ``connect`` timeout of httpx is for all targets together.
        total_timeout: Seconds for a whole request until the end of the response; None for no limit. httpx itself limits only how long a server
            may be silent, so one that sends a byte now and then would keep a request forever.
        fallback: The transport for all other URLs; by default a new `httpx.AsyncHTTPTransport`. `aclose` closes it as well.

    Raises:
        TypeError: If a limit or a timeout is not a number, or *limits* is not an `httpx.Limits`.
        ValueError: If a limit or a timeout is out of range: *total_timeout* from 0.01 to 86,400.
    """

    def __init__(
        self,
        resolver: ServerNameResolver,
        *,
        limits: httpx.Limits | None = None,
        limit_per_server: int | None = None,
        connect_timeout: float = CONNECT_TIMEOUT,
        total_timeout: float | None = 300.0,
        fallback: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        usual = httpx.Limits(max_connections=ConnectionLimit().total, max_keepalive_connections=20)
        limits = usual if limits is None else checked_limits(limits)
        self._resolver, self._fallback, self._total_timeout = resolver, fallback, checked_total_timeout(total_timeout)
        self._connection_limit = ConnectionLimit(limits.max_connections or 0, limit_per_server)
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=None,
            max_keepalive_connections=_fewer(limits.max_connections, limits.max_keepalive_connections),
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_NetworkBackend(resolver, checked_timeout(connect_timeout)),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request.

        Raises:
            FederationConnectError: If no target could be found or connected to.
            FederationConnectTimeout: If resolving or connecting took too long, or *total_timeout* has passed before anything was sent.
            InvalidFederationURL: If the host is not a valid server name, or the URL has a user part.
            httpx.ReadTimeout: If the server was silent for too long, or *total_timeout* has passed after something was sent.
            httpx.InvalidURL: If the path cannot be sent unchanged.
            TypeError: If one of the extensions ``matrix_server_name`` and ``matrix_path`` is not a string.
            httpx.TransportError: If something else went wrong.
        """
        if request.url.scheme != SCHEME:
            if self._fallback is None:
                self._fallback = httpx.AsyncHTTPTransport()
            return await self._fallback.handle_async_request(request)
        if request.url.userinfo:
            raise InvalidFederationURL(user_part_error(request.url.host))
        server_name: str | None = request.extensions.get("matrix_server_name")
        if server_name is None:
            server_name = request.url.netloc.decode("ascii")
        target, deadline = request_target(request), Deadline(self._total_timeout, request, server_name)
        try:
            with _errors_of_httpx(request):
                response = connect_first(
                    self._resolver, server_name, lambda route: self._follow(route, request, target, deadline)
                )
                return await deadline.limit(response)
        except _FromTheBody as aside:
            raise aside.error from aside.error.__cause__
        except InvalidServerName as error:
            raise InvalidFederationURL(error) from error
        except (ResolveError, ConnectFailed) as error:
            kind = FederationConnectTimeout if _is_timeout(error) else FederationConnectError
            raise kind(error, request=request) from error

    async def _follow(self, route: Route, request: httpx.Request, target: bytes, deadline: Deadline) -> httpx.Response:
        followed = httpcore.Request(
            request.method,
            httpcore.URL(scheme="http", host=route.pool_host, port=None, target=target),  # the connection uses TLS
            headers=sent_headers(request, route.host_header, config_of(self._resolver).headers["User-Agent"]),
            content=cast("AsyncIterator[bytes]", request.stream),
            extensions=request.extensions,
        )
        use = _Use(self._connection_limit.use_of(route.pool_host), request.extensions)
        token = _UNDER_WAY.set((route, use, deadline))
        deadline.stage = "connecting"
        try:
            await use.begin()
            deadline.stage = "sent"  # unless the pool needs a new connection
            response = await self._pool.handle_async_request(followed)
        except BaseException as error:
            use.end()
            if isinstance(error, ResolveError | ConnectFailed):
                raise _FromTheBody(error) from error
            raise
        finally:
            _UNDER_WAY.reset(token)
        return _FederationResponse(
            response.status,
            headers=[(name, value) for name, value in response.headers if name.lower() != b"set-cookie"],
            stream=_Body(response, request, use, deadline),
            extensions=dict[str, Any](response.extensions),  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - bare dict
        )

    async def aclose(self) -> None:
        """Close all connections; the resolver stays open."""
        await self._pool.aclose()
        if self._fallback is not None:
            await self._fallback.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()


def _fewer(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


class _Use:
    """The use of a connection, with httpcore's pool timeout and errors."""

    def __init__(self, use: Use, extensions: Mapping[str, Any]) -> None:
        self._use = use
        self._seconds: float | None = extensions.get("timeout", {}).get("pool")
        self.pause = use.pause
        self.end = use.end

    async def begin(self) -> None:
        await self._in_time(self._use.begin())

    async def resume(self) -> None:
        await self._in_time(self._use.resume())

    async def _in_time(self, wait: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await wait
        except TimeoutError as error:
            raise httpcore.PoolTimeout("no connection was free in time, because too many are in use") from error


_UNDER_WAY: ContextVar[tuple[Route, _Use, Deadline]] = ContextVar(
    "what the request under way in this context follows and uses"
)


class _FromTheBody(Exception):  # noqa: N818 - it is not an error of this request
    """One of this library's errors that the generator of a request body raised, for example because it makes another federation request."""

    def __init__(self, error: ResolveError | ConnectFailed) -> None:
        super().__init__(str(error))
        self.error = error


def _is_timeout(error: ResolveError | ConnectFailed) -> bool:
    return error.is_timeout if isinstance(error, ConnectFailed) else isinstance(error, ResolutionTimeout)


class _FederationResponse(httpx.Response):
    @property
    def has_redirect_location(self) -> bool:
        """False, so that httpx does not follow redirects."""
        return False


class _Body(httpx.AsyncByteStream):
    """The body of a response, which raises the errors of httpx."""

    def __init__(self, response: httpcore.Response, request: httpx.Request, use: _Use, deadline: Deadline) -> None:
        self._response, self._request, self._use, self._deadline = response, request, use, deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx(self._request):
            parts = aiter(self._response.aiter_stream())
            while (part := await self._deadline.limit(anext(parts, None))) is not None:
                yield part

    async def aclose(self) -> None:
        try:
            with _errors_of_httpx(self._request):
                await self._response.aclose()
        finally:
            self._use.end()


class _NetworkBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for the pool, along the route of the request that needs one."""

    def __init__(self, resolver: ServerNameResolver, connect_timeout: float) -> None:
        self._resolver, self._connect_timeout = resolver, connect_timeout

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del host, port, local_address, socket_options  # the route determines where to connect
        route, use, deadline = _UNDER_WAY.get()
        deadline.stage = "connecting"
        use.pause()
        connecting = connect_route(
            self._resolver,
            route,
            StreamProtocol,
            connect_timeout=self._connect_timeout,
            timeout=timeout,
            ready=use.resume,
        )
        connection = await connecting
        deadline.stage = "sent"
        return TlsStream(connection)


@contextlib.contextmanager
def _errors_of_httpx(request: httpx.Request) -> Generator[None]:
    """Convert httpcore's exceptions to those of httpx with the same name."""
    try:
        yield
    except _HTTPCORE_ERRORS as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error), request=request) from error
