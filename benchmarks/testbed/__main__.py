"""Runs the testbed.

It prints its ports and the certificate of its authority. For each line of input, it prints the numbers of queries and
requests since the previous line.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import ssl
import sys
from collections import Counter

import trustme

from ..names import DOMAIN
from .dns_replies import ADDRESS, reply_to
from .https_server import Connection, Silence

_BUFFER = 4 << 20  # bytes; the kernel may limit this to a smaller size


class NameServer:
    """A name server that answers queries over UDP.

    Args:
        round_trip: Seconds by which each reply is delayed.
        counts: Counts the queries by record type.
        port: The port on 127.0.0.1; 0 for any free port.
    """

    def __init__(self, round_trip: float, counts: Counter[str], port: int = 0) -> None:
        self._round_trip = round_trip
        self._counts = counts
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]

    def start(self) -> None:
        """Start to answer queries."""
        asyncio.get_running_loop().add_reader(self._socket, self._answer_all)

    def _answer_all(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                wire, asker = self._socket.recvfrom(4096)
                record_type, reply = reply_to(wire)
                self._counts[record_type] += 1
                if reply is None:
                    continue
                if self._round_trip:
                    asyncio.get_running_loop().call_later(self._round_trip, self._socket.sendto, reply, asker)
                else:
                    self._socket.sendto(reply, asker)


async def serve(round_trip: float, *, real_ports: bool) -> None:
    """Run the testbed until standard input ends."""
    counts = Counter[str]()
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(f"*.{DOMAIN}").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    loop, names = asyncio.get_running_loop(), NameServer(round_trip, counts, 53 if real_ports else 0)
    names.start()
    web = await loop.create_server(
        lambda: Connection(context, round_trip, lambda: counts.update(["well-known"])),
        *((ADDRESS, 443) if real_ports else ("127.0.0.1", 0)),
        backlog=1024,
    )
    silence = await loop.create_server(Silence, "127.0.0.1", 0, backlog=1024)
    send(
        {
            "dns_port": names.port,
            "https_port": web.sockets[0].getsockname()[1],
            "silent_port": silence.sockets[0].getsockname()[1],
            "authority": authority.cert_pem.bytes().decode(),
        }
    )
    async for _ in await lines_of_input():
        send(counts)
        counts.clear()


async def lines_of_input() -> asyncio.StreamReader:
    """Return a stream of the lines on standard input."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def send(what: object) -> None:
    """Print *what* as a line of JSON."""
    print(json.dumps(what), flush=True)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--round-trip", type=float, default=0.0, help="seconds of delay for each round trip")
parser.add_argument("--real-ports", action="store_true", help="listen on the real ports, in a network namespace")
chosen = parser.parse_args()
asyncio.run(serve(chosen.round_trip, real_ports=chosen.real_ports))
