"""Federation requests with aiohttp: an ordinary session that also accepts ``matrix-federation://SERVER_NAME/path``.

aiohttp gets its connections from a *connector*. The connector in this module finds the routes to the server name. For each route, it sets the Host
header and the TLS name of the request. It takes a connection for both from aiohttp's pool, or opens a new one. aiohttp handles everything else:
bodies, timeouts, middlewares, traces, and all other URLs.
"""

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aiohttp
from aiohttp import hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from aiohttp.typedefs import LooseHeaders
from multidict import CIMultiDict
from yarl import URL

from .._connect.errors import ConnectFailed
from .._connect.routes import Route, connect_first
from .._connect.tls_connection import CONNECT_TIMEOUT, connect_route
from .._util.escaping import printable
from ..errors import InvalidServerName, ResolveError
from ..resolver import ServerNameResolver, config_of
from ._aiohttp_json import read_json
from ._aiohttp_urls import authority_error, federation_url, refuse_rewritten, without_user
from ._connection_limit import ConnectionLimit, Use, checked_timeout
from ._errors import RequestError
from ._json import UnusableResponse
from ._urls import SCHEME, QueryValue

__all__ = [
    "FederationConnectionError",
    "FederationConnector",
    "InvalidFederationURL",
    "QueryValue",
    "UnusableResponse",
    "federation_session",
    "federation_url",
    "read_json",
]


_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=30, sock_read=60)
"""What `federation_session` uses by default: aiohttp's own default, and a limit for servers that accept a request and then are silent."""


class FederationConnectionError(RequestError, aiohttp.ClientConnectionError):
    """A server name has no targets, or none of them could be connected to. Nothing of the request was sent.

    It has the code and the other facts of the `matrix_resolve.ResolveError` or the `matrix_resolve.ConnectFailed` that says why.

    Args:
        cause: That error.
    """

    def __init__(self, cause: ResolveError | ConnectFailed) -> None:
        super().__init__(str(cause))
        self._take_from(cause)


class InvalidFederationURL(RequestError, aiohttp.InvalidUrlClientError):  # noqa: N818 - named like aiohttp's own
    """The host of a ``matrix-federation`` URL is not a valid server name.

    Args:
        url: The URL.
        cause: The error that says why.
    """

    def __init__(self, url: str | URL, cause: InvalidServerName) -> None:
        super().__init__(url, str(cause))
        self._take_from(cause)

    def __str__(self) -> str:
        return f"{printable(str(self.url))} - {self.description}"


class FederationConnector(aiohttp.TCPConnector):
    """An aiohttp connector for ``matrix-federation`` URLs. It treats all other URLs like `aiohttp.TCPConnector`.

    Args:
        resolver: Resolves server names and provides the TLS context. Failed targets are reported to it. It is not closed.
        connect_timeout: Seconds for one target, TCP and TLS handshakes together. A shorter ``sock_connect`` timeout of aiohttp also applies.
        limit: Connections in use at the same time, to all hosts; 0 for no limit, None for a quarter of the file descriptors, at most 1,000.
            Connections being opened do not count, so servers that never answer do not delay other servers. ``ResolverPolicy.max_connecting``
            limits how many are being opened.
        limit_per_host: Connections to one server or host, in use or being opened; 0 for no limit, None for an eighth of the default *limit*.
        options: Options of `aiohttp.TCPConnector`, such as ``keepalive_timeout``.
    """

    allowed_protocol_schema_set: frozenset[str] = aiohttp.TCPConnector.allowed_protocol_schema_set | {SCHEME}

    def __init__(
        self,
        resolver: ServerNameResolver,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        limit: int | None = None,
        limit_per_host: int | None = None,
        **options: Any,
    ) -> None:
        self._connect_timeout = checked_timeout(connect_timeout)
        self._connection_limit = ConnectionLimit(limit, limit_per_host)
        super().__init__(limit=0, limit_per_host=0, **options)  # pyright: ignore[reportUnknownMemberType] - a part of aiohttp is untyped
        self._server_name_resolver = resolver
        self._under_way: dict[aiohttp.ClientRequest, tuple[Route, Use]] = {}

    @property
    def limit(self) -> int:
        """Connections in use at the same time; 0 for no limit."""
        return self._connection_limit.total

    @property
    def limit_per_host(self) -> int:
        """Connections to one server or host; 0 for no limit."""
        return self._connection_limit.per_server

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: "list[Trace]",
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> Connection:
        """Return a connection for a request, from the pool or a new one.

        Raises:
            aiohttp.ClientConnectionError: If no connection can be made; `FederationConnectionError` for federation requests.
            InvalidFederationURL: If the host of a federation request is not a valid server name.
            TimeoutError: If it took longer than ``timeout.connect``.
        """
        connect = super().connect
        async with asyncio.timeout(timeout.connect or None):
            if req.url.scheme != SCHEME:
                use = self._connection_limit.use_of(req.connection_key)
                return await self._counted(use, traces, lambda: connect(req, traces, timeout))
            return await self._connect_to_server(req, traces, lambda: connect(req, traces, timeout))

    async def _connect_to_server(
        self, req: aiohttp.ClientRequest, traces: "list[Trace]", connect: "Callable[[], Awaitable[Connection]]"
    ) -> Connection:
        if req.proxy is not None:
            raise aiohttp.ClientConnectionError(
                "a federation request cannot go through a proxy; make it without proxy="
            )
        authority = req.url.raw_authority

        async def follow(route: Route) -> Connection:
            use = self._connection_limit.use_of(route.pool_host)
            return await self._counted(use, traces, lambda: self._follow(route, req, use, connect))

        try:
            return await connect_first(self._server_name_resolver, authority, follow)
        except InvalidServerName as error:
            raise InvalidFederationURL(req.original_url, error) from error
        except (ResolveError, ConnectFailed) as error:
            raise FederationConnectionError(error) from error

    async def _counted(
        self, use: Use, traces: "list[Trace]", connect: "Callable[[], Awaitable[Connection]]"
    ) -> Connection:
        """Wait until the limits allow a connection, and connect. *use* ends when the connection is released."""
        try:
            queued = traces if use.has_to_wait else []
            for trace in queued:
                await trace.send_connection_queued_start()
            await use.begin()
            for trace in queued:
                await trace.send_connection_queued_end()
            connection = await connect()
        except BaseException:
            use.end()
            raise
        connection.add_callback(use.end)
        return connection

    async def _follow(
        self, route: Route, req: aiohttp.ClientRequest, use: Use, connect: "Callable[[], Awaitable[Connection]]"
    ) -> Connection:
        """Let aiohttp find a connection by Host header and TLS name. Then restore the URL of the request, for callers and traces."""
        url = req.url
        req.headers[hdrs.HOST] = route.host_header
        req.url = URL(f"https://{route.pool_host}", encoded=True)
        self._under_way[req] = route, use
        try:
            return await connect()
        finally:
            req.url = url
            del self._under_way[req]

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: "list[Trace]",
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> ResponseHandler:
        """Open a connection if aiohttp's pool has none."""
        if req not in self._under_way:
            return await super()._create_connection(req, traces, timeout)
        route, use = self._under_way[req]
        connect_timeout = min(self._connect_timeout, timeout.sock_connect or self._connect_timeout)
        use.pause()
        resolver, factory = self._server_name_resolver, self._factory
        connection = await connect_route(resolver, route, factory, connect_timeout=connect_timeout, ready=use.resume)
        return connection.protocol


with warnings.catch_warnings():
    # aiohttp warns about subclasses. But there is no other way to disable redirects for only one scheme.
    warnings.simplefilter("ignore", DeprecationWarning)

    class _FederationSession(aiohttp.ClientSession):
        async def _request(self, method: str, str_or_url: str | URL, **options: Any) -> aiohttp.ClientResponse:
            if self._is_federation(str_or_url):
                options["allow_redirects"] = False
                _refuse_authority(str_or_url)
                refuse_rewritten(str_or_url)
            return await super()._request(method, str_or_url, **options)

        def _is_federation(self, str_or_url: str | URL) -> bool:
            try:
                return self._build_url(str_or_url).scheme == SCHEME
            except ValueError:
                _refuse_authority(str_or_url)
                return False  # aiohttp raises its own error for it


def _refuse_authority(str_or_url: str | URL) -> None:
    """Raise InvalidFederationURL if a federation URL has no server name, or aiohttp could not read it. It does not repeat a password."""
    error = authority_error(str(str_or_url))
    if error is not None:
        raise InvalidFederationURL(without_user(str(str_or_url)), error) from error


def federation_session(
    resolver: ServerNameResolver, *, connector: FederationConnector | None = None, **options: Any
) -> aiohttp.ClientSession:
    """Return an aiohttp session that makes federation requests as well as ordinary ones.

    Requests for ``matrix-federation://SERVER_NAME/path`` always use TLS with the resolver's context, and ignore ``ssl=``. The resolution
    determines the Host header and the TLS server name. Redirects are returned, never followed. Create the session inside a running event loop,
    and close it like any other. The resolver stays open.

    Args:
        resolver: Resolves server names and provides the TLS context and the User-Agent. Failed targets are reported to it.
        connector: A `FederationConnector` to use instead of the default one, for example with other options.
        options: Options of `aiohttp.ClientSession`. Without ``cookie_jar``, no cookies are kept. Without ``timeout``, a request may take 300 s in
            all, as usual in aiohttp, and a server may be silent for 60 s. Without a User-Agent in ``headers`` or in ``skip_auto_headers``,
            all requests have the resolver's.

    Raises:
        TypeError: If *connector* is not a `FederationConnector`.
        ValueError: If ``base_url`` is a ``matrix-federation`` URL: the URL library cannot join paths to it.
    """
    if str(options.get("base_url", "")).startswith(SCHEME):
        raise ValueError("base_url= cannot be a matrix-federation URL; build each URL with federation_url()")
    if connector is None:
        connector = FederationConnector(resolver)
    elif not isinstance(connector, FederationConnector):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise TypeError(f"connector= must be a FederationConnector, not {type(connector).__name__}")
    options.setdefault("cookie_jar", aiohttp.DummyCookieJar())
    options.setdefault("timeout", _TIMEOUT)
    options["headers"] = _with_user_agent(resolver, options.get("headers"), options.get("skip_auto_headers"))
    return _FederationSession(connector=connector, **options)


def _with_user_agent(
    resolver: ServerNameResolver, headers: "LooseHeaders | None", skipped: Iterable[str] | None
) -> CIMultiDict[str]:
    """Return the headers of a session, with the User-Agent of the resolver if the caller has not decided on one."""
    result = CIMultiDict[str](headers or ())
    if hdrs.USER_AGENT.lower() not in {name.lower() for name in skipped or ()}:
        result.setdefault(hdrs.USER_AGENT, config_of(resolver).headers[hdrs.USER_AGENT])
    return result
