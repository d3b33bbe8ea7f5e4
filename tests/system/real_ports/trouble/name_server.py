"""One name server for the zones of all rows."""

import asyncio
import contextlib
import re
import struct
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import cast

import dns.message
import dns.rrset

from matrix_resolve import RecordType
from tests._support.zone_lines import LineZone
from tests.spec.testbed import BASE_ZONE

from .outcome import Outcome

BASE = (*BASE_ZONE, "www.example.org A 192.0.2.30")


class _Dns(asyncio.DatagramProtocol):
    """Answers queries over UDP and TCP, and adds them to the logs of the rows."""

    def __init__(self, outcomes: Sequence[Outcome], stray: list[str]) -> None:
        self._outcomes = {outcome.own("example"): (outcome, _zone(outcome)) for outcome in outcomes}
        self._stray = stray
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        outcome, reply = self.answer(data, is_tcp=False)
        if outcome is None or reply is None or self._transport is None:
            return
        if outcome.row.noise:
            for wrong in _wrong_replies(reply):
                self._transport.sendto(wrong, addr)
        if outcome.row.slow:
            asyncio.get_running_loop().call_later(outcome.row.slow, self._send, reply, addr)
        else:
            self._send(reply, addr)

    def _send(self, reply: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(reply, addr)

    def answer(self, wire: bytes, *, is_tcp: bool) -> tuple[Outcome | None, bytes | None]:
        question = dns.message.from_wire(wire).question[0].name.to_text().lower()
        number = re.search(r"example\d+", question)
        if number is None or number[0] not in self._outcomes or "trap" in question:
            self._stray.append(question)
            return None, None
        outcome, zone = self._outcomes[number[0]]
        reply, _ = zone.answer(wire, over_tcp=is_tcp)
        outcome.log.append(zone.asked[-1])
        return outcome, reply

    async def over_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                _, reply = self.answer(await reader.readexactly(length), is_tcp=True)
                if reply is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)
        writer.close()


def _zone(outcome: Outcome) -> LineZone:
    row, own = outcome.row, outcome.own
    replaced = {tuple(line.split(" ", 2)[:2]) for line in row.zone}
    lines = [line for line in BASE if tuple(line.split(" ", 2)[:2]) not in replaced]
    zone = LineZone([own(line) for line in (*lines, *row.zone) if not line.endswith(" -")])
    for line in row.zone:
        if line.endswith(" -"):
            zone.add(own(line.removesuffix("-") + "NODATA"))
    for question, records in row.raw.items():
        kind, owner = own(question).split(" ")
        zone.reply(owner, cast("RecordType", kind), _lie([own(record) for record in records]))
    for question, data in row.turns.items():
        kind, owner = own(question).split(" ")
        turns: Iterator[str] = iter([own(datum) for datum in data])
        zone.reply(owner, cast("RecordType", kind), _take_turns(owner, kind, turns, own(data[-1])))
    return zone


def _lie(records: Sequence[str]) -> Callable[[dns.message.Message], bytes]:
    def reply(query: dns.message.Message) -> bytes:
        message = dns.message.make_response(query, recursion_available=True)
        for record in records:
            owner, ttl, kind, data = record.split(" ", 3)
            message.answer.append(dns.rrset.from_text(f"{owner}.", int(ttl), "IN", kind, data))
        return message.to_wire(max_size=65535)

    return reply


def _take_turns(owner: str, kind: str, turns: Iterator[str], last: str) -> Callable[[dns.message.Message], bytes]:
    def next_turn(query: dns.message.Message) -> bytes:
        return _lie([f"{owner} 0 {kind} {next(turns, last)}"])(query)

    return next_turn


def _wrong_replies(reply: bytes) -> list[bytes]:
    """Return replies that an attacker off the path could send: with a wrong ID, with a wrong question, and empty."""
    wrong_id = bytes([reply[0] ^ 0x55]) + reply[1:]
    wrong_question = reply.replace(b"example", b"elpmaxe")
    return [wrong_id, wrong_question, b""]


@contextlib.asynccontextmanager
async def name_server(outcomes: Sequence[Outcome], stray: list[str]) -> AsyncGenerator[None]:
    loop = asyncio.get_running_loop()
    server = _Dns(outcomes, stray)
    transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 53))
    tcp = await asyncio.start_server(server.over_tcp, "127.0.0.1", 53)
    try:
        yield
    finally:
        transport.close()
        tcp.close()
        await asyncio.sleep(0.1)
