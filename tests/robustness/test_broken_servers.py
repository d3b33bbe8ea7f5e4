"""Broken web servers: how replies, dead ports, silence and resets affect a resolution and a request.

Cases that wait for a timeout run at the same time.
"""

import asyncio
import math

import attrs
import pytest

from matrix_resolve import ConnectFailed, ResolverPolicy, open_connection
from matrix_resolve.testing import LoopbackFederation, Reply
from matrix_resolve.testing.loopback.unreachable_ports import StopMode

from .requests import ask_version

QUICK = ResolverPolicy(well_known_timeout=1.5)
STOP_MODES: list[StopMode] = ["refuse", "hang", "drop"]
WELL_KNOWN = "/.well-known/matrix/server"
BODY = b'{"m.server": "hs.example:9000"}'
HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


@attrs.frozen(kw_only=True)
class Row:
    """A well-known response and the code of the warning that it causes.

    The code is None if the response delegates all the same, and empty if it does not delegate but is not a fault.
    """

    reply: Reply
    warning: str | None
    waits: bool = False


def _failed(reply: Reply, *, waits: bool = False) -> Row:
    return Row(reply=reply, warning="well-known-failed", waits=waits)


def _invalid(reply: Reply) -> Row:
    return Row(reply=reply, warning="well-known-invalid")


def _fine(reply: Reply) -> Row:
    return Row(reply=reply, warning=None)


def _raw(*parts: bytes) -> Reply:
    return Reply(raw=b"".join(parts))


ROWS: dict[str, Row] = {
    "slow-but-in-time": _fine(Reply(body=BODY, delay=0.05)),
    "drip-in-time": _fine(Reply(body=BODY, drip=0.001)),
    "bare-http-1.0": _fine(_raw(b"HTTP/1.0 200 OK\r\n\r\n", BODY)),
    "chunked": _fine(_raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\n1f\r\n", BODY, b"\r\n0\r\n\r\n")),
    "largest": _fine(Reply(body=BODY.ljust(51_200))),
    "never": _failed(Reply(delay=math.inf), waits=True),
    "after-the-deadline": _failed(Reply(body=BODY, delay=60), waits=True),
    "drip-beyond-the-deadline": _failed(Reply(body=BODY, drip=30), waits=True),
    "reset-before-the-body": _failed(Reply(body=BODY, cut_after=0)),
    "reset-in-the-body": _failed(Reply(body=BODY, cut_after=10)),
    "reset-after-all-but-one": _failed(Reply(body=BODY, cut_after=len(BODY) - 1)),
    "closed-without-a-word": _failed(Reply(raw=b"")),
    "closed-in-the-status": _failed(Reply(raw=b"HTTP/1.1 2")),
    "closed-in-the-headers": _failed(_raw(HEAD, b"Content-Le")),
    "closed-in-the-body": _failed(_raw(HEAD, LENGTH, b"\r\n", BODY[:-1])),
    "closed-in-a-chunk": _failed(_raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\nff\r\n", BODY)),
    "garbage": _failed(Reply(raw=bytes(range(256)))),
    "another-protocol": _failed(Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n")),
    "http-2": _failed(Reply(raw=b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18)),
    "negative-length": _failed(_raw(HEAD, b"Content-Length: -1\r\n\r\n", BODY)),
    "oversized": _invalid(Reply(body=BODY.ljust(51_201))),
    "a-megabyte": _invalid(Reply(body=b" " * 1_000_000)),
    "not-json": _invalid(Reply(body=b"<html>")),
    "empty": _invalid(Reply()),
    "503": _failed(Reply(status=503, body=BODY)),
    "403": _failed(Reply(status=403)),
    "401": _invalid(Reply(status=401, body=BODY)),
    "404": Row(reply=Reply(status=404, body=BODY), warning=""),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items() if not row.waits])
async def test_well_known(row: Row) -> None:
    await _check_well_known(row)


async def test_well_knowns_that_let_us_wait() -> None:
    await asyncio.gather(*(_check_well_known(row) for row in ROWS.values() if row.waits))


async def _check_well_known(row: Row) -> None:
    """Check that the document is requested, and that it delegates or causes a warning and step 6."""
    async with LoopbackFederation() as federation:
        federation.server("a.example", port=443).reply(WELL_KNOWN, row.reply)
        federation.server("a.example")
        federation.server("hs.example", port=9000)
        async with federation.resolver(policy=QUICK if row.waits else None) as resolver:
            resolution = await resolver.resolve("a.example")
            assert set(federation.seen.urls) == {"https://a.example" + WELL_KNOWN}
            assert resolution.delegated == ("hs.example:9000" if row.warning is None else None), row
            assert resolution.step == ("3.2" if row.warning is None else "6")
            assert [warning.code for warning in resolution.warnings] == ([row.warning] if row.warning else [])
            assert await ask_version(resolver, "a.example") in resolution.targets


async def test_a_well_known_host_that_is_dead() -> None:
    await asyncio.gather(*(_check_dead_well_known(how) for how in STOP_MODES))


async def _check_dead_well_known(how: StopMode) -> None:
    """Nobody is seen there; the SRV record counts."""
    async with LoopbackFederation() as federation:
        federation.well_known("a.example", "evil.example").stop(how)
        federation.server("hs.example", names=["a.example"])
        federation.srv("a.example", "hs.example", 8448)
        async with federation.resolver(policy=QUICK) as resolver:
            assert (await resolver.resolve("a.example")).step == "4"
            assert (federation.seen.handshakes, federation.seen.requests) == ([], [])
            await ask_version(resolver, "a.example")


async def test_a_target_that_is_dead() -> None:
    await asyncio.gather(*(_check_dead_target(how) for how in STOP_MODES))


async def _check_dead_target(how: StopMode) -> None:
    """The next one gets its turn; a priority is tried first again, dead or not."""
    async with LoopbackFederation() as federation:
        servers = [
            federation.server(host, names=["a.example"], addresses=[ip])
            for host, ip in (("one.example", "198.51.100.1"), ("two.example", "198.51.100.2"))
        ]
        federation.srv("a.example", "one.example", 8448, priority=1)
        federation.srv("a.example", "two.example", 8448, priority=2)
        servers[0].stop(how)
        async with federation.resolver() as resolver:
            connection = await open_connection(resolver, "a.example", connect_timeout=1.5)
            connection.writer.close()
            assert connection.target.ip == "198.51.100.2"
            assert "198.51.100.1" not in {one.ip for one in federation.seen.handshakes}
            servers[0].start()
            assert (await ask_version(resolver, "a.example")).ip == "198.51.100.1"


async def test_all_targets_are_dead_in_different_ways() -> None:
    """The error has each address, and what failed there."""
    async with LoopbackFederation() as federation:
        for number, how in enumerate(STOP_MODES, start=1):
            host, ip = f"{how}.example", f"198.51.100.{number}"
            federation.server(host, names=["a.example"], addresses=[ip]).stop(how)
            federation.srv("a.example", host, 8448, priority=number)
        async with federation.resolver() as resolver:
            with pytest.raises(ConnectFailed) as caught:
                await open_connection(resolver, "a.example", connect_timeout=0.6)
    told = {failure.target.ip: failure.code for failure in caught.value.failures}
    assert told == {"198.51.100.1": "refused", "198.51.100.2": "timeout", "198.51.100.3": "timeout"}


async def test_one_of_two_addresses_is_dead() -> None:
    """The well-known response comes from the other address."""
    async with LoopbackFederation() as federation:
        dead = federation.server("2001:db8::1", port=443, names=["a.example"])
        alive = federation.server("198.51.100.1", port=443, names=["a.example"])
        alive.reply(WELL_KNOWN, Reply(body=BODY))
        federation.server("hs.example", port=9000)
        federation.zone.aaaa("a.example", "2001:db8::1")
        federation.zone.a("a.example", "198.51.100.1")
        dead.stop()
        async with federation.resolver() as resolver:
            assert (await resolver.resolve("a.example")).step == "3.2"
        assert [one.ip for one in federation.seen.requests] == ["198.51.100.1"]
