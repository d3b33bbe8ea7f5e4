"""The web servers of one row, and servers that are silent, refuse, or speak another protocol."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable

from matrix_resolve import HttpResponse
from tests._support.certificates import own_server_context, server_context
from tests._support.listeners import Behaviour, Listeners
from tests._support.tls_server import hang

from .outcome import Outcome
from .row import FIRST, Answer
from .row_makers import well_known_json

WEB = ("192.0.2.10", "2001:db8::10", "192.0.2.30", "198.51.100.20", "2001:db8::20")


def _listening(address: str, port: int, backlog: int = 100) -> socket.socket:
    """Listen at an address of a network that is routed to this machine, although no interface has the address."""
    is_v6 = ":" in address
    sock = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(*((socket.IPPROTO_IPV6, 78) if is_v6 else (socket.IPPROTO_IP, 15)), 1)  # IPV6_FREEBIND, IP_FREEBIND
    sock.bind((address, port))
    sock.listen(backlog)
    sock.setblocking(False)
    return sock


class WebServers:
    """The servers of one row."""

    def __init__(self, outcome: Outcome) -> None:
        row, own = outcome.row, outcome.own
        self._own, self._log = own, outcome.log
        self._answers: dict[str, Answer] = {own(url): answer for url, answer in row.http.items()}
        if row.wk is not None:
            self._answers[own(FIRST)] = well_known_json(row.wk) if isinstance(row.wk, str) else row.wk
        self._places = {f"{address}:443": "web" for address in WEB} | dict(row.at)
        self._bait = [f"{address}:{port}" for address in row.bait for port in (80, 443, 8448)]
        self._listeners = Listeners()
        self._sockets: list[socket.socket] = []

    async def start(self) -> None:
        for place, kind in self._places.items():
            if kind == "blackhole":
                self._blackhole(*_split(self._own(place)))
            elif kind != "refuse":
                await self._listen(place, kind)
        for place in self._bait:
            await self._serve(place, self._note_contact, None)

    async def aclose(self) -> None:
        await self._listeners.aclose()
        for sock in self._sockets:
            sock.close()

    async def _listen(self, place: str, kind: str) -> None:
        plain: dict[str, Behaviour] = {"mute": hang, "reset": _reset, "plain": _speak_plainly}
        if kind in plain:
            await self._serve(place, plain[kind], None)
            return
        address = _split(self._own(place))[0]
        context = own_server_context(address if kind == "web" else "wrong.invalid")
        if kind == "web":
            context.sni_callback = self._choose_certificate
        await self._serve(place, self._answer, context)

    async def _serve(self, place: str, behave: Behaviour, context: ssl.SSLContext | None) -> None:
        await self._listeners.listen(_listening(*_split(self._own(place))), behave, context)

    def _blackhole(self, address: str, port: int) -> None:
        """Fill the backlog of a server that accepts no connections; the kernel drops further ones."""
        server = _listening(address, port, 0)
        self._sockets.append(server)
        for _ in range(2):
            client = socket.socket(server.family)
            client.setblocking(False)
            client.connect_ex((address, port))
            self._sockets.append(client)

    def _choose_certificate(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name is not None:
            connection.context = server_context(name)

    async def _note_contact(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        self._log.append(f"CONTACT {writer.get_extra_info('sockname')[:2]}")

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        host = next(line.split(": ", 1)[1] for line in head if line.lower().startswith("host: "))
        url = f"https://{host}{head[0].split(' ')[1]}"
        self._log.append(f"GET {url}")
        answer = self._answers.get(url, HttpResponse(404))
        if isinstance(answer, HttpResponse):
            writer.write(_rendered(answer, self._own))
        elif isinstance(answer, bytes):
            writer.write(self._own(answer.decode("latin-1")).encode("latin-1"))
        else:
            await answer(reader, writer)


def _split(place: str) -> tuple[str, int]:
    address, _, port = place.rpartition(":")
    return address, int(port)


def _rendered(answer: HttpResponse, own: Callable[[str], str]) -> bytes:
    body = own(answer.body.decode("latin-1")).encode("latin-1")
    headers = "".join(f"{name}: {own(value)}\r\n" for name, value in answer.headers)
    return f"HTTP/1.1 {answer.status} Reason\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del reader
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def _speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
