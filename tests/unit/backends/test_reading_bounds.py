"""How much of a flood is read: one piece at a time on asyncio's own loop, and up to a limit on uvloop."""

import asyncio
import socket

import uvloop

from matrix_resolve._util.flood_watch import watch
from matrix_resolve.backends._aiohttp.pinned_session import Attempt, _open_socket, attempt  # pyright: ignore[reportPrivateUsage]


async def test_one_read_takes_a_piece() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = listening.getsockname()[:2]
        attempt.set(Attempt([place], 1_000_000))
        with _open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", place)) as sock:
            sock.connect(place)
            peer, _ = listening.accept()
            with peer:
                peer.sendall(bytes(8_192))
                assert sock.recv_into(bytearray(65_536)) == 4_096


def _bytes_until_the_end(max_bytes: int) -> tuple[int, bool]:
    """Return how many bytes a connection on uvloop receives, and whether it ends although its peer keeps it open."""

    async def work() -> tuple[int, bool]:
        loop, count = asyncio.get_running_loop(), 0
        with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as sock:
            sock.connect(listening.getsockname())
            peer, _ = listening.accept()
            with peer:
                sock.setblocking(False)
                watch(sock, max_bytes)
                peer.send(bytes(10_000))
                try:
                    async with asyncio.timeout(2.0):
                        while data := await loop.sock_recv(sock, 65_536):
                            count += len(data)
                except TimeoutError:
                    return count, False
                return count, True

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work())


def test_on_uvloop_a_connection_ends_that_has_received_too_much() -> None:
    assert _bytes_until_the_end(5_000) == (10_000, True)


def test_on_uvloop_a_connection_within_the_limit_stays() -> None:
    assert _bytes_until_the_end(50_000) == (10_000, False)
