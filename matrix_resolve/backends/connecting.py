"""A TCP connection to the first of several addresses that answers. Nothing is looked up.

Where there are several they race (RFC 8305), which is aiohappyeyeballs' business. A single one, by far the most frequent case, needs no race;
the event loop's own way to connect looks at the address, the socket and its family again and again, which cost 2 % of a request's CPU time
on asyncio's event loop, and more than 5 % on uvloop.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from errno import EINPROGRESS
from functools import partial
from socket import AF_INET, AF_INET6, IPPROTO_TCP, SO_ERROR, SOCK_STREAM, SOL_SOCKET, socket
from typing import Any

from aiohappyeyeballs import start_connection  # pyright: ignore[reportUnknownVariableType] - its tuples are bare

_RACE_DELAY = 0.25  # RFC 8305, section 5
AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]


async def connect(
    pins: Sequence[tuple[str, int]], dialled: set[tuple[str, int]], *, can_be_watched: bool = sys.platform != "win32"
) -> socket:
    """Connect to the first of *pins* that can be connected to.

    Args:
        pins: Each an IP address and a port.
        dialled: Gets those that were begun with.
        can_be_watched: False where the event loop has to connect: the usual one of Windows cannot watch sockets.

    Returns:
        A socket that does not block, the caller's to close.

    Raises:
        OSError: If none can be connected to.
    """
    if len(pins) == 1 and can_be_watched:
        return await _connect_to_one(_address_info(*pins[0]), dialled)
    return await start_connection(
        [_address_info(*pin) for pin in pins],
        happy_eyeballs_delay=_RACE_DELAY,
        socket_factory=partial(_open_socket, dialled),
    )


async def _connect_to_one(address_info: AddressInfo, dialled: set[tuple[str, int]]) -> socket:
    sock = _open_socket(dialled, address_info)
    try:
        error = await _connection_error(sock, address_info[-1])
    except BaseException:
        sock.close()
        raise
    if error:
        sock.close()
        ip, port, *_ = address_info[-1]
        raise OSError(error, f"{os.strerror(error)} ({ip}, port {port})")
    return sock


async def _connection_error(sock: socket, address: tuple[Any, ...]) -> int:
    """Connect, and give the number of the error, or 0."""
    sock.setblocking(False)
    error = sock.connect_ex(address)
    if error != EINPROGRESS:
        return error
    await _until_writable(sock)
    return sock.getsockopt(SOL_SOCKET, SO_ERROR)


async def _until_writable(sock: socket) -> None:
    loop = asyncio.get_running_loop()
    writable: asyncio.Future[None] = loop.create_future()
    loop.add_writer(sock.fileno(), _settle, writable)
    try:
        await writable
    finally:
        loop.remove_writer(sock.fileno())


def _settle(writable: "asyncio.Future[None]") -> None:
    if not writable.done():  # it may be told twice, or have been given up
        writable.set_result(None)


def _address_info(ip: str, port: int) -> AddressInfo:
    if ":" in ip:
        return AF_INET6, SOCK_STREAM, IPPROTO_TCP, "", (ip, port, 0, 0)
    return AF_INET, SOCK_STREAM, IPPROTO_TCP, "", (ip, port)


def _open_socket(dialled: set[tuple[str, int]], address_info: AddressInfo) -> socket:
    """Open a socket for a connection, and take down where it goes."""
    family, kind, protocol, _, address = address_info
    dialled.add((address[0], address[1]))
    return socket(family, kind, protocol)
