"""The name servers of the table. The behaviour of each one depends on the queried name."""

import asyncio
import contextlib
import re
import socket
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import dns.message

from .replies import FORGED
from .row import Reply, Row, Sending
from .wire import Query

ADDRESSES = {1: "127.0.0.1", 2: "127.0.0.2", 3: "127.0.0.3", 4: "127.0.0.4", 5: "127.0.0.5", 7: "::1", 8: "fe80::1%lo"}
"""The addresses by number. Nothing listens at 127.0.0.6, and nothing listens for TCP at 127.0.0.5."""
_WITHOUT_TCP = {5}
_PORT = 53
_BUFFER = 4 << 20
_LABEL = re.compile(r"([a-z0-9-]+)--([a-z]+)")


class NameServers:
    """All name servers of the table, on one event loop.

    Attributes:
        seen: The queries of each row and contender, in order: ``"1 udp edns"``, ``"2 tcp"``.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.seen: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._rows = {row.id: row for row in rows}
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._sockets: dict[int, socket.socket] = {}
        self._elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._elsewhere.bind((ADDRESSES[1], 0))

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        """Listen on all addresses during the block."""
        async with contextlib.AsyncExitStack() as stack:
            for number, address in ADDRESSES.items():
                self._listen_udp(number, address)
                if number not in _WITHOUT_TCP:
                    server = await asyncio.start_server(self._over_tcp(number), address, _PORT)
                    stack.callback(server.close)
            try:
                yield
            finally:
                for each in self._sockets.values():
                    asyncio.get_running_loop().remove_reader(each)
                    each.close()
                self._elsewhere.close()

    def _listen_udp(self, number: int, address: str) -> None:
        family, kind, _, _, place = socket.getaddrinfo(address, _PORT, type=socket.SOCK_DGRAM)[0]
        udp = self._sockets[number] = socket.socket(family, kind)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        udp.bind(place)
        udp.setblocking(False)
        asyncio.get_running_loop().add_reader(udp, self._receive, number, udp)

    def _receive(self, number: int, udp: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                wire, address = udp.recvfrom(65535)
                for sending in self._replies(number, wire, over_tcp=False):
                    asyncio.get_running_loop().call_later(sending.delay, self._send, number, sending, address)

    def _send(self, number: int, sending: Sending, address: Any) -> None:
        by_source = {"server": self._sockets[number], "address": self._sockets[4], "port": self._elsewhere}
        with contextlib.suppress(OSError):  # the client may have closed its socket
            by_source[sending.source].sendto(sending.wire, address)

    def _over_tcp(self, number: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while not writer.is_closing():
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    await _write(writer, self._replies(number, await reader.readexactly(length), over_tcp=True))
            writer.close()

        return serve

    def _replies(self, number: int, wire: bytes, *, over_tcp: bool) -> Sequence[Sending]:
        message = dns.message.from_wire(wire)
        name = message.question[0].name.to_text(omit_final_dot=True)
        row_id, contender = _belongs_to(name)
        row = self._rows.get(row_id)
        count = self._counts[row_id, contender, number]
        self._counts[row_id, contender, number] += 1
        self.seen[row_id, contender].append(
            f"{number} {'tcp' if over_tcp else 'udp'}{' edns' if message.edns >= 0 else ''}"
        )
        query = Query(wire, message, name, over_tcp, count)
        return _reply_of(row.servers if row else {}, number, name)(query)


def _belongs_to(name: str) -> tuple[str, str]:
    found = _LABEL.search(name.lower())
    return (found[1], found[2]) if found else ("", "")


def _reply_of(servers: Mapping[int, Reply], number: int, name: str) -> Reply:
    return FORGED if name.lower().endswith(".trap.example.net") else servers.get(number, FORGED)


async def _write(writer: asyncio.StreamWriter, sendings: Sequence[Sending]) -> None:
    for sending in sendings:
        await asyncio.sleep(sending.delay)
        if sending.is_framed:
            writer.write(len(sending.wire).to_bytes(2, "big") + sending.wire)
        elif sending.wire:
            writer.write(sending.wire)
        else:
            await writer.drain()
            writer.close()
