"""The default HTTP backend: aiohttp. The only file that knows it.

aiohttp would look up names, follow redirects, keep cookies, decompress and reuse connections by itself; all of that is switched off or
replaced. Addresses are pinned by giving each request a host name of its own, which only our resolver knows: it answers with the pinned
addresses, and aiohttp races them (RFC 8305). So an IP literal takes the same way as a name, and nothing is ever looked up.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from socket import AF_INET, AF_INET6, AddressFamily
from ssl import SSLContext
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ..loop_bound import LoopBound
from ..tls import LazySslContext
from .http import HttpResponse

_HTTPS_PORT = 443


class _PinnedAddresses(AbstractResolver):
    """Knows the addresses of the requests under way, and of nothing else."""

    def __init__(self) -> None:
        self.pins: dict[str, list[tuple[str, int]]] = {}

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        """Give the pinned addresses, whatever *port* and *family* say; a name that was not pinned is an error."""
        pins = self.pins.get(host)
        if not pins:
            message = f"{host} is not pinned to any address"
            raise OSError(message)
        return [
            ResolveResult(
                hostname=host, host=ip, port=to_port, family=AF_INET6 if ":" in ip else AF_INET, proto=0, flags=0
            )
            for ip, to_port in pins
        ]

    async def close(self) -> None:
        """Nothing is held."""


class _Session(LoopBound):
    """An aiohttp session, for one event loop in one process."""

    def __init__(self, context: SSLContext) -> None:
        super().__init__()
        self.pinned = _PinnedAddresses()
        self.numbers = count()
        self.client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self.pinned,
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
            OSError: If the connection or TLS failed (`ssl.SSLError` is one), or what came was not HTTP; aiohttp's own error is its cause.
            TimeoutError: If it took longer than *timeout*.
            ValueError: If *url* is not https, or there is no address.
            RuntimeError: If the backend is closed.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or not addresses:
            message = f"{url!r} is not an https URL, or there is no address to ask"
            raise ValueError(message)
        port = parts.port or _HTTPS_PORT
        session = await self._usable_session()
        pin = f"{next(session.numbers)}.pinned.invalid"
        session.pinned.pins[pin] = [self._connect_to(ip, port) if self._connect_to else (ip, port) for ip in addresses]
        target = parts._replace(netloc=f"{pin}:{port}", fragment="").geturl()
        try:
            async with session.client.get(
                URL(target, encoded=True),
                headers={**headers, "Host": parts.netloc},
                server_hostname=parts.hostname,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=self._connect_timeout),
            ) as response:
                body, truncated = await _read(response, max_bytes)
                return HttpResponse(response.status, _headers(response), body, truncated)
        except aiohttp.ClientError as error:
            failure = _plain(error)
        finally:
            del session.pinned.pins[pin]
        raise failure  # out here, as aiohttp's error has this one as its cause: raised in there they would be a circle

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
