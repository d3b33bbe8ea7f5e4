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
from typing import Any, Self, TypedDict, cast

try:
    import httpcore
    import httpx
except ModuleNotFoundError as _missing:
    raise ImportError('httpx is not installed; install it with: pip install "matrix-resolve[httpx]"') from _missing

from .._connect.errors import ConnectFailed
from .._connect.routes import Route, connect_first
from .._connect.tls_connection import CONNECT_TIMEOUT, StreamProtocol, connect_route
from ..errors import InvalidServerName, ResolutionTimeout, ResolveError
from ..resolver import ServerNameResolver
from ._connection_limit import ConnectionLimit, Use
from ._errors import Cause, RequestError, user_part_error
from ._httpx_stream import TlsStream
from ._urls import SCHEME, exact_target, federation_url_text

_NOT_SENT = {b"host", b"cookie"}  # the route determines the Host header, and no cookies are sent
_HTTPCORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ProxyError,
)


class FederationConnectError(RequestError, httpx.ConnectError):
    """A server name has no targets, or none of them could be connected to. Nothing of the request was sent.

    It has the code and the other facts of the `matrix_resolve.ResolveError` or the `matrix_resolve.ConnectFailed` that says why.

    Args:
        cause: That error.
        request: The request.
    """

    def __init__(self, cause: Cause, *, request: httpx.Request | None = None) -> None:
        super().__init__(str(cause), request=request)
        self._take_from(cause)


class FederationConnectTimeout(RequestError, httpx.ConnectTimeout):  # noqa: N818 - named like httpx's own
    """Resolving a server name, or connecting to its targets, took too long. Nothing of the request was sent.

    It has the same facts as a `FederationConnectError`.

    Args:
        cause: The error that says what took too long.
        request: The request.
    """

    def __init__(self, cause: Cause, *, request: httpx.Request | None = None) -> None:
        super().__init__(str(cause), request=request)
        self._take_from(cause)


class InvalidFederationURL(RequestError, httpx.InvalidURL):  # noqa: N818 - named like httpx's own
    """The host of a ``matrix-federation`` URL is not a valid server name.

    Args:
        cause: The error that says why.
    """

    def __init__(self, cause: InvalidServerName) -> None:
        super().__init__(str(cause))
        self._take_from(cause)


class FederationTransport(httpx.AsyncBaseTransport):
    """An httpx transport for ``matrix-federation`` URLs. It passes all other URLs to another transport.

    Use it as ``httpx.AsyncClient(transport=FederationTransport(resolver))`` or ``mounts={"matrix-federation://": FederationTransport(resolver)}``.
    The URL library lower-cases the server name and rewrites the path; `federation_request` keeps both. All requests use TLS with the resolver's
    context. Redirects are returned, never followed. Federation does not use cookies: a Cookie header is not sent, and Set-Cookie headers are
    removed from the response, so that the client's cookie jar neither sends nor keeps any.

    Args:
        resolver: Resolves server names and provides the TLS context. Failed targets are reported to it. It is not closed.
        limits: How many connections may be in use, how many idle ones are kept, and for how long. By default a quarter of the file descriptors
            may be in use, at most 1,000. Connections being opened do not count, so servers that never answer do not delay others.
            ``ResolverPolicy.max_connecting`` limits those.
        limit_per_server: Connections to one server, in use or being opened; 0 for no limit, None for an eighth of the default of *limits*.
        connect_timeout: Seconds for one target, TCP and TLS handshakes together. httpx's own ``connect`` timeout is for all targets together.
        fallback: The transport for all other URLs; by default a new `httpx.AsyncHTTPTransport`. It is closed with this one.
    """

    def __init__(
        self,
        resolver: ServerNameResolver,
        *,
        limits: httpx.Limits | None = None,
        limit_per_server: int | None = None,
        connect_timeout: float = CONNECT_TIMEOUT,
        fallback: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        usual = httpx.Limits(max_connections=ConnectionLimit().total, max_keepalive_connections=20)
        limits = limits or usual
        self._resolver, self._fallback = resolver, fallback
        self._connection_limit = ConnectionLimit(limits.max_connections or 0, limit_per_server)
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=None,
            max_keepalive_connections=_fewer(limits.max_connections, limits.max_keepalive_connections),
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_NetworkBackend(resolver, connect_timeout),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request.

        Raises:
            FederationConnectError: If no target could be found or connected to.
            FederationConnectTimeout: If resolving or connecting took too long.
            InvalidFederationURL: If the host is not a valid server name, or the URL has a user part.
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
        target = _target(request)
        try:
            with _errors_of_httpx(request):
                return await connect_first(
                    self._resolver, server_name, lambda route: self._follow(route, request, target)
                )
        except _FromTheBody as aside:
            raise aside.error from aside.error.__cause__
        except InvalidServerName as error:
            raise InvalidFederationURL(error) from error
        except (ResolveError, ConnectFailed) as error:
            kind = FederationConnectTimeout if _is_timeout(error) else FederationConnectError
            raise kind(error, request=request) from error

    async def _follow(self, route: Route, request: httpx.Request, target: bytes) -> httpx.Response:
        headers = [(name, value) for name, value in request.headers.raw if name.lower() not in _NOT_SENT]
        followed = httpcore.Request(
            request.method,
            httpcore.URL(scheme="http", host=route.pool_host, port=None, target=target),  # the connection uses TLS
            headers=[(b"Host", route.host_header.encode("ascii")), *headers],
            content=cast("AsyncIterator[bytes]", request.stream),
            extensions=request.extensions,
        )
        use = _Use(self._connection_limit.use_of(route.pool_host), request.extensions)
        token = _UNDER_WAY.set((route, use))
        try:
            await use.begin()
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
            stream=_Body(response, request, use),
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


_UNDER_WAY: ContextVar[tuple[Route, _Use]] = ContextVar("what the request under way in this context follows and uses")


class _FromTheBody(Exception):  # noqa: N818 - it is not an error of this request
    """One of this library's errors, raised by the generator of the request's body, for example because it makes another federation request."""

    def __init__(self, error: ResolveError | ConnectFailed) -> None:
        super().__init__(str(error))
        self.error = error


class FederationRequest(TypedDict):
    """The arguments of a request that determine its server and path.

    Attributes:
        url: The URL.
        extensions: The exact server name and path, which an httpx URL does not preserve.
    """

    url: str
    extensions: dict[str, str]


def federation_request(server_name: str, path: str) -> FederationRequest:
    """Return the arguments of a federation request: ``await client.get(**federation_request("Example.org", "/path"))``.

    Args:
        server_name: The Matrix server name, which may come from outside: nothing in it can become a part of the path.
        path: The path and query, already percent-encoded. It is sent byte for byte.

    Returns:
        ``url=`` and ``extensions=``.

    Raises:
        InvalidServerName: If *server_name* is not a valid server name.
        ValueError: If *path* does not begin with a slash, or has characters that must be percent-encoded.
    """
    url = federation_url_text(server_name, path)
    return {"url": url, "extensions": {"matrix_server_name": server_name, "matrix_path": path}}


def _target(request: httpx.Request) -> bytes:
    """Return the path and query to send, exactly as they were passed to `federation_request`."""
    path: str | None = request.extensions.get("matrix_path")
    if path is None:
        return request.url.raw_path
    try:
        rewritten = httpx.URL(federation_url_text("any.invalid", path)).raw_path
        return exact_target(path, rewritten=rewritten, of_request=request.url.raw_path)
    except ValueError as error:
        raise httpx.InvalidURL(str(error)) from error


def _is_timeout(error: ResolveError | ConnectFailed) -> bool:
    return error.is_timeout if isinstance(error, ConnectFailed) else isinstance(error, ResolutionTimeout)


class _FederationResponse(httpx.Response):
    @property
    def has_redirect_location(self) -> bool:
        """False, so that httpx does not follow redirects."""
        return False


class _Body(httpx.AsyncByteStream):
    """The body of a response, which raises the errors of httpx."""

    def __init__(self, response: httpcore.Response, request: httpx.Request, use: _Use) -> None:
        self._response, self._request, self._use = response, request, use

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx(self._request):
            async for part in self._response.aiter_stream():
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
        route, use = _UNDER_WAY.get()
        use.pause()
        connect_timeout = self._connect_timeout
        resolver, factory = self._resolver, StreamProtocol
        return TlsStream(
            await connect_route(
                resolver, route, factory, connect_timeout=connect_timeout, timeout=timeout, ready=use.resume
            )
        )


@contextlib.contextmanager
def _errors_of_httpx(request: httpx.Request) -> Generator[None]:
    """Convert httpcore's exceptions to those of httpx with the same name."""
    try:
        yield
    except _HTTPCORE_ERRORS as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error), request=request) from error
