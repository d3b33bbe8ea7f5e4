"""The backend's own session. It connects only to the addresses of a request, and limits how much it reads.

If a server never stops sending, asyncio reads as long as there is data. Small reads let other tasks run, and a byte limit ends the connection.
"""

import socket
from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any

import aiohttp
import attrs
from aiohttp.abc import AbstractResolver, ResolveResult

from ..._util.flood_watch import watch
from ..._util.local_errors import OF_THIS_MACHINE

_RECEIVE_BUFFER = 16_384  # bytes that the system buffers: with its default, floods block uvloop seven times as long
_READ = 4_096  # bytes that asyncio's own event loop reads at a time: during a flood, other tasks run in between
_OVERHEAD = 131_072  # bytes of TLS and HTTP in addition to the body: far more than an honest server sends
_EXTRAS = "session= must have cookie_jar=aiohttp.DummyCookieJar(), and no headers, auth or trust_env, because these would be sent to third-party hosts"
Pin = tuple[str, int]


@attrs.define
class Attempt:
    """An attempt to connect: its addresses and ports, the size limit of the body, the sockets opened, and how many had no route."""

    pins: Sequence[Pin]
    max_bytes: int
    sockets: dict[Pin, socket.socket] = attrs.field(factory=dict[Pin, socket.socket])
    unrouted: int = 0

    @property
    def connections(self) -> int:
        """How many connections were made. A session that the caller passed opens its own sockets, for one address."""
        return len(self.sockets or self.pins) - self.unrouted

    def end(self) -> None:
        """Shut down the sockets. If a server never stops sending, asyncio and uvloop would otherwise read for half a minute to end TLS cleanly."""
        for sock in self.sockets.values():
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


attempt: ContextVar[Attempt] = ContextVar(
    "attempt"
)  # for resolver and socket factory, to which aiohttp passes no request


class _PinningResolver(AbstractResolver):
    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        del port, family
        pins = attempt.get().pins
        return [ResolveResult(hostname=host, host=ip, port=port, family=0, proto=0, flags=0) for ip, port in pins]

    async def close(self) -> None: ...


class _CountingSocket(socket.socket):
    """A socket that reports the end of the data after *bytes_left* bytes. asyncio's own event loop reads with `recv_into`; uvloop does not."""

    bytes_left: int = 0

    def connect(self, address: Any) -> None:
        try:
            super().connect(address)
        except OSError as error:
            attempt.get().unrouted += error.errno in OF_THIS_MACHINE
            raise

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        count = super().recv_into(buffer, min(nbytes or len(buffer), _READ), flags) if self.bytes_left > 0 else 0
        self.bytes_left -= count
        return count


def _open_socket(address_info: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _, address = address_info
    current, sock = attempt.get(), _CountingSocket(family, kind, protocol)
    current.sockets[address[:2]] = sock
    sock.bytes_left = current.max_bytes + _OVERHEAD
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    watch(sock, sock.bytes_left)
    return sock


async def send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Convert the errors after which aiohttp would send the request again."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ConnectionResetError("the server closed the connection without a response") from error


def refuse_extras(session: aiohttp.ClientSession | None) -> None:
    """Raise ValueError if a caller's session would add headers, credentials or cookies to requests."""
    keeps_cookies = session is not None and not isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
    if session is not None and (session.headers or session.auth or session.trust_env or keeps_cookies):
        raise ValueError(_EXTRAS)


def pinned_session(context: SSLContext) -> aiohttp.ClientSession:
    """Return a session that makes no DNS lookups, and keeps neither cookies nor connections."""
    ours: dict[str, Any] = {"resolver": _PinningResolver(), "use_dns_cache": False, "socket_factory": _open_socket}
    connector = aiohttp.TCPConnector(**ours, ssl=context, force_close=True, limit=0)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
