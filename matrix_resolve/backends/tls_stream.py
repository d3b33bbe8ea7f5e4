"""TLS on a socket, for one task.

It runs in memory, on `ssl.MemoryBIO`, and not in asyncio's transports. So a handshake, which takes the better part of a millisecond, can wait
for its turn; nothing waits for a peer's farewell; and no transport, which holds itself, is left to the garbage collector.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable
from socket import socket

from .arrivals import Arrivals
from .turns import Turns

_OPENING, _PROOF = 2, 6
"""How much work the parts of a handshake are: to begin it, and to connect then, takes a third of the time that it takes to check who answers."""
_AT_ONCE = 65_536  # bytes that are decrypted in one go


class TlsStream:
    """The client's side of a TLS connection.

    Args:
        context: Decides which certificates are valid.
        server_name: The name or address that the certificate must be valid for.

    Raises:
        ValueError: If *server_name* cannot be one.
    """

    _sock: socket
    _arrivals: Arrivals

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name.encode("ascii"))
        self._loop = asyncio.get_running_loop()
        self._is_open = False

    def prepare(self, turns: Turns) -> Awaitable[object]:
        """Make ready what is to be said first, before there is anybody to say it to.

        Raises:
            OSError: If TLS cannot be used like this; of what is given.
        """
        return turns.do(_OPENING, self._is_established)

    async def shake_hands(self, sock: socket, turns: Turns) -> None:
        """Set TLS up, once `prepare` has been done, on a connected socket, which is closed together with this from now on.

        Raises:
            OSError: If that fails; `ssl.SSLCertVerificationError` if it is not the right server.
        """
        self._sock, self._is_open = sock, True
        self._arrivals = Arrivals(sock)
        is_established = False
        while not is_established:
            await self._read_on()
            is_established = await turns.do(_PROOF, self._is_established)

    def _is_established(self) -> bool:
        """Go on with the handshake as far as that is possible, and say whether it is complete."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLEOFError:
            raise ConnectionResetError("the connection was closed during the TLS handshake") from None
        return True

    async def send(self, data: bytes) -> None:
        """Send *data*, together with the end of the handshake."""
        self._tls.write(data)
        await self._flush()

    async def receive(self) -> bytes:
        """Give the next bytes; none at the end, which many reach without a farewell."""
        while True:
            if not self._incoming.pending:
                await self._read_on()
            try:
                return self._tls.read(_AT_ONCE)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLEOFError:
                return b""

    async def _read_on(self) -> None:
        if self._outgoing.pending:
            await self._flush()
        data = await self._arrivals.receive()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        data = self._outgoing.read()
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            await self._loop.sock_sendall(self._sock, data[sent:])

    def close(self) -> None:
        """Say farewell, or what was wrong, and close the socket if there is one; nobody is waited for."""
        if not self._is_open:
            return
        self._is_open = False
        with contextlib.suppress(OSError):
            self._tls.unwrap()
        with contextlib.suppress(OSError):
            self._sock.send(self._outgoing.read())
        self._arrivals.close()
        self._sock.close()
