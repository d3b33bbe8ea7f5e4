"""The default HTTP backend: aiohttp. The only file that knows it.

aiohttp would look up names, follow redirects, keep cookies, decompress and reuse connections by itself; all of that is switched off or
replaced. Addresses are pinned: whatever host aiohttp asks for, our resolver answers with the addresses of the request under way, and aiohttp
races them (RFC 8305). So an IP literal takes the same way as a name, and nothing is ever looked up.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from socket import AF_INET, AF_INET6, AddressFamily, socket
from ssl import SSLContext
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp
import attrs
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ..loop_bound import LoopBound
from ..tls import LazySslContext
from .http import HttpResponse

_HTTPS_PORT = 443


@attrs.define
class _Pins:
    """The (ip, port) pairs of one request, and those to which a connection was begun."""

    left: list[tuple[str, int]]
    dialled: set[tuple[str, int]] = attrs.Factory(set["tuple[str, int]"])


_PINS: ContextVar[_Pins] = ContextVar("pins of the request under way in this context")


class _PinnedAddresses(AbstractResolver):
    """Knows the addresses of the request under way, and of nothing else."""

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        """Give the pinned addresses, whatever *port* and *family* say."""
        return [
            ResolveResult(
                hostname=host, host=ip, port=to_port, family=AF_INET6 if ":" in ip else AF_INET, proto=0, flags=0
            )
            for ip, to_port in _PINS.get().left
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _open_socket(address_info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket:
    """Open a socket for a connection, and take down where it goes."""
    family, kind, protocol, _, address = address_info
    ip, port, *_ = address
    _PINS.get().dialled.add((ip, port))
    return socket(family, kind, protocol)


class _Session(LoopBound):
    """An aiohttp session, for one event loop in one process."""

    def __init__(self, context: SSLContext) -> None:
        super().__init__()
        self.client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_PinnedAddresses(),
                socket_factory=_open_socket,
                use_dns_cache=False,
                ssl=context,
                force_close=True,
                limit=0,
                happy_eyeballs_delay=0.25,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )


class AiohttpBackend:
    """An HTTP backend on aiohttp.

    Args:
        ssl_context: Decides which certificates are valid; None for `default_ssl_context`, made off the event loop at first use.
        connect_timeout: Seconds for connecting, TLS handshake included, before the next pinned address gets its turn.
        connect_to: For tests and odd networks: gets each pinned (ip, port) and gives the one to connect to instead.
    """

    def __init__(
        self,
        ssl_context: SSLContext | LazySslContext | None = None,
        *,
        connect_timeout: float = 4.0,
        connect_to: Callable[[str, int], tuple[str, int]] | None = None,
    ) -> None:
        self._tls = ssl_context if isinstance(ssl_context, LazySslContext) else LazySslContext(ssl_context)
        self._connect_timeout = connect_timeout
        self._connect_to = connect_to
        self._session: _Session | None = None
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
            OSError: If the connection or TLS failed (`ssl.SSLError` is one), or what came was not HTTP.
            TimeoutError: If it took longer than *timeout*.
            ValueError: If *url* is not https, or there is no address.
            RuntimeError: If the backend is closed.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.port == 0 or not addresses:
            message = f"{url!r} is not an https URL of a host alone, or there is no address to ask"
            raise ValueError(message)
        port = parts.port or _HTTPS_PORT
        session = await self._usable_session()
        pins = _Pins([self._connect_to(ip, port) if self._connect_to else (ip, port) for ip in addresses])
        _PINS.set(pins)
        async with asyncio.timeout(timeout):
            while True:
                try:
                    return await self._ask(session, parts, headers, max_bytes)
                except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                    failure = _plain(error)
                except aiohttp.ClientError as error:
                    failure = _plain(error)
                    pins.left.clear()
                # aiohttp gives up on addresses that it has not tried when the one that won the race fails in TLS.
                pins.left = [pin for pin in pins.left if pin not in pins.dialled]
                if not pins.left or not pins.dialled:
                    raise failure  # out here, as aiohttp's error has this one as its cause: raised in there they would be a circle

    async def _ask(
        self, session: _Session, parts: SplitResult, headers: Mapping[str, str], max_bytes: int
    ) -> HttpResponse:
        target = parts._replace(netloc=f"pinned.invalid:{parts.port or _HTTPS_PORT}", fragment="").geturl()
        async with session.client.get(
            URL(target, encoded=True),
            headers={**headers, "Host": parts.netloc},
            server_hostname=parts.hostname,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout),
        ) as response:
            body, truncated = await _read(response, max_bytes)
            return HttpResponse(response.status, _headers(response), body, truncated)

    async def _usable_session(self) -> _Session:
        context = await self._tls.ready()
        if self._closed:
            raise RuntimeError("this HTTP backend is closed")
        if self._session is not None and self._session.is_here():
            return self._session
        if self._session is not None:
            self._session.client.detach()  # of another loop or process: it holds no connection and cannot be closed here
        self._session = _Session(context)
        return self._session

    async def aclose(self) -> None:
        """Close all connections. Calling it again does nothing."""
        session, self._session, self._closed = self._session, None, True
        if session is not None and session.is_here():
            await session.client.close()
        elif session is not None:
            session.client.detach()


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> tuple[bytes, bool]:
    """Read at most *max_bytes*, and say whether there were more; the connection is dropped then."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            return bytes(body[:max_bytes]), True
    return bytes(body), False


def _headers(response: aiohttp.ClientResponse) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), value) for name, value in response.headers.items())


def _plain(error: aiohttp.ClientError) -> OSError:
    """Say what happened without aiohttp's words for it, which would name the pin instead of the host."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError) and isinstance(error.certificate_error, OSError):
        return error.certificate_error
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - a part of aiohttp is untyped
    if isinstance(error, TimeoutError):
        return TimeoutError("no answer in time")
    if isinstance(error, aiohttp.ClientResponseError):
        return ConnectionError(f"the answer is not HTTP: {error.message}")  # pyright: ignore[reportUnknownMemberType] - same
    return ConnectionError(str(error))
