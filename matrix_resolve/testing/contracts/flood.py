"""An HTTPS server that never stops sending.

It runs in its own thread, and uses TLS in memory instead of a TLS socket, for two reasons: each write becomes one TLS
record, however small, and the server can send records that `ssl` cannot create (`key_updates`). It stops when the
client disconnects, when it is closed, or after a given time or number of bytes. In the last case it has *given up*: the
client has read for too long.
"""

import contextlib
import selectors
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import islice, repeat
from pathlib import Path
from time import monotonic

from .key_updates import key_updates, server_secret

_AT_ONCE = 65_536  # bytes
_PIECES = 512  # records that are sent together
_MOST = 2**31  # bytes; more than a client can read during a check
_LOOK_AGAIN = 0.1  # seconds
_PATIENCE = 5.0  # seconds for the handshake, the request, and the end of the thread

Pieces = Callable[["TlsInMemory"], Iterator[bytes]]
"""Returns an endless iterator of encrypted bytes to send."""


class TlsInMemory:
    """The server's side of a TLS connection.

    Args:
        context: A server context with a certificate and a key log.
        sock: The accepted connection.
    """

    def __init__(self, context: ssl.SSLContext, sock: socket.socket) -> None:
        self._key_log = Path(context.keylog_filename)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._sock = sock

    def read_request(self) -> None:
        """Read a request up to the end of its headers."""
        head = b""
        while b"\r\n\r\n" not in head:
            try:
                head += self._tls.read(_AT_ONCE)
            except ssl.SSLWantReadError:
                self._sock.sendall(self._outgoing.read())
                self._receive()

    def _receive(self) -> None:
        data = self._sock.recv(_AT_ONCE)
        if not data:
            raise ConnectionResetError
        self._incoming.write(data)

    def sealed(self, data: bytes, size: int = _AT_ONCE) -> bytes:
        """Return *data* encrypted, with at most *size* bytes in each record."""
        for start in range(0, len(data), size):
            self._tls.write(data[start : start + size])
        return self._outgoing.read()

    def key_updates(self, *, is_reply_wanted: bool) -> Iterator[bytes]:
        """Yield an endless series of KeyUpdate records. After the first one, nothing else may be sent."""
        suite, secret = (self._tls.cipher() or ("",))[0], server_secret(self._key_log.read_text())
        records = key_updates(suite, secret, is_reply_wanted=is_reply_wanted)
        while True:
            yield b"".join(islice(records, _PIECES))


def plain(start: bytes, again: bytes, *, record: int = _AT_ONCE) -> Pieces:
    """Return *start* and an endless repetition of *again* as pieces, in TLS records of at most *record* bytes."""

    def pieces(tls: TlsInMemory) -> Iterator[bytes]:
        yield tls.sealed(start)
        batch = again if record < _AT_ONCE else again * (_AT_ONCE // len(again))
        yield from (tls.sealed(each, record) for each in repeat(batch))

    return pieces


class Flood:
    """One server for one connection.

    Args:
        context: A server context with a certificate, which this server changes: it must not be used elsewhere.
        pieces: What to send after the request.
        seconds: How long to send before giving up.

    Attributes:
        port: The port on 127.0.0.1.
        has_begun: True once the first bytes were sent.
        has_given_up: True once it has sent for *seconds*, or too many bytes.
        has_ended: True once it has stopped sending, for any reason.
    """

    def __init__(self, context: ssl.SSLContext, pieces: Pieces, *, seconds: float) -> None:
        self.has_begun: bool = False
        self.has_given_up: bool = False
        self.has_ended: bool = False
        self._context = context
        self._pieces = pieces
        self._seconds = seconds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="flood", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            self.has_ended = True

    def _serve(self) -> None:
        with contextlib.suppress(OSError), tempfile.TemporaryDirectory() as folder:
            self._context.minimum_version = ssl.TLSVersion.TLSv1_3
            # A ticket would be the first record with the key that the first KeyUpdate must use.
            self._context.num_tickets = 0
            self._context.keylog_filename = str(Path(folder, "keys"))
            with self._accept() as sock:
                tls = TlsInMemory(self._context, sock)
                tls.read_request()
                self._send(sock, self._pieces(tls))

    def _accept(self) -> socket.socket:
        sock, _ = self._listener.accept()
        self._connection = sock
        sock.settimeout(_PATIENCE)
        return sock

    def _send(self, sock: socket.socket, pieces: Iterator[bytes]) -> None:
        until, sent, data = monotonic() + self._seconds, 0, b""
        sock.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while sent < _MOST and monotonic() < until:
                for _, events in selector.select(_LOOK_AGAIN):
                    if events & selectors.EVENT_READ:
                        _drain(sock)
                    if events & selectors.EVENT_WRITE:
                        data = data or next(pieces)
                        count = sock.send(data)
                        data, sent, self.has_begun = data[count:], sent + count, True
        self.has_given_up = True

    def close(self) -> None:
        """Close the connection and end the thread."""
        for sock in (self._listener, self._connection):
            if sock is not None:
                with contextlib.suppress(OSError):  # the client has already disconnected
                    sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(_PATIENCE)
        self._listener.close()


def _drain(sock: socket.socket) -> None:
    """Read and discard what the client sends.

    Otherwise a client that replies would block, and its disconnect could go unnoticed.
    """
    if not sock.recv(_AT_ONCE):
        raise ConnectionResetError
