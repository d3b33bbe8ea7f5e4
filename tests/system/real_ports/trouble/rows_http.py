"""Faults in the well-known response."""

import asyncio
import gzip

import attrs

from matrix_resolve import HttpResponse
from tests._support.listeners import Behaviour
from tests._support.tls_server import hang
from tests.spec.testbed import FALLBACK, FALLBACK_LOOKUPS, fed, old

from .row import HS, Row
from .row_makers import delegated, fallback, well_known_json


def _raw(head: str, body: str = f'{{"m.server": "{HS}"}}') -> bytes:
    return (head.replace("\n", "\r\n") + "\r\n\r\n" + body).encode()


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
        await hang(reader, writer)

    return behave


_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_GZIPPED = gzip.compress(f'{{"m.server": "{HS}"}}'.encode())

HTTP: dict[str, Row] = {
    "never-answers": fallback(wk=hang),
    "never-answers-and-srv-silent": fallback(
        wk=hang, zone=[f"{fed('example.org')[4:]} SRV TIMEOUT", f"{old('example.org')[4:]} SRV TIMEOUT"]
    ),
    "drip-in-status-line": fallback(wk=_endless(b"HTTP/1.1 20", b"0", 0.3)),
    "drip-in-headers": fallback(wk=_endless(_OK, b"X", 0.3)),
    "drip-in-body": fallback(wk=_endless(_OK + b"Content-Length: 4000\r\n\r\n{", b" ", 0.3)),
    "drip-in-chunks": fallback(wk=_endless(_CHUNKED, b"1\r\n \r\n", 0.3)),
    "endless-chunks": fallback(wk=_endless(_CHUNKED, b"400\r\n" + b" " * 1024 + b"\r\n")),
    "endless-headers": fallback(wk=_endless(_OK, b"X-More: " + b"x" * 1000 + b"\r\n")),
    "one-endless-header": fallback(wk=_endless(_OK + b"X: ", b"x" * 1000)),
    "endless-small-headers": fallback(wk=_endless(_OK, b"A: b\r\n" * 100)),
    "1xx-flood": fallback(wk=_endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50)),
    "103-then-200": delegated(
        wk=b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + _raw("HTTP/1.1 200 OK\nConnection: close")
    ),
    "101": fallback(wk=_then_hang(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")),
    "10-gb": fallback(wk=_endless(_OK + b"Content-Length: 10000000000\r\n\r\n", b" " * 4096)),
    "10-gb-that-do-not-come": fallback(wk=_then_hang(_OK + b"Content-Length: 10000000000\r\n\r\n{}")),
    "no-length-and-closed": delegated(wk=_raw("HTTP/1.1 200 OK")),
    "no-length-and-not-closed": fallback(wk=_then_hang(_OK + b"\r\n" + b'{"m.server": "hs.example.net:443"}')),
    "http-1.0": delegated(wk=_raw("HTTP/1.0 200 OK")),
    "http-0.9": fallback(wk=b'{"m.server": "hs.example.net:443"}'),
    "http-2": fallback(wk=b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18),
    "no-reason": delegated(wk=_raw("HTTP/1.1 200")),
    "chunked": delegated(
        wk=_CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", targets=FALLBACK, step="6", asked=FALLBACK_LOOKUPS
    ),
    "chunked-cut": fallback(wk=_CHUNKED + b"ff\r\n{"),
    "chunk-size-nonsense": fallback(wk=_CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"),
    "length-and-chunked": fallback(
        wk=_OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ),
    "negative-length": fallback(wk=_raw("HTTP/1.1 200 OK\nContent-Length: -1")),
    "two-lengths": fallback(wk=_raw("HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 34")),
    "status-999": fallback(wk=HttpResponse(999)),
    "status-nonsense": fallback(wk=_raw("HTTP/1.1 2x0 OK")),
    "closed-at-once": fallback(wk=b""),
    "gzip-unasked": fallback(
        wk=_then_hang(_OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_GZIPPED) + _GZIPPED)
    ),
    "identity-named": delegated(wk=attrs.evolve(well_known_json(HS), headers=(("Content-Encoding", "identity"),))),
    "cookies-and-unicode-headers": delegated(
        wk=attrs.evolve(well_known_json(HS), headers=(("Set-Cookie", "a=b"), ("X", "\xe9\xff")))
    ),
    "authentication-asked": fallback(wk=HttpResponse(401, (("WWW-Authenticate", "Basic"),), well_known_json(HS).body)),
    "nan-and-deep": fallback(wk=HttpResponse(200, (), b"[" * 50000)),
    "surrogate": fallback(wk=HttpResponse(200, (), b'{"m.server": "\\ud800.example.net"}')),
}
