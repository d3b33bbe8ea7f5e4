"""The sessions through which the aiohttp backend asks: its own, and the caller's."""

import asyncio
from collections.abc import Sequence
from ssl import SSLContext
from typing import Protocol

import attrs
from aiohttp import (
    ClientConnectorError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from yarl import URL

from ...loop_bound import LoopBound
from .bounded_sockets import Attempt, Pin, PinningResolver, attempt, open_bounded_socket
from .errors import CLOSED_WITHOUT_ANSWER

_STAND_IN = "https://pinned.invalid"
"""aiohttp does not ask a resolver about a host that is an address, so the URL has this host instead."""
_ADDED_BY_AIOHTTP = ("Accept", "Accept-Encoding", "User-Agent")
_PAIR = 2


@attrs.frozen
class HttpsRequest:
    """One GET request.

    Attributes:
        tls_name: The name or address for which the certificate must be valid.
        port: The port of the URL.
        target: Path and query, byte for byte as they are sent.
        headers: All of them, ``Host`` included.
        max_bytes: How much of the body is wanted.
    """

    tls_name: str
    port: int
    target: str
    headers: dict[str, str]
    max_bytes: int


class HttpsSession(Protocol):
    """Sends requests to pinned addresses."""

    group_size: int
    """How many pins it takes at once."""
    deadlines: set[asyncio.Timeout]
    """Those of the requests that are under way."""

    def is_here(self) -> bool:
        """Return True if it can be used on the running event loop, in this process."""
        ...

    async def send(self, request: HttpsRequest, current: Attempt, connect_timeout: float) -> ClientResponse:
        """Connect to the first pin of the attempt that answers, and return the response, to be closed by the caller."""
        ...

    async def aclose(self) -> None:
        """Close what is the backend's own."""
        ...


class OwnSession(LoopBound):
    """A session that looks up nothing, keeps nothing and reads only so much.

    It takes two pins at once, of two address families where there are two: aiohttp goes on to the next one by itself when a handshake
    fails, and each costs CPU time.

    Args:
        context: Decides which certificates are valid.
    """

    group_size: int = _PAIR

    def __init__(self, context: SSLContext) -> None:
        super().__init__()
        self.deadlines: set[asyncio.Timeout] = set()
        connector = TCPConnector(
            resolver=PinningResolver(),
            use_dns_cache=False,
            ssl=context,
            force_close=True,
            limit=0,
            socket_factory=open_bounded_socket,
        )
        self._session = ClientSession(
            connector=connector, cookie_jar=DummyCookieJar(), auto_decompress=False, trust_env=False
        )

    async def send(self, request: HttpsRequest, current: Attempt, connect_timeout: float) -> ClientResponse:
        """Connect to the first pin of the attempt that answers, and return the response."""
        attempt.set(current)
        return await self._session.get(
            URL(f"{_STAND_IN}:{request.port}{request.target}", encoded=True),
            headers=request.headers,
            server_hostname=request.tls_name,
            skip_auto_headers=_ADDED_BY_AIOHTTP,
            allow_redirects=False,
            timeout=_timeout(connect_timeout),
            middlewares=(_send_once,),
        )

    async def aclose(self) -> None:
        """Close the session; in a child process only let go of it, since the connections are the parent's."""
        if self.is_inherited:
            self._session.detach()
        await self._session.close()


class CallersSession:
    """The caller's session: its TLS settings, tracing and proxy, and its connector, so nothing bounds what is read.

    Args:
        session: Is not closed.
        context: Decides which certificates are valid instead of the session's connector.

    Raises:
        ValueError: If the session would send credentials to everybody.
    """

    group_size: int = 1

    def __init__(self, session: ClientSession, context: SSLContext | None) -> None:
        if session.auth is not None or "Authorization" in session.headers or "Cookie" in session.headers:
            raise ValueError("the session sends credentials with each request; well-known hosts are strangers")
        self.deadlines: set[asyncio.Timeout] = set()
        self._session = session
        self._ssl: SSLContext | bool = True if context is None else context

    def is_here(self) -> bool:
        """Return True: aiohttp itself says if it is another event loop's."""
        return True

    async def send(self, request: HttpsRequest, current: Attempt, connect_timeout: float) -> ClientResponse:
        """Connect to the only pin of the attempt, and return the response."""
        ((ip, port),) = current.pins
        current.dialled.add((ip, port))
        return await self._session.get(
            URL(f"https://{f'[{ip}]' if ':' in ip else ip}:{port}{request.target}", encoded=True),
            headers={**request.headers, "Connection": "close"},
            server_hostname=request.tls_name,
            skip_auto_headers=_ADDED_BY_AIOHTTP,
            allow_redirects=False,
            auto_decompress=False,
            timeout=_timeout(connect_timeout),
            ssl=self._ssl,
        )

    async def aclose(self) -> None:
        """Leave the session open."""


def groups_of(pins: Sequence[Pin], size: int) -> int:
    """Return how many groups of *size* there are."""
    return -(-len(pins) // size)


def _timeout(connect_timeout: float) -> ClientTimeout:
    return ClientTimeout(total=None, sock_connect=connect_timeout)


async def _send_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Raise what aiohttp would take as a reason to send a request again; the contract is exactly one."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise ConnectionResetError(CLOSED_WITHOUT_ANSWER) from error
