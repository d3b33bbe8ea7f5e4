"""Backends as a third party would write them, using only the contracts. The broken backends are derived from them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from ssl import SSLContext
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

import dns.asyncquery
import dns.message
import dns.rcode

from matrix_resolve import DnsAnswer, HttpResponse, RecordType, SrvRecord


class SmallDns:
    """A DNS backend based on dnspython."""

    def __init__(self, address: str) -> None:
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        del refresh
        return self.read(name, await self.ask(dns.message.make_query(name + ".", record_type)))

    async def ask(self, query: dns.message.Message) -> dns.message.Message:
        return (await dns.asyncquery.udp_with_fallback(query, self.host, timeout=2, port=self.port))[0]

    def read(self, name: str, reply: dns.message.Message) -> DnsAnswer:
        del name
        if reply.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            raise OSError(dns.rcode.to_text(reply.rcode()))
        assert isinstance(reply, dns.message.QueryMessage)
        found = reply.resolve_chaining()
        records = tuple(map(self.record, found.answer or ()))
        return DnsAnswer(records, found.minimum_ttl if records else None, str(found.canonical_name)[:-1].lower())

    def record(self, data: Any) -> str | SrvRecord:
        if hasattr(data, "address"):
            return str(data.address)
        target = data.target.to_text(omit_final_dot=True)
        return SrvRecord(data.priority, data.weight, data.port, target)


class SmallHttp:
    """An HTTP backend based on asyncio streams, with a new connection for each request and its own HTTP/1.1 code."""

    def __init__(self, context: SSLContext) -> None:
        self.context = context

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        async with asyncio.timeout(timeout):
            return await self.fetch(urlsplit(url), addresses, headers, max_bytes)

    async def fetch(
        self, url: SplitResult, addresses: Sequence[str], headers: Mapping[str, str], max_bytes: int
    ) -> HttpResponse:
        reader, writer = await self.connect(url, addresses)
        try:
            writer.write(self.request(url, headers))
            return await self.response(reader, max_bytes)
        finally:
            writer.transport.abort()

    async def connect(
        self, url: SplitResult, addresses: Sequence[str]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for address in addresses[:-1]:
            with suppress(ConnectionError):
                return await self.connect_to(url, address)
        return await self.connect_to(url, addresses[-1])

    async def connect_to(self, url: SplitResult, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        assert url.hostname
        return await asyncio.open_connection(
            address, url.port or 443, ssl=self.context, server_hostname=self.tls_name(url)
        )

    def tls_name(self, url: SplitResult) -> str:
        return url.hostname or ""

    def request(self, url: SplitResult, headers: Mapping[str, str]) -> bytes:
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        lines = [f"GET {path} HTTP/1.1", f"Host: {url.netloc}", "Connection: close"]
        return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()

    async def response(self, reader: asyncio.StreamReader, max_bytes: int) -> HttpResponse:
        head = await self.head(reader)
        while head[0].split()[1] == "100":
            head = await self.head(reader)
        pairs = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in head[1:-2]))
        lower = {name.lower(): value for name, value in pairs}
        body = await self.body(reader, lower, max_bytes + 1)
        return HttpResponse(int(head[0].split()[1]), pairs, body[:max_bytes], len(body) > max_bytes)

    async def head(self, reader: asyncio.StreamReader) -> list[str]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        if not head[0].startswith("HTTP/1."):
            raise ValueError("not HTTP")
        return head

    async def body(self, reader: asyncio.StreamReader, headers: Mapping[str, str], most: int) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            return await self.chunks(reader)
        if "content-length" not in headers:
            return await reader.read()
        return await reader.readexactly(min(int(headers["content-length"]), most))

    async def chunks(self, reader: asyncio.StreamReader) -> bytes:
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        return body


class SmallCache:
    """A cache in a dictionary."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self.now = now
        self.entries: dict[str, tuple[float, bytes]] = {}

    async def get(self, key: str) -> bytes | None:
        until, value = self.entries.get(key, (0.0, b""))
        return value if self.now() < until else None

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        self.entries[key] = (self.now() + ttl, value)

    async def delete(self, key: str) -> None:
        self.entries.pop(key, None)
