"""Ends connections whose peer never stops sending, on event loops that bypass the byte count of our sockets.

uvloop reads directly from file descriptors. So this module asks Linux how many bytes a connection has received.
"""

import asyncio
import socket
import struct
from contextlib import suppress

_INTERVAL = 0.1  # seconds
_BYTES_RECEIVED = struct.Struct("128xQ")  # tcpi_bytes_received in struct tcp_info of linux/tcp.h


def watch(sock: socket.socket, max_bytes: int) -> None:
    """Shut down *sock* once it has received more than *max_bytes*. Do nothing on asyncio's own loop, or if the system does not report it."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        if sock.fileno() < 0:
            return
        if _received(sock) > max_bytes:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        else:
            loop.call_later(_INTERVAL, look)

    if not isinstance(loop, asyncio.BaseEventLoop) and hasattr(socket, "TCP_INFO"):
        loop.call_later(_INTERVAL, look)


def _received(sock: socket.socket) -> int:
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED.size)
        (count,) = _BYTES_RECEIVED.unpack(info)
    except (OSError, struct.error):  # not connected, or an old system
        return 0
    return int(count)
