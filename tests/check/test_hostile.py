"""Hostile servers: no check crashes or hangs, and all their text is escaped in the report."""

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from matrix_resolve import ResolverPolicy
from matrix_resolve.check import CheckReport, check_server
from matrix_resolve.testing import LoopbackFederation, Reply

from .broken_deployments import KEYS, NAME, VERSION, WELL_KNOWN, homeserver
from .homeservers import key_response
from .odd_certificates import present_odd
from .raw_servers import alert, saying

EVIL = "\x1b[31mred\x1b[0m\x07\u202egnp\u2028x\x9b1m"
SHORT = 0.4
POLICY = ResolverPolicy(
    well_known_timeout=SHORT, well_known_connect_timeout=SHORT, dns_timeout=SHORT, deadline=3 * SHORT
)
LIMIT = 60.0
"""Seconds after which a check counts as hanging: a hundred times the sum of its deadlines."""

_RAW = EVIL.encode("utf-8")
_BODY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
REPLIES: dict[str, Reply] = {
    "never": Reply(delay=math.inf),
    "drip": Reply(body=b"{" * 5000, drip=0.01),
    "much": Reply(body=b"x" * 3_000_000),
    "much JSON": Reply(body=b"[" * 100_000),
    "promises": Reply(raw=_BODY + b"Content-Length: 99999999999\r\n\r\n{"),
    "chunks without end": Reply(raw=_BODY + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n{\r\n" * 20_000),
    "a chunk that is none": Reply(raw=_BODY + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + _RAW),
    "headers without end": Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000),
    "a long header": Reply(raw=b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n"),
    "binary headers": Reply(raw=b"HTTP/1.1 200 OK\r\n\x80\xff: \x00\x01\xfe\r\nContent-Length: 2\r\n\r\n{}"),
    "hints without end": Reply(raw=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000),
    "binary": Reply(raw=bytes(range(256)) * 50),
    "escapes instead of HTTP": Reply(raw=_RAW * 20),
    "escapes in the status line": Reply(raw=b"HTTP/1.1 503 " + _RAW + b"\r\nContent-Length: 0\r\n\r\n"),
    "escapes in headers": Reply(
        raw=b"HTTP/1.1 200 OK\r\nContent-Type: " + _RAW + b"\r\nServer: " + _RAW + b"\r\nContent-Length: 2\r\n\r\n{}"
    ),
    "escapes in the encoding": Reply(raw=_BODY + b"Content-Encoding: " + _RAW + b"\r\nContent-Length: 2\r\n\r\n{}"),
    "escapes in the redirect": Reply(
        raw=b"HTTP/1.1 302 Found\r\nLocation: https://b.example/" + _RAW + b"\r\nContent-Length: 0\r\n\r\n"
    ),
    "escapes in a date": Reply(raw=_BODY + b"Date: " + _RAW + b"\r\nContent-Length: 2\r\n\r\n{}"),
    "escapes in HTML": Reply(body=f"<html>{EVIL}</html>".encode(), headers={"Content-Type": "text/html"}),
    "escapes in JSON": Reply.json({EVIL: EVIL}),
    "escapes in m.server": Reply.json({"m.server": EVIL}),
    "escapes in a URL": Reply.json({"m.server": f"https://{EVIL}/"}),
    "escapes in keys": Reply.json(key_response(EVIL, key_id=EVIL)),
    "escapes in key IDs": Reply.json(
        key_response(NAME, before=lambda made: made["verify_keys"].update({f"ed25519:{EVIL}": 1}))
    ),
    "nested JSON": Reply(body=b'{"m.server":' * 20_000),
    "a huge number": Reply(body=b'{"valid_until_ts": ' + b"9" * 100_000 + b', "server_name": "a.example"}'),
    "lone surrogates": Reply(body=b'{"server_name": "\\ud800", "m.server": "\\ud800", "verify_keys": {"\\udfff": {}}}'),
}


async def look(federation: LoopbackFederation, **options: Any) -> CheckReport:
    """Check a name, and assert that all text is escaped, and that no task runs after the check."""
    before = asyncio.all_tasks()
    async with asyncio.timeout(LIMIT), federation.resolver(policy=POLICY, **options) as resolver:
        report = await check_server(resolver, NAME, request_timeout=SHORT)
    assert asyncio.all_tasks() == before
    assert [text for text in _texts(report) if not text.isprintable()] == []
    assert [text for text in _strings(json.loads(json.dumps(report.to_dict()))) if not text.isprintable()] == []
    return report


def _texts(report: CheckReport) -> Iterator[str]:
    for finding in report.findings:
        yield from (finding.code, finding.cause, finding.repair, *map(str, finding.evidence))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _strings(each)
    if isinstance(value, dict):
        for key, each in cast("dict[str, object]", value).items():
            yield from (key, *_strings(each))


@pytest.mark.parametrize("path", [WELL_KNOWN, VERSION, KEYS])
@pytest.mark.parametrize("reply", REPLIES)
async def test_a_hostile_reply(reply: str, path: str) -> None:
    async with LoopbackFederation() as federation:
        if path == WELL_KNOWN:
            homeserver(federation, addresses=["192.0.2.1"])
        server = federation.server(NAME, port=443 if path == WELL_KNOWN else 8448, addresses=["192.0.2.1"])
        server.reply("/*", REPLIES[reply])
        server.reply(path, REPLIES[reply])
        await look(federation)


async def test_everything_is_silent() -> None:
    async with LoopbackFederation() as federation:
        homeserver(federation).stop("hang")
        federation.server(NAME, port=443).stop("drop")
        for service in ("_matrix-fed._tcp", "_matrix._tcp"):
            federation.zone.fail(f"{service}.{NAME}", "SRV", "silence")
        report = await look(federation)
    assert report.findings


@pytest.mark.parametrize("names", [[EVIL], [f"{EVIL}{number}.example" for number in range(300)]])
async def test_escapes_in_a_certificate(names: list[str]) -> None:
    names = [name.encode("ascii", "ignore").decode() for name in names]  # a DNS name in a certificate is ASCII
    async with LoopbackFederation() as federation:
        for port in (443, 8448):
            present_odd(federation, federation.server(NAME, port=port), names, common_name=EVIL[:60])
        report = await look(federation)
    assert {finding.code for finding in report.findings} == {"certificate-name", "well-known-certificate"}


@pytest.mark.parametrize("where", ["srv", "alias", "srv alias"])
async def test_escapes_in_the_dns(where: str) -> None:
    evil = "\\027[31m\\155\\007.example"
    async with LoopbackFederation() as federation:
        homeserver(federation)
        _DNS[where](federation, evil)
        await look(federation)


def _srv(federation: LoopbackFederation, evil: str) -> None:
    federation.zone.srv(f"_matrix-fed._tcp.{NAME}", f"10 0 8443 {evil}")


def _alias(federation: LoopbackFederation, evil: str) -> None:
    federation.zone.remove(NAME)
    federation.zone.cname(NAME, evil)


def _srv_alias(federation: LoopbackFederation, evil: str) -> None:
    federation.srv(NAME, "alias.example", 8443)
    federation.zone.cname("alias.example", evil)


_DNS: dict[str, Callable[[LoopbackFederation, str], None]] = {"srv": _srv, "alias": _alias, "srv alias": _srv_alias}


@pytest.mark.parametrize("name", [EVIL, f"{NAME}\n", "\ud800", "x" * 100_000, "", "[::1", "a\0b", f"https://{EVIL}/"])
async def test_a_hostile_name(name: str) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        report = await check_server(resolver, name)
    assert [text for text in _texts(report) if not text.isprintable()] == []
    assert [finding.code for finding in report.findings] == ["invalid-name"]


FRONTS = {
    "nothing": b"",
    "bytes": bytes(range(256)) * 100,
    "escapes": _RAW,
    "half a record": b"\x16\x03\x03\x40\x00\x02",
    "an empty record": b"\x16\x03\x03\x00\x00" * 1000,
    "a warning": b"\x15\x03\x03\x00\x02\x01\x00" * 100,
    "an alert that there is not": alert(255),
    "a record that is too long": b"\x16\x03\x03\xff\xff" + bytes(70_000),
    "a server hello that is none": b"\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03",
}


@pytest.mark.parametrize("port", [443, 8448])
@pytest.mark.parametrize("front", FRONTS)
async def test_a_hostile_handshake(front: str, port: int) -> None:
    async with LoopbackFederation() as federation, saying(FRONTS[front])() as place:
        homeserver(federation, addresses=["192.0.2.1"])
        federation.server(NAME, port=443)

        def connect_to(ip: str, to_port: int) -> tuple[str, int]:
            return place if to_port == port else federation.connect_to(ip, to_port)

        report = await look(federation, connect_to=connect_to)
    assert report.findings or port == 443
