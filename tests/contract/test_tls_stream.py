"""TLS in memory, on a socket that takes less at once than is to be sent."""

import asyncio
import socket

from matrix_resolve.backends.tls_stream import TlsStream
from matrix_resolve.backends.turns import Turns
from tests.support.certificates import client_context, own_server_context

MUCH = 4_000_000


def take_it_slowly(sock: socket.socket) -> None:
    """Read all, in small pieces, before anything is said."""
    with own_server_context("example.org").wrap_socket(sock, server_side=True) as tls:
        taken = 0
        while taken < MUCH:
            taken += len(tls.recv(16_384))
        tls.sendall(b"done")
        tls.recv(1)


async def test_all_is_sent_although_the_socket_takes_little_at_once() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    server = asyncio.create_task(asyncio.to_thread(take_it_slowly, theirs))
    stream = TlsStream(client_context(), "example.org")
    turns = Turns(1)
    await stream.prepare(turns)
    await stream.shake_hands(ours, turns)
    await stream.send(bytes(MUCH))
    assert await stream.receive() == b"done"
    stream.close()
    await server
    assert ours.fileno() == -1
