"""Warm and cold resolutions against a floor, in the same run: ``python benchmarks/bench.py``.

Only the ratios mean anything. The world (a name server and an HTTPS server on loopback) runs in a process of its own; what is compared is
the CPU time of this one, alternating between the library and the floor.

* Warm floor: an ``async def`` around a dictionary look-up and a clock comparison.
* Cold floor: hand-written aiodns and aiohttp code that asks the necessary questions and checks nothing.
"""

import argparse
import asyncio
import json
import multiprocessing
import ssl
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection

import aiodns
import aiohttp
import dns.message
import dns.rdatatype
import dns.rrset
import trustme

from matrix_resolve import AiodnsBackend, AiohttpBackend, Resolution, ServerNameResolver

ADDRESS = "45.76.2.10"  # passes the address policy; connections are led to loopback
KINDS = ("delegated", "delegated", "delegated", "srv", "plain")
CONCURRENCY, ROUNDS, HITS = 100, 5, 200_000


def name_of(number: int) -> str:
    """A server name whose kind stands in it."""
    return f"{KINDS[number % len(KINDS)]}-{number}.bench.test"


# The world.


def dns_reply(wire: bytes) -> bytes:
    """Every host is at ADDRESS, and each name of the kind ``srv`` has a record."""
    query = dns.message.from_wire(wire)
    question = query.question[0]
    reply = dns.message.make_response(query, recursion_available=True)
    kind, name = dns.rdatatype.to_text(question.rdtype), question.name.to_text()
    if kind == "A":
        reply.answer.append(dns.rrset.from_text(question.name, 300, "IN", "A", ADDRESS))
    elif kind == "SRV" and name.startswith("_matrix-fed._tcp.srv-"):
        reply.answer.append(
            dns.rrset.from_text(question.name, 300, "IN", "SRV", f"0 0 8443 hs.{name.split('.', 2)[2]}")
        )
    return reply.to_wire()


class NameServer(asyncio.DatagramProtocol):
    """Answers over UDP."""

    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to send."""
        self.transport = transport  # type: ignore[assignment] # asyncio's own is not a subclass of DatagramTransport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer."""
        self.transport.sendto(dns_reply(data), addr)


async def serve_well_known(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Names of the kind ``delegated`` delegate, the others are not found."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    host = next(line for line in head.split("\r\n") if line.lower().startswith("host:")).partition(":")[2].strip()
    body = json.dumps({"m.server": f"hs.{host}:443"}) if host.startswith("delegated") else ""
    status = "200 OK" if body else "404 Not Found"
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
    await writer.drain()
    writer.close()


async def serve(pipe: Connection) -> None:
    """Run the world for ever, after telling its ports and its authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("*.bench.test").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    server = await asyncio.start_server(serve_well_known, "127.0.0.1", 0, ssl=context, backlog=1024)
    dns_port = transport.get_extra_info("sockname")[1]
    pipe.send((dns_port, server.sockets[0].getsockname()[1], authority.cert_pem.bytes().decode()))
    await asyncio.Event().wait()


def run_world(pipe: Connection) -> None:
    """The other process."""
    asyncio.run(serve(pipe))


# The two sides.


class Floor:
    """The necessary questions, and nothing else."""

    def __init__(self, nameserver: str, https_port: int, context: ssl.SSLContext) -> None:
        self.dns = aiodns.DNSResolver(nameservers=[nameserver], timeout=1, tries=2)
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, force_close=True, limit=0))
        self.base = f"https://127.0.0.1:{https_port}"

    async def query(self, host: str, kind: str) -> list[object]:
        """One question."""
        try:
            return list((await self.dns.query_dns(host, kind)).answer)
        except aiodns.error.DNSError:
            return []

    async def addresses(self, host: str) -> list[object]:
        """Both families."""
        v6, v4 = await asyncio.gather(self.query(host, "AAAA"), self.query(host, "A"))
        return [*v6, *v4]

    async def resolve(self, name: str) -> object:
        """Steps 3 to 6."""
        addresses = await self.addresses(name)
        url, headers = f"{self.base}/.well-known/matrix/server", {"Host": name}
        async with self.http.get(url, server_hostname=name, headers=headers, allow_redirects=False) as response:
            body = await response.read()
        if response.status == 200:  # noqa: PLR2004
            return await self.addresses(json.loads(body)["m.server"].rpartition(":")[0])
        for service in ("_matrix-fed", "_matrix"):
            records = await self.query(f"{service}._tcp.{name}", "SRV")
            if records:
                return await asyncio.gather(*(self.addresses(record.data.target) for record in records))  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        return addresses

    async def aclose(self) -> None:
        """Close."""
        await self.http.close()
        await self.dns.close()


@asynccontextmanager
async def library(nameserver: str, https_port: int, context: ssl.SSLContext) -> AsyncGenerator[ServerNameResolver]:
    """The resolver with its own backends, led to the world."""
    dns, http = (
        AiodnsBackend([nameserver]),
        AiohttpBackend(context, connect_to=lambda _ip, _port: ("127.0.0.1", https_port)),
    )
    async with ServerNameResolver(dns=dns, http=http) as resolver:
        yield resolver
    await http.aclose()
    await dns.aclose()


async def all_names(resolve: Callable[[str], Awaitable[object]], names: list[str]) -> float:
    """CPU seconds for all names."""
    limit = asyncio.Semaphore(CONCURRENCY)

    async def one(name: str) -> None:
        async with limit:
            await resolve(name)

    began = time.process_time()
    await asyncio.gather(*(one(name) for name in names))
    return time.process_time() - began


async def cold(world: tuple[str, int, ssl.SSLContext], names: list[str]) -> tuple[float, float]:
    """CPU seconds per name: the library, the floor."""
    ours: list[float] = []
    floors: list[float] = []
    for _ in range(ROUNDS):
        floor = Floor(*world)
        floors.append(await all_names(floor.resolve, names))
        await floor.aclose()
        async with library(*world) as resolver:
            ours.append(await all_names(resolver.resolve, names))
    return statistics.median(ours) / len(names), statistics.median(floors) / len(names)


async def warm(world: tuple[str, int, ssl.SSLContext]) -> tuple[float, float]:
    """Seconds per hit: the library, the floor."""
    async with library(*world) as resolver:
        known: dict[str, tuple[float, Resolution]] = {}
        for name in [*map(name_of, range(10))] * 2:
            resolution = await resolver.resolve(name)
            known[name] = (resolution.expires_at, resolution)
        clock = time.time

        async def floor(name: str) -> Resolution:
            entry = known[name]
            if clock() < entry[0]:
                return entry[1]
            raise KeyError(name)

        names = list(known)
        times: dict[Callable[[str], Awaitable[Resolution]], list[float]] = {resolver.resolve: [], floor: []}
        for _ in range(ROUNDS):
            for resolve, spent in times.items():
                began = time.perf_counter()
                for index in range(HITS // ROUNDS):
                    await resolve(names[index % 10])
                spent.append((time.perf_counter() - began) / (HITS // ROUNDS))
        ours, theirs = (statistics.median(spent) for spent in times.values())
        return ours, theirs


def main() -> None:
    """Run both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=500, help="cold names per round")
    names = [name_of(number) for number in range(parser.parse_args().names)]
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=run_world, args=(there,), daemon=True)
    process.start()
    dns_port, https_port, pem = here.recv()
    world = (f"127.0.0.1:{dns_port}", https_port, ssl.create_default_context(cadata=pem))
    rows = {"warm": asyncio.run(warm(world)), "cold": asyncio.run(cold(world, names))}
    process.kill()
    print("| what | library, µs | floor, µs | ratio |\n|---|---|---|---|")
    for what, (ours, floor) in rows.items():
        print(f"| {what} | {ours * 1e6:.2f} | {floor * 1e6:.2f} | {ours / floor:.2f} |")


if __name__ == "__main__":
    main()
