"""Trouble of all kinds over real DNS and HTTPS, for a resolver that is given nothing but trust.

Most of it is waiting, so all rows run at the same time. Each row has names and addresses of its own: ``example`` becomes ``example123``, and
the documentation and private networks become networks with 123 in them (see `_own`). One log per row holds every DNS question, every
request and every contact with an address where nobody may call.
"""

import asyncio
import contextlib
import gc
import gzip
import os
import re
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import cast

import attrs
import dns.message
import dns.rrset
import pytest

from matrix_resolve import AddressBlocked, HttpResponse, Resolution, ResolveError, ServerNameResolver
from matrix_resolve.clients.streams import open_connection
from tests.spec.world import BASE_ZONE, FALLBACK, FALLBACK_LOOKUPS, addresses, fed, hs, old, org, shown, well_known
from tests.support.certificates import client_context, own_server_context, server_context
from tests.support.dns_server import Zone

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer = HttpResponse | bytes | Behaviour

LIMIT = 15.0  # seconds, for everything
FIRST = "https://example.org/.well-known/matrix/server"
HS = "hs.example.net:443"
BASE = (*BASE_ZONE, "www.example.org A 192.0.2.30")
WEB = ("192.0.2.10", "2001:db8::10", "192.0.2.30", "198.51.100.20", "2001:db8::20")
UNSEEN = [*addresses("example.org"), fed("example.org"), old("example.org")]
"""What the fallback asks when no request gets through."""
T1 = "203.0.113.1:{} | example.org | dns:example.org"
T2 = "203.0.113.2:{} | example.org | dns:example.org"


@attrs.frozen(kw_only=True)
class Row:
    """One situation.

    Attributes:
        name: The server name.
        zone: Lines that replace those of the base zone with the same name and type; the data ``-`` is NODATA.
        raw: What a question is answered with, as records with their owners, for names that lie.
        turns: The data of successive answers to a question, with TTL 0.
        slow: Seconds before each DNS answer.
        noise: True if wrong replies come before each right one.
        wk: The answer of the first well-known; a text is an ``m.server``.
        http: The answers of other URLs.
        at: What listens at addresses, such as ``{"192.0.2.10:443": "blackhole"}``: web, wrong (certificate), mute, reset, plain, refuse.
        bait: Addresses that nobody may contact; ports 80, 443 and 8448 listen there.
        targets: The targets expected, in order.
        in_order: False if SRV weights make the order a draw.
        error: The error code expected.
        step: The step expected.
        asked: Questions and requests expected, all of them; SRV and GET in this order.
        connects_to: Where `open_connection` has to end; ``"error"`` if nowhere.
    """

    name: str = "example.org"
    zone: Sequence[str] = ()
    raw: Mapping[str, Sequence[str]] = attrs.Factory(dict[str, "Sequence[str]"])
    turns: Mapping[str, Sequence[str]] = attrs.Factory(dict[str, "Sequence[str]"])
    slow: float = 0.0
    noise: bool = False
    wk: Answer | str | None = None
    http: Mapping[str, Answer] = attrs.Factory(dict[str, "Answer"])
    at: Mapping[str, str] = attrs.Factory(dict[str, str])
    bait: Sequence[str] = ()
    targets: Sequence[str] = ()
    in_order: bool = True
    error: str | None = None
    step: str | None = None
    asked: Sequence[str] = ()
    connects_to: str | None = None


@attrs.define
class Outcome:
    """What came of a row."""

    row: Row
    own: Callable[[str], str]
    log: list[str] = attrs.Factory(list[str])
    resolution: Resolution | None = None
    error: BaseException | None = None
    seconds: float = 0.0
    connected: str | None = None
    strange: list[str] = attrs.Factory(list[str])


def _own(text: str, number: int) -> str:
    text = re.sub("example", lambda found: f"{found[0]}{number}", text, flags=re.IGNORECASE)
    for shared, own in (
        ("192.0.2.", f"45.76.{number}."),
        ("198.51.100.", f"45.77.{number}."),
        ("203.0.113.", f"45.78.{number}."),
        ("2001:db8::", f"2a01:4f8:{number}::"),
        ("10.0.0.", f"10.{number}.0."),
        ("127.0.9.", f"127.{number}.9."),
        ("fd00::", f"fd00:{number}::"),
    ):
        text = text.replace(shared, own)
    return text


# Rows that come to the same.


def _fallback(**trouble: object) -> Row:
    return attrs.evolve(Row(targets=FALLBACK, step="6", asked=FALLBACK_LOOKUPS), **trouble)


def _delegated(**trouble: object) -> Row:
    row = Row(targets=hs(443, HS), step="3.2", asked=[*well_known("example.org"), *addresses("hs.example.net")])
    return attrs.evolve(row, **trouble)


def _redirect(location: str, status: int = 302) -> HttpResponse:
    return HttpResponse(status, (("Location", location),))


def _followed(location: str, url: str, *hosts: str, **trouble: object) -> Row:
    """A redirect to *location*, which leads to *url* and the delegation there."""
    asked = [*well_known("example.org"), *(line for host in hosts for line in addresses(host)), f"GET {url}"]
    asked += addresses("hs.example.net")
    return _delegated(wk=_redirect(location), http={url: _json(HS)}, asked=asked, **trouble)


def _json(server: str) -> HttpResponse:
    return HttpResponse(200, (), f'{{"m.server": "{server}"}}'.encode())


def _raw(head: str, body: str = f'{{"m.server": "{HS}"}}') -> bytes:
    return (head.replace("\n", "\r\n") + "\r\n\r\n" + body).encode()


# What servers do.


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del writer
    await reader.read()


def _endless(start: bytes, more: bytes, pause: float = 0.0) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(start)
        while not writer.is_closing():
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


def _then_hang(data: bytes) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await _hang(reader, writer)

    return behave


_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_GZIPPED = gzip.compress(f'{{"m.server": "{HS}"}}'.encode())
