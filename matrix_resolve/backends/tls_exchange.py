"""One request and its response, over one TLS connection.

TLS runs in memory here, on `ssl.MemoryBIO`, and not in asyncio's own protocol. So a handshake, which takes the better part of a millisecond,
can wait for its turn; the request travels with the last flight of the handshake; and nothing waits for a peer's farewell.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Protocol

from .turns import Turns

_AT_ONCE = 65_536  # bytes that are decrypted in one go


class Response(Protocol):
    """What a response is put together by."""

    def feed(self, data: bytes) -> bool:
        """Take the next bytes, and say whether the response is complete; an exception ends the exchange."""
        ...

    def feed_eof(self) -> None:
        """Take the end of the connection; an exception if the response is not complete by that."""
        ...


class TlsExchange(asyncio.Protocol):
    """Sends *request* when TLS stands, and feeds *response* until it is complete.

    Args:
        context: Decides which certificates are valid.
        server_name: The name or address that the certificate must be valid for.
        request: What is sent.
        response: What is fed.
        turns: Where handshakes take turns.

    Attributes:
        is_secured: True once the peer has proved who it is, and the request is on its way.
        ended: Is done when the response is complete, or holds what went wrong: an `OSError`, or what *response* raised.
        on_secured: Called when `is_secured` becomes true.

    Raises:
        ValueError: If *server_name* cannot be one.
    """

    def __init__(
        self, context: ssl.SSLContext, server_name: str, request: bytes, response: Response, turns: Turns
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._request = request
        self._response = response
        self._turns = turns
        self._transport: asyncio.Transport | None = None
        self.is_secured = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_secured: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        self._transport = transport  # type: ignore[assignment] # asyncio's own is a subclass of both
        self._turns.take(self._go_on)

    def data_received(self, data: bytes) -> None:
        """Go on with the handshake, or with the response."""
        self._incoming.write(data)
        if self.is_secured:
            self._go_on()
        else:
            self._turns.take(self._go_on)

    def eof_received(self) -> bool:
        """Read what came before the end, and then the end; the connection is closed after that."""
        self._incoming.write_eof()
        self._turns.take(self._go_on)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """End, if need be."""
        self._end(exc or ConnectionResetError("the connection was closed"))

    def abort(self, error: Exception | None = None) -> None:
        """Close the connection at once, wherever the exchange is; who waits for its end gets *error*, or is cancelled."""
        if not self.ended.done():
            self.ended.set_exception(error) if error else self.ended.cancel()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()

    def _go_on(self) -> None:
        """Do what can be done with the bytes that are there."""
        if self.ended.done():
            self.abort()
            return
        try:
            if not self.is_secured:
                self._shake_hands()
            self._read()
        except ssl.SSLWantReadError:
            self._send()
        except Exception as error:  # noqa: BLE001 - it is handed on
            self._end(error)
        else:
            self._end()

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLEOFError:
            raise ConnectionResetError("the connection was closed during the TLS handshake") from None
        self._tls.write(self._request)
        self.is_secured = True
        if self.on_secured is not None:
            self.on_secured()

    def _read(self) -> None:
        """Feed the response until it is complete."""
        is_complete = False
        while not is_complete:
            try:
                data = self._tls.read(_AT_ONCE)
            except (
                ssl.SSLEOFError
            ):  # without a farewell, as many do it; the response knows whether something is missing
                data = b""
            if not data:
                self._response.feed_eof()
                return
            is_complete = self._response.feed(data)

    def _send(self) -> None:
        if self._outgoing.pending and self._transport is not None:
            self._transport.write(self._outgoing.read())

    def _end(self, error: Exception | None = None) -> None:
        """Tell how it ended, say farewell and close the connection."""
        if self.ended.done():
            return
        self.ended.set_exception(error) if error else self.ended.set_result(None)
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()  # it does not wait: what it would read is not there
        if self._transport is not None and not self._transport.is_closing():
            self._send()
            self._transport.close()
