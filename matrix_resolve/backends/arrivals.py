"""Bytes from a socket as they come, without asking the event loop anew for each."""

import asyncio
import sys
from collections.abc import Awaitable
from socket import socket

_AT_ONCE = 65_536  # bytes


class Arrivals:
    """What arrives at a socket, for one task.

    The event loop goes on watching the socket from one wait to the next: between them nothing comes as a rule. If something does, it is
    left to the system until it is wanted.

    Args:
        sock: Does not block.
        can_be_watched: False where the event loop has to be asked each time: the usual one of Windows cannot watch sockets.
    """

    def __init__(self, sock: socket, *, can_be_watched: bool = sys.platform != "win32") -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._can_be_watched = can_be_watched
        self._waiter: asyncio.Future[bytes] | None = None
        self._is_watched = False

    def receive(self) -> Awaitable[bytes]:
        """Give the next bytes; none at the end.

        Raises:
            OSError: If the connection has failed; of what is given.
        """
        if not self._can_be_watched:
            return self._loop.sock_recv(self._sock, _AT_ONCE)
        waiter = self._waiter = self._loop.create_future()
        if self._is_watched:
            self._read()  # libuv tells of a connection that has failed only once, and with that there may have come some bytes
        else:
            self._is_watched = True
            self._loop.add_reader(self._sock.fileno(), self._read)
        return waiter

    def _read(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            self.close()
            return
        try:
            data = self._sock.recv(_AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            waiter.set_exception(error)
        else:
            waiter.set_result(data)

    def close(self) -> None:
        """Watch no more; to be called before the socket is closed."""
        if self._is_watched:
            self._is_watched = False
            self._loop.remove_reader(self._sock.fileno())
