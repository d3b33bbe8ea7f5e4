"""The default HTTP backend: connections of its own, and aiohttp's parser. The only file that knows aiohttp.

An aiohttp session would look up names, follow redirects, keep cookies, decompress and reuse connections; for one GET to a pinned address all
of that had to be switched off, and still cost more than TLS. So only what is hard to get right is taken from others: the race for one of
several addresses (RFC 8305) from aiohappyeyeballs, TLS from `ssl`, and the response from aiohttp's parser. Nothing is ever looked up.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from ssl import SSLContext
from urllib.parse import SplitResult, urlsplit

from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpProcessingError, HttpResponseParser, RawResponseMessage

from ..loop_bound import LoopBound
from ..time_limits import TimeLimit, TimeLimits
from ..tls import LazySslContext
from .connecting import connect
from .http import HttpResponse
from .tls_stream import TlsStream
from .turns import Turns

_HTTPS_PORT = 443
_NEVER_PAUSED = 2**30  # bytes: bodies are cut long before
_SWITCHING_PROTOCOLS, _OK = 101, 200
_HELPING = 30
"""How much of handshakes is done in one iteration of the event loop: so much that five are completed, some 2 ms."""
_OUT_OF_LINE = re.compile(r"[\r\n\0]")


class _Parsed:
    """A response, as far as it has come.

    Args:
        max_bytes: How much of the body is wanted.
    """

    def __init__(self, max_bytes: int) -> None:
        loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(
            BaseProtocol(loop),
            loop,
            _NEVER_PAUSED,
            read_until_eof=True,
            auto_decompress=False,
            payload_exception=ConnectionError,
        )
        self._max_bytes = max_bytes
        self._final: tuple[RawResponseMessage, StreamReader] | None = None
        self._body = bytearray()

    def take(self, data: bytes) -> bool:
        """Take the next bytes, or none at the end of the connection, and say whether the response is there.

        Raises:
            ConnectionError: If it is not HTTP, or something is missing.
        """
        try:
            if data:
                self._take_messages(data)
            else:
                self._parser.feed_eof()
        except HttpProcessingError as error:
            raise ConnectionError(f"the answer is not HTTP: {error.message}") from None
        is_there = self._final is not None and self._take_body(*self._final)
        if not (data or is_there):
            raise ConnectionError("the server closed the connection without an answer")
        return is_there

    def _take_messages(self, data: bytes) -> None:
        messages, _, _ = self._parser.feed_data(data)
        for head, payload in messages:
            if self._final is None and (head.code >= _OK or head.code == _SWITCHING_PROTOCOLS):
                self._final = head, payload

    def _take_body(self, head: RawResponseMessage, payload: StreamReader) -> bool:
        if head.code == _SWITCHING_PROTOCOLS:
            return True
        error = payload.exception()
        if error is not None:
            raise error
        self._body += payload.read_nowait(-1)
        return payload.is_eof() or len(self._body) > self._max_bytes

    def response(self) -> HttpResponse:
        """Give the response."""
        if self._final is None:
            raise ConnectionError("there is no answer")
        headers = tuple((str(name), value) for name, value in self._final[0].headers.items())
        is_truncated = len(self._body) > self._max_bytes
        return HttpResponse(self._final[0].code, headers, bytes(self._body[: self._max_bytes]), is_truncated)


class _Place(LoopBound):
    """Where requests are under way: one event loop in one process."""

    def __init__(self, connect_timeout: float) -> None:
        super().__init__()
        self.turns = Turns(_HELPING)
        self.connect_limits = TimeLimits(connect_timeout)
        self.deadlines: set[TimeLimit] = set()
        self._request_limits = TimeLimits(connect_timeout)

    def deadline(self, seconds: float) -> TimeLimit:
        """Give the limit of a request; most of them have the same."""
        if self._request_limits.seconds != seconds:
            self._request_limits = TimeLimits(seconds)
        return self._request_limits.limit()

    async def aclose(self) -> None:
        """End all requests, by bringing their deadlines forward."""
        for deadline in self.deadlines:
            deadline.ring()
        while self.deadlines:  # noqa: ASYNC110 - their tasks are cancelled, and need a few iterations to end
            await asyncio.sleep(0)


class AiohttpBackend:
    """An HTTP backend with aiohttp's parser.

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
        self._place: _Place | None = None
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
            ValueError: If *url* is not https, or there is no address; or *url* or *headers* cannot be sent.
            RuntimeError: If the backend is closed.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.port == 0 or not addresses:
            message = f"{url!r} is not an https URL of a host alone, or there is no address to ask"
            raise ValueError(message)
        request = _request(parts, headers)
        context, port = await self._tls.ready(), parts.port or _HTTPS_PORT
        place = self._usable_place()
        pins = self._pins(addresses, port)
        deadline = place.deadline(timeout)
        try:
            with deadline:
                place.deadlines.add(deadline)
                return await self._ask(
                    place, partial(TlsStream, context, parts.hostname.removesuffix(".")), pins, request, max_bytes
                )
        except TimeoutError:
            if self._closed:
                raise ConnectionAbortedError("this HTTP backend was closed") from None
            raise
        finally:
            place.deadlines.discard(deadline)

    async def _ask(
        self,
        place: _Place,
        new_stream: Callable[[], TlsStream],
        pins: list[tuple[str, int]],
        request: bytes,
        max_bytes: int,
    ) -> HttpResponse:
        """Ask the first of *pins* that proves to be the server."""
        while True:
            stream, dialled = new_stream(), set[tuple[str, int]]()
            try:
                await self._connect(stream, place, pins, dialled)
            except OSError:
                # The race has one winner; if that one fails in TLS, the others have not been tried.
                pins = _without(pins, dialled)
                if not pins or not dialled:
                    raise
            else:
                return await _exchange(stream, request, max_bytes)
            finally:
                stream.close()

    async def _connect(
        self, stream: TlsStream, place: _Place, pins: list[tuple[str, int]], dialled: set[tuple[str, int]]
    ) -> None:
        """Connect to the first of *pins* that can be connected to, and take down which were begun with."""
        try:
            with place.connect_limits.limit():
                await stream.prepare(place.turns)
                await stream.shake_hands(await connect(pins, dialled), place.turns)
        except TimeoutError:
            raise TimeoutError("no answer in time") from None

    def _pins(self, addresses: Sequence[str], port: int) -> list[tuple[str, int]]:
        return [self._connect_to(ip, port) if self._connect_to else (ip, port) for ip in addresses]

    def _usable_place(self) -> _Place:
        if self._closed:
            raise RuntimeError("this HTTP backend is closed")
        if self._place is None or not self._place.is_here():
            self._place = _Place(self._connect_timeout)
        return self._place

    async def aclose(self) -> None:
        """Close all connections. Calling it again does nothing."""
        place, self._place, self._closed = self._place, None, True
        if place is not None and place.is_here():
            await place.aclose()


async def _exchange(stream: TlsStream, request: bytes, max_bytes: int) -> HttpResponse:
    """Make the request, and read the response."""
    response = _Parsed(max_bytes)
    await stream.send(request)
    while not response.take(await stream.receive()):
        pass
    return response.response()


def _request(parts: SplitResult, headers: Mapping[str, str]) -> bytes:
    """Put the request together.

    Raises:
        ValueError: If a part of it would not stay in its line.
    """
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (target.isascii() and target.isprintable()) or " " in target:
        message = f"{target!r} is not the path of a URL"
        raise ValueError(message)
    fields = [f"{name}: {value}" for name, value in {**headers, "Host": parts.netloc, "Connection": "close"}.items()]
    if _OUT_OF_LINE.search("".join(fields)):
        raise ValueError("a header has a line break in it")
    return "\r\n".join([f"GET {target} HTTP/1.1", *fields, "", ""]).encode()


def _without(pins: list[tuple[str, int]], dialled: set[tuple[str, int]]) -> list[tuple[str, int]]:
    return [pin for pin in pins if pin not in dialled]
