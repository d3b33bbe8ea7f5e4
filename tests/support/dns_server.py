"""A name server on real UDP and TCP sockets, for a zone written in lines such as ``"example.org A 192.0.2.1"``.

A line may end in SERVFAIL, REFUSED, NOTIMP, TIMEOUT (silence) or TRUNCATED (over UDP) instead of data. Names without lines do not exist.
"""

import asyncio
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

_RCODES = {
    "SERVFAIL": dns.rcode.SERVFAIL,
    "REFUSED": dns.rcode.REFUSED,
    "NOTIMP": dns.rcode.NOTIMP,
    "FORMERR": dns.rcode.FORMERR,
}
_SOA = "ns.invalid. hostmaster.invalid. 1 3600 600 86400 60"
_ATTEMPTS = 20
Tamper = Callable[[dns.message.Message], bytes]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Zone:
    """Records, failures and a log of questions such as ``"A example.org"``."""

    def __init__(self, lines: Iterable[str] = (), *, ttl: int = 300) -> None:
        self.asked: list[str] = []
        self.tampered: dict[str, Tamper] = {}
        self.over_tcp: list[str] = []
        self._ttl = ttl
        self._records: dict[str, list[str]] = {}
        self.add(*lines)

    def add(self, *lines: str, ttl: int | None = None) -> None:
        for line in lines:
            name, kind, data = line.split(" ", 2)
            self._records.setdefault(f"{kind} {name.lower()}", []).append(f"{self._ttl if ttl is None else ttl} {data}")

    def clear(self) -> None:
        """Forget all records; the log stays."""
        self._records.clear()

    def answer(self, wire: bytes, *, is_tcp: bool) -> bytes | None:
        """Give the reply to a query, or None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        key = f"{dns.rdatatype.to_text(question.rdtype)} {question.name.to_text(omit_final_dot=True).lower()}"
        self.asked.append(key)
        if is_tcp:
            self.over_tcp.append(key)
        if key in self.tampered:
            return self.tampered[key](query)
        reply = dns.message.make_response(query, recursion_available=True)
        behaviour = self._behaviour(key)
        if behaviour == "TIMEOUT":
            return None
        if behaviour in _RCODES:
            reply.set_rcode(_RCODES[behaviour])
        elif behaviour == "TRUNCATED" and not is_tcp:
            reply.flags |= dns.flags.TC
        else:
            self._fill(reply, question.name, dns.rdatatype.to_text(question.rdtype))
        return reply.to_wire(max_size=65535 if is_tcp else 1232, want_shuffle=False)

    def _behaviour(self, key: str) -> str:
        return next((data.split(" ")[1] for data in self._records.get(key, []) if data.split(" ")[1].isupper()), "")

    def _fill(self, reply: dns.message.Message, name: dns.name.Name, kind: str) -> None:
        for _ in range(20):
            text = name.to_text(omit_final_dot=True).lower()
            data = [line for line in self._records.get(f"{kind} {text}", []) if not line.split(" ")[1].isupper()]
            alias = self._records.get(f"CNAME {text}")
            if data:
                ttl = int(data[0].split(" ")[0])
                reply.answer.append(
                    dns.rrset.from_text_list(name, ttl, "IN", kind, [_absolute(line, kind) for line in data])
                )
                return
            if not alias:
                break
            alias_ttl, target = alias[0].split(" ")
            reply.answer.append(
                dns.rrset.from_text(name, int(alias_ttl), "IN", "CNAME", target.removesuffix(".") + ".")
            )
            name = dns.name.from_text(target)
        if not any(key.endswith(f" {name.to_text(omit_final_dot=True).lower()}") for key in self._records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.authority.append(dns.rrset.from_text("invalid.", 60, "IN", "SOA", _SOA))


def _absolute(line: str, kind: str) -> str:
    data = line.split(" ", 1)[1]
    return data.removesuffix(".") + "." if kind == "SRV" else data


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # asyncio's own is not a subclass of it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._zone.answer(data, is_tcp=False)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)


async def _listen(
    zone: Zone, host: str, port: int, handle: Handler | None
) -> tuple[asyncio.DatagramTransport, asyncio.Server | None]:
    """Take one port for UDP and TCP; where any will do, one that is free for both is looked for."""
    loop = asyncio.get_running_loop()
    for attempt in range(_ATTEMPTS):
        transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(zone), local_addr=(host, port))
        if handle is None:
            return transport, None
        try:
            return transport, await asyncio.start_server(handle, host, transport.get_extra_info("sockname")[1])
        except OSError:
            transport.close()
            await asyncio.sleep(0)
            if port or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


@asynccontextmanager
async def name_server(
    zone: Zone, host: str = "127.0.0.1", port: int = 0, *, with_tcp: bool = True
) -> AsyncGenerator[str]:
    """Serve *zone*, and give the address as ``"127.0.0.1:port"``."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply = zone.answer(await reader.readexactly(length), is_tcp=True)
                if reply is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    transport, server = await _listen(zone, host, port, handle if with_tcp else None)
    bound: int = transport.get_extra_info("sockname")[1]
    try:
        yield f"{host}:{bound}" if ":" not in host else f"[{host}]:{bound}"
    finally:
        transport.close()
        if server is not None:
            server.close()
        await asyncio.sleep(0)
