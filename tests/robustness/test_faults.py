"""Faults of name servers, TLS and HTTP on the loopback federation: the outcome of each, within twice the deadline.

The time limit is generous, because it is there to find what hangs. Faults that need endless streams on real ports are
in `tests.system.real_ports`.
"""

import asyncio
import gzip
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

import attrs
import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from matrix_resolve import (
    AddressPolicy,
    ConnectFailed,
    Resolution,
    ResolveError,
    ResolverPolicy,
    ServerNameResolver,
    open_connection,
)
from matrix_resolve.testing import FakeDns, LoopbackFederation, Reply
from tests._support.certificates import client_context, own_server_context
from tests._support.tls_server import respond, tls_server
from tests.spec.testbed import DOCUMENTATION_NETWORKS

POLICY = ResolverPolicy(deadline=6.0, well_known_timeout=2.0, dns_timeout=1.5, well_known_connect_timeout=1.0)
WELL_KNOWN = "/.well-known/matrix/server"
GOOD = b'{"m.server": "hs.example:9000"}'
HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(GOOD)
V4, V6 = "198.51.100.1", "2001:db8::1"
FED = "_matrix-fed._tcp.a.example"
Trouble = Callable[[LoopbackFederation], None]
Answer = Callable[[dns.message.Message], bytes]


@attrs.frozen
class Row:
    """A fault, and the outcome of resolving a.example: the deciding step, or an error code."""

    trouble: Trouble
    outcome: str


def _well_known(reply: Reply) -> Trouble:
    return lambda federation: federation.server("a.example", port=443, addresses=[V6, V4]).reply(WELL_KNOWN, reply)


def _raw(*parts: bytes) -> Trouble:
    return _well_known(Reply(raw=b"".join(parts)))


def _body(body: bytes, **headers: str) -> Trouble:
    return _well_known(Reply(body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}))


def _replies(kind: str, answer: Answer) -> Trouble:
    """Return a fault in which the name server replies with *answer*: to A and AAAA queries, or to the SRV query."""

    def trouble(federation: LoopbackFederation) -> None:
        if kind == "SRV":
            federation.zone.reply(FED, "SRV", answer)
        else:
            federation.zone.reply("a.example", "A", answer)
            federation.zone.reply("a.example", "AAAA", answer)

    return trouble


def _with(*rrsets: tuple[str, str, str]) -> Answer:
    """Return an answer with records, as (owner, type, data); a type may have a TTL after a slash."""

    def answer(query: dns.message.Message) -> bytes:
        reply = dns.message.make_response(query)
        for owner, kind, data in rrsets:
            record_type, _, ttl = kind.partition("/")
            reply.answer.append(dns.rrset.from_text(owner, int(ttl or 300), "IN", record_type, data))
        return reply.to_wire(max_size=65_535)

    return answer


def _many(query: dns.message.Message) -> bytes:
    """Return a reply with 3,000 A records, which is truncated over UDP."""
    reply = dns.message.make_response(query)
    if query.question[0].rdtype == dns.rdatatype.A:
        ips = [f"192.0.{2 + number // 65_536}.{number % 256}" for number in range(256)] * 12
        reply.answer.append(dns.rrset.from_text("a.example.", 300, "IN", "A", *ips[:3_000]))
    return reply.to_wire(max_size=65_535)


def _chain(length: int) -> Trouble:
    def trouble(federation: LoopbackFederation) -> None:
        zone = federation.zone
        zone.remove("a.example")
        for number in range(length):
            owner = "a.example" if number == 0 else f"n{number}.example"
            zone.cname(owner, f"n{number + 1}.example" if number + 1 < length else "end.example")
        zone.a("end.example", V4)

    return trouble


def _truncated_and_no_tcp(query: dns.message.Message) -> bytes:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.TC
    return reply.to_wire()


def _not_a_reply(query: dns.message.Message) -> bytes:
    return query.to_wire()


def _garbage(query: dns.message.Message) -> bytes:
    return query.to_wire()[:2] + b"\x81\x80" + b"\xff" * 60


DNS: dict[str, Row] = {
    "nothing there at all": Row(lambda federation: federation.zone.remove("a.example"), "no-address"),
    "garbage": Row(_replies("A", _garbage), "dns-temporary"),
    "the question itself": Row(_replies("A", _not_a_reply), "no-address"),
    "truncated over UDP and TCP": Row(_replies("A", _truncated_and_no_tcp), "no-address"),
    "another owner": Row(_replies("A", _with(("evil.example.", "A", "203.0.113.66"))), "no-address"),
    "a text for an address": Row(_replies("A", _with(("a.example.", "TXT", '"198.51.100.1"'))), "no-address"),
    "a lifetime of 0": Row(_replies("A", _with(("a.example.", "A/0", V4))), "6"),
    "a lifetime of 68 years": Row(_replies("A", _with(("a.example.", "A/2147483647", V4))), "6"),
    "3,000 addresses": Row(_replies("A", _many), "6"),
    "a chain of 10 aliases": Row(_chain(10), "6"),
    "a chain of 100 aliases": Row(_chain(100), "no-address"),
    "an alias of itself": Row(_replies("A", _with(("a.example.", "CNAME", "a.example."))), "no-address"),
    "SRV: garbage": Row(_replies("SRV", _garbage), "6"),
    "SRV: an address instead": Row(_replies("SRV", _with((FED + ".", "A", V4))), "6"),
    "SRV: somebody else's": Row(
        _replies("SRV", _with(("_matrix-fed._tcp.b.example.", "SRV", "0 0 1 evil.example."))), "6"
    ),
    "SRV: the root": Row(_replies("SRV", _with((FED + ".", "SRV", "0 0 0 ."))), "service-not-provided"),
    "SRV: an address as its target": Row(
        _replies("SRV", _with((FED + ".", "SRV", "0 0 1 192.0.2.1."))), "srv-unusable"
    ),
    "SRV: port 0": Row(_replies("SRV", _with((FED + ".", "SRV", "0 0 0 hs.example."))), "srv-unusable"),
    "SRV: a target of control characters": Row(
        _replies("SRV", _with((FED + ".", "SRV", "0 0 1 \\027[31m\\010.example."))), "srv-unusable"
    ),
    "SRV: a target that does not exist": Row(
        _replies("SRV", _with((FED + ".", "SRV", "0 0 1 nobody.example."))), "no-address"
    ),
}

HTTP: dict[str, Row] = {
    "a bomb of brackets": Row(_body(b"[" * 51_000), "6"),
    "a bomb of objects": Row(_body(b'{"a":' * 10_000 + b"1" + b"}" * 10_000), "6"),
    "a number of 50,000 digits": Row(_body(b'{"m.server": ' + b"9" * 50_000 + b"}"), "6"),
    "10,000 keys": Row(_body(b"{" + b",".join(b'"%d":1' % key for key in range(5_000)) + b"}"), "6"),
    "m.server of 50,000 characters": Row(_body(b'{"m.server": "' + b"a" * 50_000 + b'"}'), "6"),
    "m.server with a NUL": Row(_body(b'{"m.server": "hs.example\\u0000.evil.example"}'), "6"),
    "m.server with a surrogate": Row(_body(b'{"m.server": "\\ud800"}'), "6"),
    "m.server with a line end": Row(_body(b'{"m.server": "hs.example\\r\\nX: y"}'), "6"),
    "m.server as a list": Row(_body(b'{"m.server": ["hs.example"]}'), "6"),
    "a list": Row(_body(b'["hs.example"]'), "6"),
    "UTF-16": Row(_body(GOOD.decode().encode("utf-16")), "6"),
    "a byte order mark": Row(_body(b"\xef\xbb\xbf" + GOOD), "6"),
    "invalid UTF-8": Row(_body(GOOD[:-1] + b', "\xff": 1}'), "6"),
    "gzip that nobody asked for": Row(_body(gzip.compress(GOOD), Content_Encoding="gzip"), "6"),
    "a gzip bomb": Row(_body(gzip.compress(bytes(40_000_000)), Content_Encoding="gzip"), "6"),
    "a redirect without end": Row(_well_known(Reply(status=302, headers={"Location": WELL_KNOWN})), "6"),
    "a maze of redirects": Row(_well_known(Reply(status=302, headers={"Location": "?" + "x" * 8_000})), "6"),
    "10 GB announced": Row(_raw(HEAD, b"Content-Length: 10000000000\r\n\r\n", GOOD), "6"),
    "a negative length": Row(_raw(HEAD, b"Content-Length: -5\r\n\r\n", GOOD), "6"),
    "two lengths": Row(_raw(HEAD, b"Content-Length: 5\r\n", LENGTH, GOOD), "6"),
    "a length and chunks": Row(_raw(HEAD, b"Transfer-Encoding: chunked\r\n", LENGTH, GOOD), "6"),
    "a chunk of 4 GB announced": Row(_raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", GOOD), "6"),
    "10,000 headers": Row(_raw(HEAD, b"A: b\r\n" * 10_000, LENGTH, GOOD), "6"),
    "a header of a megabyte": Row(_raw(HEAD, b"A: " + b"b" * 1_000_000 + b"\r\n", LENGTH, GOOD), "6"),
    "1,000 times 103": Row(_raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1_000, HEAD, LENGTH, GOOD), "3.2"),
    "101": Row(_raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "6"),
    "a status of 99": Row(_raw(b"HTTP/1.1 99 What\r\n\r\n"), "6"),
    "HTTP/9.9": Row(_raw(b"HTTP/9.9 200 OK\r\n", LENGTH, GOOD), "6"),
    "an end in the status line": Row(_raw(b"HTTP/1.1 20"), "6"),
    "an end in the headers": Row(_raw(HEAD, b"Content-"), "6"),
    "an end in the body": Row(_raw(HEAD, LENGTH, GOOD[:-1]), "6"),
    "a line end in the reason": Row(_raw(b"HTTP/1.1 500 a\x0b\x1b[31mb\r\n\r\n"), "6"),
    "nothing but line ends": Row(_raw(b"\r\n" * 5_000), "6"),
    "a plain HTTP error page": Row(_raw(b"<html><h1>400 Bad Request</h1>"), "6"),
}


def _set_up(federation: LoopbackFederation) -> None:
    for port in (443, 8448):
        federation.server("a.example", port=port, addresses=[V6, V4])
    federation.server("hs.example", port=9000)
    federation.server("evil.example", port=1)


@pytest.mark.parametrize("row", [*DNS.values(), *HTTP.values()], ids=[*DNS, *HTTP])
async def test_fault(row: Row) -> None:
    async with LoopbackFederation() as federation:
        _set_up(federation)
        row.trouble(federation)
        async with federation.resolver(policy=POLICY) as resolver:
            outcome, places = await _outcome_of(resolver.resolve("a.example"))
        assert outcome == row.outcome
        assert "evil.example" not in {seen.hostname for seen in federation.seen.requests}
        assert "203.0.113.66" not in places


async def _outcome_of(resolving: Coroutine[Any, Any, Resolution]) -> tuple[str, set[str]]:
    """Return the step or the error code, and the addresses of the targets.

    Each host may have at most ``ResolverPolicy.max_addresses`` targets.
    """
    try:
        async with asyncio.timeout(2 * POLICY.deadline):
            resolution = await resolving
    except ResolveError as error:
        return error.code, set()
    assert len(resolution.targets) <= 2 * POLICY.max_addresses
    return str(resolution.step), {target.ip for target in resolution.targets}


def _context(*, lowest: ssl.TLSVersion, highest: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    context = own_server_context("a.example")
    context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = lowest, highest
    return context


TLS: dict[str, Callable[[], ssl.SSLContext]] = {
    "TLS 1.0": lambda: _context(lowest=ssl.TLSVersion.TLSv1, highest=ssl.TLSVersion.TLSv1),
    "TLS 1.1": lambda: _context(lowest=ssl.TLSVersion.TLSv1_1, highest=ssl.TLSVersion.TLSv1_1),
    "no cipher in common": lambda: _context(
        lowest=ssl.TLSVersion.TLSv1_2, highest=ssl.TLSVersion.TLSv1_2, ciphers="NULL:@SECLEVEL=0"
    ),
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # the old versions are what is tested
@pytest.mark.parametrize("kind", TLS)
async def test_tls_that_no_client_should_speak(kind: str) -> None:
    """The well-known request fails, and the target cannot be used."""
    fakes = FakeDns()
    fakes.a("a.example", V4)
    async with (
        tls_server(respond("200 OK", GOOD), context=TLS[kind]()) as server,
        ServerNameResolver(
            dns=fakes,
            ssl_context=client_context(),
            connect_to=server.connect_to,
            address_policy=AddressPolicy(allow=DOCUMENTATION_NETWORKS),
        ) as resolver,
    ):
        resolution = await resolver.resolve("a.example")
        assert (resolution.step, [warning.code for warning in resolution.warnings]) == ("6", ["well-known-failed"])
        with pytest.raises(ConnectFailed) as caught:
            await open_connection(resolver, "a.example")
        assert {failure.code for failure in caught.value.failures} <= {"tls", "reset"}, (
            "asyncio's servers send no alert, so a reset may be seen"
        )
        assert server.seen.requests == []


ALERTS = {40: "HANDSHAKE_FAILURE", 80: "INTERNAL_ERROR", 112: "is not set up for the TLS name a.example"}


@pytest.mark.parametrize("alert", ALERTS)
async def test_an_alert_is_told(alert: int) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(bytes([21, 3, 3, 0, 2, 2, alert]))  # RFC 5246, 6.2.1 and 7.2: a fatal alert
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        place: tuple[str, int] = server.sockets[0].getsockname()[:2]
        async with ServerNameResolver(
            overrides={"a.example": (V4, 8448)}, connect_to=lambda _ip, _port: place
        ) as resolver:
            with pytest.raises(ConnectFailed, match=ALERTS[alert]) as caught:
                await open_connection(resolver, "a.example")
    assert [failure.code for failure in caught.value.failures] == ["tls"]
