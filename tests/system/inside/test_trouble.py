"""Trouble of all kinds over real DNS and HTTPS, for a resolver that is given nothing but trust.

Most of it is waiting, so all rows run at the same time. Each row has names and addresses of its own: ``example`` becomes ``example123``, and
the documentation and private networks become networks with 123 in them (see `_own`). One log per row holds every DNS question, every
request and every contact with an address where nobody may call.
"""

import asyncio
import contextlib
import gc
import gzip
import re
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import attrs
import dns.message
import dns.rrset
import pytest

from matrix_resolve import HttpResponse, RecordType, Resolution, ResolveError, ServerNameResolver
from matrix_resolve.clients.streams import open_connection
from tests.spec.world import BASE_ZONE, FALLBACK, FALLBACK_LOOKUPS, addresses, fed, hs, old, org, shown, well_known
from tests.support.certificates import client_context, own_server_context, server_context
from tests.support.zone_lines import LineZone

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer = HttpResponse | bytes | Behaviour

LIMIT = 30.0  # seconds, for everything: twice the deadline of a resolution, as the machine may be busy
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


def _fallback(**trouble: Any) -> Row:
    return attrs.evolve(Row(targets=FALLBACK, step="6", asked=FALLBACK_LOOKUPS), **trouble)


def _delegated(**trouble: Any) -> Row:
    row = Row(targets=hs(443, HS), step="3.2", asked=[*well_known("example.org"), *addresses("hs.example.net")])
    return attrs.evolve(row, **trouble)


def _redirect(location: str, status: int = 302) -> HttpResponse:
    return HttpResponse(status, (("Location", location),))


def _followed(location: str, url: str, *hosts: str, **trouble: Any) -> Row:
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

# The rows, by kind of trouble.

SRV_T1 = "_matrix-fed._tcp.example.org SRV 10 0 8443 t1.example.com"
NO_443 = {"192.0.2.10:443": "refuse", "2001:db8::10:443": "refuse"}
ONLY_V4 = ("example.org AAAA -",)
V4 = FALLBACK[1:]
SLOW_JSON = f'{{"m.server": "{HS}"}}'
AT_T1 = [fed("example.org"), *addresses("t1.example.com")]


def _both(kind: str) -> dict[str, str]:
    return {"192.0.2.10:443": kind, "2001:db8::10:443": kind}


def _srv(*data: str, **trouble: Any) -> Row:
    """Without a well-known, with these `_matrix-fed` records."""
    zone = tuple(f"_matrix-fed._tcp.example.org SRV {one}" for one in data)
    more = trouble.pop("zone", ())
    return attrs.evolve(Row(step="4", zone=(*zone, *more)), **trouble)


def _srv_asks(*hosts: str) -> list[str]:
    return [*well_known("example.org"), fed("example.org"), *(line for host in hosts for line in addresses(host))]


TRANSPORT: dict[str, Row] = {
    "443-blackholed-then-srv": Row(
        at=_both("blackhole"),
        zone=[SRV_T1],
        targets=[T1.format(8443)],
        step="4",
        asked=[*addresses("example.org"), *AT_T1],
    ),
    "443-blackholed-then-8448": _fallback(at=_both("blackhole"), asked=UNSEEN),
    "443-mute-then-srv": Row(
        at=_both("mute"), zone=[SRV_T1], targets=[T1.format(8443)], step="4", asked=[*addresses("example.org"), *AT_T1]
    ),
    "443-resets": _fallback(at=_both("reset"), asked=UNSEEN),
    "443-speaks-plain-http": _fallback(at=_both("plain"), asked=UNSEEN),
    "443-wrong-certificate": _fallback(at=_both("wrong"), asked=UNSEEN),
    "443-refuses": _fallback(at=NO_443, asked=UNSEEN),
    "v6-refused-v4-fine": _delegated(wk=HS, at={"2001:db8::10:443": "refuse"}),
    "v6-blackholed-v4-fine": _delegated(wk=HS, at={"2001:db8::10:443": "blackhole"}),
    "v4-refused-v6-fine": _delegated(wk=HS, at={"192.0.2.10:443": "refuse"}),
    "v6-mute-v4-fine": _delegated(wk=HS, at={"2001:db8::10:443": "mute"}),
    "v6-wrong-certificate-v4-fine": _delegated(wk=HS, at={"2001:db8::10:443": "wrong"}),
    "v6-resets-v4-fine": _delegated(wk=HS, at={"2001:db8::10:443": "reset"}),
    "v6-plain-v4-fine": _delegated(wk=HS, at={"2001:db8::10:443": "plain"}),
    "443-blackholed-and-srv-silent": _fallback(
        at=_both("blackhole"),
        zone=[f"{fed('example.org')[4:]} SRV TIMEOUT", f"{old('example.org')[4:]} SRV TIMEOUT"],
        asked=UNSEEN,
    ),
}

HTTP: dict[str, Row] = {
    "never-answers": _fallback(wk=_hang),
    "never-answers-and-srv-silent": _fallback(
        wk=_hang, zone=[f"{fed('example.org')[4:]} SRV TIMEOUT", f"{old('example.org')[4:]} SRV TIMEOUT"]
    ),
    "drip-in-status-line": _fallback(wk=_endless(b"HTTP/1.1 20", b"0", 0.3)),
    "drip-in-headers": _fallback(wk=_endless(_OK, b"X", 0.3)),
    "drip-in-body": _fallback(wk=_endless(_OK + b"Content-Length: 4000\r\n\r\n{", b" ", 0.3)),
    "drip-in-chunks": _fallback(wk=_endless(_CHUNKED, b"1\r\n \r\n", 0.3)),
    "endless-chunks": _fallback(wk=_endless(_CHUNKED, b"400\r\n" + b" " * 1024 + b"\r\n")),
    "endless-headers": _fallback(wk=_endless(_OK, b"X-More: " + b"x" * 1000 + b"\r\n")),
    "one-endless-header": _fallback(wk=_endless(_OK + b"X: ", b"x" * 1000)),
    "endless-small-headers": _fallback(wk=_endless(_OK, b"A: b\r\n" * 100)),
    "1xx-flood": _fallback(wk=_endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50)),
    "103-then-200": _delegated(
        wk=b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + _raw("HTTP/1.1 200 OK\nConnection: close")
    ),
    "101": _fallback(wk=_then_hang(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")),
    "10-gb": _fallback(wk=_endless(_OK + b"Content-Length: 10000000000\r\n\r\n", b" " * 4096)),
    "10-gb-that-do-not-come": _fallback(wk=_then_hang(_OK + b"Content-Length: 10000000000\r\n\r\n{}")),
    "no-length-and-closed": _delegated(wk=_raw("HTTP/1.1 200 OK")),
    "no-length-and-not-closed": _fallback(wk=_then_hang(_OK + b"\r\n" + b'{"m.server": "hs.example.net:443"}')),
    "http-1.0": _delegated(wk=_raw("HTTP/1.0 200 OK")),
    "http-0.9": _fallback(wk=b'{"m.server": "hs.example.net:443"}'),
    "http-2": _fallback(wk=b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18),
    "no-reason": _delegated(wk=_raw("HTTP/1.1 200")),
    "chunked": _delegated(
        wk=_CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", targets=FALLBACK, step="6", asked=FALLBACK_LOOKUPS
    ),
    "chunked-cut": _fallback(wk=_CHUNKED + b"ff\r\n{"),
    "chunk-size-nonsense": _fallback(wk=_CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"),
    "length-and-chunked": _fallback(
        wk=_OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ),
    "negative-length": _fallback(wk=_raw("HTTP/1.1 200 OK\nContent-Length: -1")),
    "two-lengths": _fallback(wk=_raw("HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 34")),
    "status-999": _fallback(wk=HttpResponse(999)),
    "status-nonsense": _fallback(wk=_raw("HTTP/1.1 2x0 OK")),
    "closed-at-once": _fallback(wk=b""),
    "gzip-unasked": _fallback(
        wk=_then_hang(_OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_GZIPPED) + _GZIPPED)
    ),
    "identity-named": _delegated(wk=attrs.evolve(_json(HS), headers=(("Content-Encoding", "identity"),))),
    "cookies-and-unicode-headers": _delegated(
        wk=attrs.evolve(_json(HS), headers=(("Set-Cookie", "a=b"), ("X", "\xe9\xff")))
    ),
    "authentication-asked": _fallback(wk=HttpResponse(401, (("WWW-Authenticate", "Basic"),), _json(HS).body)),
    "nan-and-deep": _fallback(wk=HttpResponse(200, (), b"[" * 50000)),
    "surrogate": _fallback(wk=HttpResponse(200, (), b'{"m.server": "\\ud800.example.net"}')),
}

_OLD_URL = "https://example.org"
REDIRECTS: dict[str, Row] = {
    "to-private-name": _fallback(
        wk=_redirect("https://www.example.org/x"),
        zone=["www.example.org A 10.0.0.5"],
        bait=["10.0.0.5"],
        asked=[*well_known("example.org"), *addresses("www.example.org"), fed("example.org"), old("example.org")],
    ),
    "to-private-literal": _fallback(wk=_redirect("https://10.0.0.5/x"), bait=["10.0.0.5"]),
    "to-mapped-literal": _fallback(wk=_redirect("https://[::ffff:127.0.9.1]/x"), bait=["127.0.9.1"]),
    "to-nat64-literal": _fallback(wk=_redirect("https://[64:ff9b::10.0.0.5]/x"), bait=["10.0.0.5"]),
    "to-hex-literal": _fallback(wk=_redirect("https://0x7f.0.9.1/x"), bait=["127.0.9.1"]),
    "to-metadata": _fallback(wk=_redirect("https://169.254.169.254/latest")),
    "to-localhost": _fallback(wk=_redirect("https://localhost/x")),
    "to-http": _fallback(wk=_redirect("http://www.example.org/x")),
    "to-user-part": _fallback(wk=_redirect("https://a:b@www.example.org/x")),
    "to-nothing": _fallback(wk=_redirect("")),
    "to-public-literal": _followed("https://192.0.2.30/w", "https://192.0.2.30/w"),
    "to-port": _followed(
        "https://www.example.org:8443/w",
        "https://www.example.org:8443/w",
        "www.example.org",
        at={"192.0.2.30:8443": "web"},
    ),
    "to-port-443": _followed("https://www.example.org:443/w", "https://www.example.org/w", "www.example.org"),
    "to-upper-case": _followed("HTTPS://WWW.EXAMPLE.ORG/W", "https://www.example.org/W", "www.example.org"),
    "to-trailing-dot": _fallback(wk=_redirect("https://www.example.org./x")),
    "scheme-relative": _followed("//www.example.org/w", "https://www.example.org/w", "www.example.org"),
    "query-only": _followed("?a=b", f"{FIRST}?a=b"),
    "dots": _followed("../x", "https://example.org/.well-known/x"),
    "too-many-dots": _followed("../../../../x", "https://example.org/x"),
    "path-only": _followed("/y?z#w", "https://example.org/y?z"),
    "no-path": _followed("https://www.example.org", "https://www.example.org/", "www.example.org"),
    "query-after-host": _followed("https://www.example.org?x", "https://www.example.org/?x", "www.example.org"),
    "encoded-path": _followed("/%2e%2E/a%20b", "https://example.org/%2e%2E/a%20b"),
    "fragment-only": _fallback(wk=_redirect("#x")),
    "308-with-body": _delegated(
        wk=HttpResponse(308, (("Location", "/w"),), b"x" * 100_000),
        http={"https://example.org/w": _json(HS)},
        asked=[*well_known("example.org"), "GET https://example.org/w", *addresses("hs.example.net")],
    ),
    "changing-query": _fallback(
        wk=_redirect("?0"),
        http={f"{FIRST}?{hop}": _redirect(f"?{hop + 1}") for hop in range(20)},
        asked=[
            *well_known("example.org"),
            *(f"GET {FIRST}?{hop}" for hop in range(10)),
            fed("example.org"),
            old("example.org"),
        ],
    ),
    "to-silent-dns": _fallback(
        wk=_redirect("https://www.example.org/x"),
        zone=["www.example.org A TIMEOUT", "www.example.org AAAA TIMEOUT"],
        asked=[*well_known("example.org"), *addresses("www.example.org"), fed("example.org"), old("example.org")],
    ),
    "to-onion": _fallback(wk=_redirect("https://example.onion/x")),
    "endless-body": _followed(
        "https://www.example.org/w",
        "https://www.example.org/w",
        "www.example.org",
    ),
}

_LONG_SRV = tuple(f"{n} 0 {n} t1.example.com" for n in range(1, 201))
_CHAIN = tuple(f"c{n}.example.net CNAME c{n + 1}.example.net" for n in range(8))

DNS: dict[str, Row] = {
    "aaaa-servfail": _fallback(zone=["example.org AAAA SERVFAIL"], targets=V4),
    "a-servfail": _fallback(zone=["example.org A SERVFAIL"], targets=FALLBACK[:1]),
    "aaaa-refused": _fallback(zone=["example.org AAAA REFUSED"], targets=V4),
    "aaaa-silent": _fallback(zone=["example.org AAAA TIMEOUT"], targets=V4),
    "a-silent-with-port": Row(
        name="example.org:8448",
        zone=["example.org A TIMEOUT"],
        targets=org(8448, "example.org:8448")[:1],
        step="2",
        asked=addresses("example.org"),
    ),
    "all-silent": Row(
        zone=[f"example.org {kind} TIMEOUT" for kind in ("A", "AAAA")]
        + [f"{ask('example.org')[4:]} SRV TIMEOUT" for ask in (fed, old)],
        error="dns-temporary",
        asked=UNSEEN,
    ),
    "all-servfail": Row(
        zone=[f"example.org {kind} SERVFAIL" for kind in ("A", "AAAA")]
        + [f"{ask('example.org')[4:]} SRV SERVFAIL" for ask in (fed, old)],
        error="dns-temporary",
        asked=UNSEEN,
    ),
    "notimp-aaaa": _fallback(zone=["example.org AAAA NOTIMP"], targets=V4),
    "formerr-srv": _fallback(zone=[f"{fed('example.org')[4:]} SRV FORMERR"]),
    "srv-fed-servfail-old-there": Row(
        zone=["_matrix-fed._tcp.example.org SRV SERVFAIL", "_matrix._tcp.example.org SRV 0 0 7 t2.example.com"],
        targets=[T2.format(7)],
        step="5",
        asked=[*FALLBACK_LOOKUPS, *addresses("t2.example.com")],
    ),
    "delegated-silent": Row(
        wk=HS,
        zone=["hs.example.net A TIMEOUT", "hs.example.net AAAA TIMEOUT"],
        error="dns-temporary",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
    "delegated-nxdomain": Row(
        wk="gone.example.net:1", error="no-address", asked=[*well_known("example.org"), *addresses("gone.example.net")]
    ),
    "delegated-nodata": Row(
        wk=HS,
        zone=["hs.example.net A -", "hs.example.net AAAA -"],
        error="no-address",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
    "cname-chain": _delegated(
        wk="c0.example.net:443",
        zone=[*_CHAIN, "c8.example.net A 198.51.100.9"],
        targets=["198.51.100.9:443 | c0.example.net:443 | dns:c0.example.net"],
        asked=[*well_known("example.org"), *addresses("c0.example.net")],
    ),
    "cname-loop": Row(
        name="example.org:1",
        zone=[
            "example.org A -",
            "example.org AAAA -",
            "example.org CNAME l.example.org",
            "l.example.org CNAME example.org",
        ],
        error="no-address",
        asked=addresses("example.org"),
    ),
    "cname-loop-in-one-reply": Row(
        name="example.org:1",
        raw={
            kind: ["example.org 60 CNAME l.example.org.", "l.example.org 60 CNAME example.org."]
            for kind in addresses("example.org")
        },
        error="no-address",
        asked=addresses("example.org"),
    ),
    "cname-to-nowhere": Row(
        name="l.example.org:1",
        zone=["l.example.org CNAME gone.example.org"],
        error="no-address",
        asked=addresses("l.example.org"),
    ),
    "cname-at-srv-owner": Row(
        zone=["_matrix-fed._tcp.example.org CNAME srv.example.net", "srv.example.net SRV 0 0 7 t1.example.com"],
        targets=[T1.format(7)],
        step="4",
        asked=_srv_asks("t1.example.com"),
    ),
    "cname-at-srv-owner-to-nowhere": _fallback(zone=["_matrix-fed._tcp.example.org CNAME gone.example.net"]),
    "foreign-owner": Row(
        name="example.org:1",
        raw={"A example.org": ["other.example.org 60 A 203.0.113.9"]},
        targets=org(1, "example.org:1")[:1],
        step="2",
        asked=addresses("example.org"),
    ),
    "foreign-beside-own": Row(
        name="example.org:1",
        zone=ONLY_V4,
        raw={"A example.org": ["other.example.org 60 A 203.0.113.9", "example.org 60 A 192.0.2.10"]},
        targets=org(1, "example.org:1")[1:],
        step="2",
        asked=addresses("example.org"),
    ),
    "wrong-types": Row(
        name="example.org:1",
        raw={
            "AAAA example.org": ["example.org 60 A 203.0.113.9"],
            "A example.org": ['example.org 60 TXT "x"', "example.org 60 A 192.0.2.10"],
        },
        targets=org(1, "example.org:1")[1:],
        step="2",
        asked=addresses("example.org"),
    ),
    "mixed-case-answers": Row(
        name="example.org:1",
        zone=ONLY_V4,
        raw={"A example.org": ["EXAMPLE.oRg 60 CNAME A.EXAMPLE.net.", "a.example.NET 60 A 192.0.2.10"]},
        targets=org(1, "example.org:1")[1:],
        step="2",
        asked=addresses("example.org"),
    ),
    "ttl-0-and-2-31": Row(
        name="example.org:1",
        raw={
            "A example.org": ["example.org 0 A 192.0.2.10"],
            "AAAA example.org": ["example.org 2147483648 AAAA 2001:db8::10"],
        },
        targets=org(1, "example.org:1"),
        step="2",
        asked=addresses("example.org"),
    ),
    "truncated": Row(
        name="example.org:1",
        zone=["example.org A TRUNCATED", "example.org A 192.0.2.10"],
        targets=org(1, "example.org:1"),
        step="2",
        asked=addresses("example.org"),
    ),
    "truncated-srv": _srv(
        "TRUNCATED", *_LONG_SRV, targets=[T1.format(n) for n in range(1, 129)], asked=_srv_asks("t1.example.com")
    ),
    "100-addresses": Row(
        name="example.org:1",
        zone=[*ONLY_V4, "example.org A TRUNCATED", *(f"example.org A 192.0.2.{n}" for n in range(100, 200))],
        targets=[f"192.0.2.{n}:1 | example.org:1 | dns:example.org" for n in range(100, 164)],
        step="2",
        asked=addresses("example.org"),
    ),
    "wrong-replies-first": Row(
        name="example.org:1", noise=True, targets=org(1, "example.org:1"), step="2", asked=addresses("example.org")
    ),
    "slow-dns": _fallback(slow=1.2),
    "slow-dns-srv": _srv("1 0 7 t1.example.com", slow=1.2, targets=[T1.format(7)], asked=_srv_asks("t1.example.com")),
    "slow-dns-delegated": Row(
        wk="hs.example.net",
        slow=1.2,
        targets=hs(8448, "hs.example.net"),
        step="3.5",
        asked=[*well_known("example.org"), fed("hs.example.net"), old("hs.example.net"), *addresses("hs.example.net")],
    ),
    "slow-dns-with-port": Row(
        name="example.org:1", slow=1.2, targets=org(1, "example.org:1"), step="2", asked=addresses("example.org")
    ),
    "slow-dns-redirect": _followed(
        "https://www.example.org/w", "https://www.example.org/w", "www.example.org", slow=1.2
    ),
    "one-private-address": _fallback(
        zone=["example.org AAAA -", "example.org A 10.0.0.5", "example.org A 192.0.2.10"], targets=V4, bait=["10.0.0.5"]
    ),
    "only-private-addresses": Row(
        zone=["example.org AAAA fd00::1", "example.org A 10.0.0.5"],
        error="address-blocked",
        bait=["10.0.0.5"],
        asked=UNSEEN,
    ),
    "rebinding": _fallback(
        zone=ONLY_V4, turns={"A example.org": ("192.0.2.10", "127.0.9.1")}, bait=["127.0.9.1"], targets=V4
    ),
    "rebinding-delegated": Row(
        wk="hs.example.net:1",
        zone=["hs.example.net AAAA -"],
        turns={"A hs.example.net": ("198.51.100.20", "127.0.9.1")},
        bait=["127.0.9.1"],
        targets=hs(1, "hs.example.net:1")[1:],
        step="3.2",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
}

SRV: dict[str, Row] = {
    "upper-case-target": _srv("0 0 7 T1.Example.COM", targets=[T1.format(7)], asked=_srv_asks("t1.example.com")),
    "underscore-target": _srv(
        "0 0 7 a_b.example.com",
        zone=["a_b.example.com A 203.0.113.1"],
        targets=[T1.format(7)],
        asked=_srv_asks("a_b.example.com"),
    ),
    "target-is-the-name": _srv("0 0 7 example.org", targets=org(7, "example.org"), asked=_srv_asks()),
    "three-priorities": _srv(
        "30 0 3 t3.example.com",
        "10 0 1 t1.example.com",
        "20 0 2 t2.example.com",
        targets=[T1.format(1), T2.format(2), "203.0.113.3:3 | example.org | dns:example.org"],
        asked=_srv_asks("t1.example.com", "t2.example.com", "t3.example.com"),
    ),
    "equal-addresses": _srv(
        "1 0 7 t1.example.com",
        "2 0 7 u1.example.com",
        zone=["u1.example.com A 203.0.113.1"],
        targets=[T1.format(7)],
        asked=_srv_asks("t1.example.com", "u1.example.com"),
    ),
    "one-private-target": _srv(
        "1 0 7 in.example.com",
        "2 0 7 t1.example.com",
        zone=["in.example.com A 10.0.0.5"],
        bait=["10.0.0.5"],
        targets=[T1.format(7)],
        asked=_srv_asks("in.example.com", "t1.example.com"),
    ),
    "only-private-target": _srv(
        "1 0 8448 in.example.com",
        zone=["in.example.com A 10.0.0.5", "_matrix._tcp.example.org SRV 0 0 7 t1.example.com"],
        bait=["10.0.0.5"],
        error="address-blocked",
        asked=_srv_asks("in.example.com"),
    ),
    "port-0-beside-good": _srv(
        "1 0 0 t2.example.com", "2 0 7 t1.example.com", targets=[T1.format(7)], asked=_srv_asks("t1.example.com")
    ),
    "dot": _srv("0 0 0 .", error="service-not-provided", asked=_srv_asks()),
    "one-target-servfail": _srv(
        "1 0 7 t2.example.com",
        "2 0 7 t1.example.com",
        zone=["t2.example.com A SERVFAIL", "t2.example.com AAAA SERVFAIL"],
        targets=[T1.format(7)],
        asked=_srv_asks("t1.example.com", "t2.example.com"),
    ),
    "target-silent": _srv(
        "1 0 7 t1.example.com",
        zone=["t1.example.com A TIMEOUT", "t1.example.com AAAA TIMEOUT"],
        error="dns-temporary",
        asked=_srv_asks("t1.example.com"),
    ),
    "target-localhost": _srv("1 0 8448 localhost", error="address-blocked", asked=_srv_asks()),
    "many-equal-weights": _srv(
        *(f"0 5 {n} t1.example.com" for n in range(1, 9)),
        targets=[T1.format(n) for n in range(1, 9)],
        in_order=False,
        asked=_srv_asks("t1.example.com"),
    ),
}

_LONG = "example." + "a" * 63 + "." + "b" * 63 + "." + "c" * 63 + "." + "d" * (253 - 3 - 8 - 192)
NAMES: dict[str, Row] = {
    "delegated-to-itself": Row(wk="example.org", targets=FALLBACK, step="3.5", asked=FALLBACK_LOOKUPS),
    "delegated-has-a-well-known": Row(
        wk="hs.example.net",
        http={"https://hs.example.net/.well-known/matrix/server": _json("t1.example.com:1")},
        targets=hs(8448, "hs.example.net"),
        step="3.5",
        asked=[*well_known("example.org"), fed("hs.example.net"), old("hs.example.net"), *addresses("hs.example.net")],
    ),
    "delegated-to-localhost": Row(wk="localhost", error="address-blocked", asked=well_known("example.org")),
    "delegated-to-localhost-with-port": Row(
        wk="localhost:8448", error="address-blocked", asked=well_known("example.org")
    ),
    "delegated-to-private-literal": Row(
        wk="10.0.0.5", bait=["10.0.0.5"], error="address-blocked", asked=well_known("example.org")
    ),
    "delegated-to-mapped-literal": Row(
        wk="[::ffff:127.0.9.1]:443", bait=["127.0.9.1"], error="address-blocked", asked=well_known("example.org")
    ),
    "delegated-to-private-name": Row(
        wk=HS,
        zone=["hs.example.net A 10.0.0.5", "hs.example.net AAAA -"],
        bait=["10.0.0.5"],
        error="address-blocked",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
    "delegated-to-onion": Row(wk="example.onion:1", error="zone-refused", asked=well_known("example.org")),
    "delegated-upper-case": Row(
        wk="HS.Example.NET:0443",
        targets=hs(443, "HS.Example.NET:0443"),
        step="3.2",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
    "upper-case": Row(name="EXAMPLE.Org", targets=org(8448, "EXAMPLE.Org"), step="6", asked=FALLBACK_LOOKUPS),
    "punycode": Row(
        name="xn--bb-eka.example.org:1",
        zone=["xn--bb-eka.example.org A 192.0.2.10"],
        targets=["192.0.2.10:1 | xn--bb-eka.example.org:1 | dns:xn--bb-eka.example.org"],
        step="2",
        asked=addresses("xn--bb-eka.example.org"),
    ),
    "63-character-label": Row(
        name=f"{'a' * 63}.example.org:1",
        zone=[f"{'a' * 63}.example.org A 192.0.2.10"],
        targets=[f"192.0.2.10:1 | {'a' * 63}.example.org:1 | dns:{'a' * 63}.example.org"],
        step="2",
        asked=addresses(f"{'a' * 63}.example.org"),
    ),
    "253-characters": Row(
        name=_LONG,
        zone=[f"{_LONG} A 192.0.2.10"],
        targets=[f"192.0.2.10:8448 | {_LONG} | dns:{_LONG}"],
        step="6",
        asked=well_known(_LONG),
    ),
    "single-label": Row(
        name="example",
        zone=["example A 192.0.2.10"],
        targets=["192.0.2.10:8448 | example | dns:example"],
        step="6",
        asked=[*well_known("example"), fed("example"), old("example")],
    ),
    "single-label-nowhere": Row(
        name="example", error="no-address", asked=[*addresses("example"), fed("example"), old("example")]
    ),
    "localhost": Row(name="localhost", error="address-blocked"),
    "localhost-with-port": Row(name="localhost:8448", error="address-blocked"),
    "below-localhost": Row(name="example.localhost", error="address-blocked"),
    "onion": Row(name="example.onion", error="zone-refused"),
    "onion-with-port": Row(name="example.ONION:8448", error="zone-refused"),
    "private-literal": Row(name="10.0.0.5", bait=["10.0.0.5"], error="address-blocked"),
    "url": Row(name="https://example.org", error="invalid-name"),
}


def _connects(where: str, **trouble: Any) -> Row:
    """Delegated to hs:8448, which two addresses serve."""
    row = Row(
        wk="hs.example.net:8448",
        targets=hs(8448, "hs.example.net:8448"),
        step="3.2",
        connects_to=where,
        at={"2001:db8::20:8448": "web", "198.51.100.20:8448": "web"},
        asked=[*well_known("example.org"), *addresses("hs.example.net"), "GET https://hs.example.net:8448/"],
    )
    return attrs.evolve(row, **trouble)


_HS_V4, _HS_V6 = "198.51.100.20:8448", "2001:db8::20:8448"
_NO_REQUEST = [*well_known("example.org"), *addresses("hs.example.net")]
CONNECTIONS: dict[str, Row] = {
    "connect": _connects(f"[{_HS_V6[:-5]}]:8448"),
    "connect-v6-refused": _connects(_HS_V4, at={_HS_V4: "web"}),
    "connect-v6-blackholed": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "blackhole"}),
    "connect-v6-wrong-certificate": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "wrong"}),
    "connect-v6-mute": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "mute"}),
    "connect-v6-resets": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "reset"}),
    "connect-v6-plain": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "plain"}),
    "connect-all-wrong": _connects("error", at={_HS_V4: "wrong", _HS_V6: "wrong"}, asked=_NO_REQUEST),
    "connect-all-blackholed": _connects("error", at={_HS_V4: "blackhole", _HS_V6: "blackhole"}, asked=_NO_REQUEST),
    "connect-all-mute": _connects("error", at={_HS_V4: "mute", _HS_V6: "mute"}, asked=_NO_REQUEST),
    "connect-srv-first-priority-dead": _srv(
        "1 0 7 t1.example.com",
        "2 0 8443 t2.example.com",
        at={"203.0.113.2:8443": "web"},
        targets=[T1.format(7), T2.format(8443)],
        connects_to="203.0.113.2:8443",
        asked=[*_srv_asks("t1.example.com", "t2.example.com"), "GET https://example.org/"],
    ),
    "connect-srv-first-priority-blackholed": _srv(
        "1 0 7 t1.example.com",
        "2 0 8443 t2.example.com",
        at={"203.0.113.1:7": "blackhole", "203.0.113.2:8443": "web"},
        targets=[T1.format(7), T2.format(8443)],
        connects_to="203.0.113.2:8443",
        asked=[*_srv_asks("t1.example.com", "t2.example.com"), "GET https://example.org/"],
    ),
    "connect-literal": Row(
        name="192.0.2.10",
        at={"192.0.2.10:8448": "web"},
        targets=["192.0.2.10:8448 | 192.0.2.10 | ip:192.0.2.10"],
        step="1",
        connects_to="192.0.2.10:8448",
        asked=["GET https://192.0.2.10/"],
    ),
    "connect-v6-literal": Row(
        name="[2001:db8::10]:443",
        targets=["[2001:db8::10]:443 | [2001:db8::10]:443 | ip:2001:db8::10"],
        step="1",
        connects_to="[2001:db8::10]:443",
        asked=["GET https://[2001:db8::10]:443/"],
    ),
    "connect-literal-wrong-certificate": Row(
        name="192.0.2.10",
        at={"192.0.2.10:8448": "wrong"},
        targets=["192.0.2.10:8448 | 192.0.2.10 | ip:192.0.2.10"],
        step="1",
        connects_to="error",
    ),
}

ROWS: dict[str, Row] = {**TRANSPORT, **HTTP, **REDIRECTS, **DNS, **SRV, **NAMES, **CONNECTIONS}


# The world of all rows.


def _listening(address: str, port: int, backlog: int = 100) -> socket.socket:
    """Listen at an address of a network that is routed here, without having the address."""
    is_v6 = ":" in address
    sock = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(*((socket.IPPROTO_IPV6, 78) if is_v6 else (socket.IPPROTO_IP, 15)), 1)  # IPV6_FREEBIND, IP_FREEBIND
    sock.bind((address, port))
    sock.listen(backlog)
    sock.setblocking(False)
    return sock


class _Web:
    """The servers of one row."""

    def __init__(self, outcome: Outcome) -> None:
        row, own = outcome.row, outcome.own
        self._own, self._log = own, outcome.log
        self._answers: dict[str, Answer] = {own(url): answer for url, answer in row.http.items()}
        if row.wk is not None:
            self._answers[own(FIRST)] = _json(row.wk) if isinstance(row.wk, str) else row.wk
        self._places = {f"{address}:443": "web" for address in WEB} | dict(row.at)
        self._bait = [f"{address}:{port}" for address in row.bait for port in (80, 443, 8448)]
        self._servers: list[asyncio.Server] = []
        self._sockets: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        for place, kind in self._places.items():
            if kind == "blackhole":
                self._blackhole(*_split(self._own(place)))
            elif kind != "refuse":
                await self._listen(place, kind)
        for place in self._bait:
            await self._serve(place, self._note_contact, None)

    async def aclose(self) -> None:
        for server in self._servers:
            server.close()
        for sock in self._sockets:
            sock.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _listen(self, place: str, kind: str) -> None:
        plain: dict[str, Behaviour] = {"mute": _hang, "reset": _reset, "plain": _speak_plainly}
        if kind in plain:
            await self._serve(place, plain[kind], None)
            return
        address = _split(self._own(place))[0]
        context = own_server_context(address if kind == "web" else "wrong.invalid")
        if kind == "web":
            context.sni_callback = self._choose_certificate
        await self._serve(place, self._answer, context)

    async def _serve(self, place: str, behave: Behaviour, context: ssl.SSLContext | None) -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = cast("asyncio.Task[None]", asyncio.current_task())
            self._tasks.add(task)
            try:
                await behave(reader, writer)
                await writer.drain()
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):  # asyncio logs a cancelled handler
                pass
            finally:
                writer.close()
                self._tasks.discard(task)

        sock = _listening(*_split(self._own(place)))
        self._servers.append(await asyncio.start_server(handle, sock=sock, ssl=context))

    def _blackhole(self, address: str, port: int) -> None:
        """Fill the queue of a server that accepts nobody: the kernel drops what comes then."""
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


class _Dns(asyncio.DatagramProtocol):
    """One name server for the zones of all rows."""

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
    """Wrong ID, wrong question, nothing at all: what somebody beside the way could send."""
    wrong_id = bytes([reply[0] ^ 0x55]) + reply[1:]
    wrong_question = reply.replace(b"example", b"elpmaxe")
    return [wrong_id, wrong_question, b""]


@contextlib.asynccontextmanager
async def _name_server(outcomes: Sequence[Outcome], stray: list[str]) -> AsyncGenerator[None]:
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


async def _run(outcome: Outcome, turn: asyncio.Semaphore) -> None:
    async with turn:
        web = _Web(outcome)
        await web.start()
        try:
            async with ServerNameResolver(ssl_context=client_context()) as resolver:
                began = time.monotonic()
                try:
                    await _use(resolver, outcome)
                except (ResolveError, OSError) as error:
                    outcome.error = error
                finally:
                    outcome.seconds = time.monotonic() - began
        except Exception as error:  # noqa: BLE001 - the row's test tells
            outcome.strange.append(repr(error))
        finally:
            await web.aclose()


async def _use(resolver: ServerNameResolver, outcome: Outcome) -> None:
    name = outcome.own(outcome.row.name)
    outcome.resolution = await resolver.resolve(name)
    if outcome.row.connects_to is None:
        return
    connection = await open_connection(resolver, name)
    outcome.connected = connection.target.address
    connection.writer.write(f"GET / HTTP/1.1\r\nHost: {connection.target.host_header}\r\n\r\n".encode())
    await connection.reader.readline()
    connection.writer.close()
    await connection.writer.wait_closed()


@attrs.frozen
class World:
    """What came of everything."""

    outcomes: Mapping[str, Outcome]
    stray: list[str]
    noise: list[str]
    left: list[str]


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def _run_all(outcomes: Mapping[str, Outcome]) -> World:
    noise: list[str] = []
    stray: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(repr(context)))
    files = _open_files()
    turn = asyncio.Semaphore(40)
    slow_first = sorted(outcomes.values(), key=lambda outcome: -_weight(outcome.row))
    async with _name_server(slow_first, stray):
        await asyncio.gather(*(_run(outcome, turn) for outcome in slow_first))
    gc.collect()
    await asyncio.sleep(0.1)
    left = [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    files = _open_files() - files
    return World(outcomes, stray, noise, [*left, *([f"{files} file descriptors"] if files else [])])


def _weight(row: Row) -> int:
    return bool(row.slow) + sum("TIMEOUT" in line for line in row.zone) + 2 * callable(row.wk) + len(row.at)


@pytest.fixture(scope="module")
def world() -> World:
    for network in ("45.76.0.0/14", "10.0.0.0/8", "169.254.169.254/32", "2a01:4f8::/32", "fd00::/16"):
        family = "-6" if ":" in network else "-4"
        subprocess.run(["ip", family, "route", "replace", "local", network, "dev", "lo"], check=True)  # noqa: S603, S607
    numbers = range(40, 40 + len(ROWS))
    outcomes = {
        key: Outcome(row, partial(_own, number=number))
        for (key, row), number in zip(ROWS.items(), numbers, strict=True)
    }
    return asyncio.run(_run_all(outcomes))


@pytest.mark.parametrize("key", ROWS)
def test_trouble(key: str, world: World) -> None:
    outcome = world.outcomes[key]
    row, own = outcome.row, outcome.own
    assert not outcome.strange
    assert outcome.seconds < LIMIT
    _check_result(outcome)
    log = list(dict.fromkeys(outcome.log))
    assert sorted(log) == sorted({own(line) for line in row.asked})
    assert _steps(log) == _steps(list(map(own, row.asked)))


def _check_result(outcome: Outcome) -> None:
    row, own = outcome.row, outcome.own
    if row.error is not None:
        assert isinstance(outcome.error, ResolveError), (outcome.resolution, outcome.error)
        assert outcome.error.code == row.error
        return
    assert outcome.resolution is not None, outcome.error
    shown_targets = list(map(shown, outcome.resolution.targets))
    expected = list(map(own, row.targets))
    assert (shown_targets if row.in_order else sorted(shown_targets)) == (
        expected if row.in_order else sorted(expected)
    )
    assert outcome.resolution.step == row.step
    if row.connects_to == "error":
        assert isinstance(outcome.error, ConnectionError), outcome.error
    elif row.connects_to is not None:
        assert (outcome.connected, outcome.error) == (own(row.connects_to), None)


def _steps(log: Sequence[str]) -> list[str]:
    return [line for line in log if line.startswith(("GET", "SRV"))]


def test_nothing_else_is_asked(world: World) -> None:
    """Above all nothing of the search list of resolv.conf."""
    assert world.stray == []


def test_nothing_is_left_behind(world: World) -> None:
    assert world.left == []
    assert world.noise == []


def test_rows() -> None:
    assert 60 <= len(ROWS) <= 215
