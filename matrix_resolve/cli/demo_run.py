"""``matrix-resolve demo``: every step of the specification, in a federation on loopback, with real UDP packets and real TLS."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from .._util.ports import HTTPS_PORT
from ..discovery.steps import DEFAULT_PORT
from ..models import ConnectionTarget, Resolution
from ..resolver import ServerNameResolver
from ..testing import LoopbackFederation, LoopbackServer, Reply
from ..testing.loopback.server import VERSION_PATH

_HEADINGS = ("STEP", "SERVER NAME, LOOKUPS", "TARGET", "HOST", "TLS NAME", "ANSWER")
_GAP = "  "
_Cells = tuple[str, ...]


async def demo() -> Iterator[str]:
    """Resolve one name for each step, and make a federation request to each of its targets.

    Returns:
        The lines of a table with the lookups, targets and responses.
    """
    rows: list[_Cells] = [_HEADINGS]
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        for name in list(_set_up(federation)):
            resolution = await resolver.resolve(name)
            answers = [await _ask(resolver, target) for target in resolution.targets]
            rows += _rows(resolution, answers)
        seen, nameserver = federation.seen, federation.nameserver
    counts = f"the name server {nameserver} answered {len(seen.questions)} queries, and the web servers {len(seen.requests)} requests"
    return _text(
        rows, f"All of this happened on this machine: {counts}.", "To resolve a real name: matrix-resolve matrix.org"
    )


def _set_up(federation: LoopbackFederation) -> Iterator[str]:
    """Publish a name for each step of the specification, and yield it."""

    def serve(host: str, port: int = DEFAULT_PORT, *names: str) -> None:
        server = federation.server(host, port=port, names=names or None)
        server.reply(VERSION_PATH, _version(server))

    serve("198.51.100.201")
    yield "198.51.100.201"
    serve("2001:db8::201")
    yield "[2001:db8::201]"

    serve("port.example", 8008)
    yield "port.example:8008"

    serve("198.51.100.231", HTTPS_PORT)
    federation.well_known("wk1.example", "198.51.100.231:443")
    yield "wk1.example"

    serve("hs2.example", HTTPS_PORT)
    federation.well_known("wk2.example", "hs2.example:443")
    yield "wk2.example"

    for number, deprecated in ((3, False), (4, True)):
        serve(f"node{number}.example", 8443, f"hs{number}.example")
        federation.srv(f"hs{number}.example", f"node{number}.example", 8443, deprecated=deprecated)
        federation.well_known(f"wk{number}.example", f"hs{number}.example")
        yield f"wk{number}.example"

    serve("hs5.example")
    federation.well_known("wk5.example", "hs5.example")
    yield "wk5.example"

    for name, deprecated in (("srv.example", False), ("old-srv.example", True)):
        serve(f"node.{name}", 8443, name)
        federation.srv(name, f"node.{name}", 8443, deprecated=deprecated)
        yield name

    serve("plain.example")
    yield "plain.example"


def _version(server: LoopbackServer) -> Reply:
    return Reply.json({"server": {"name": server.host, "version": str(server.port)}})


async def _ask(resolver: ServerNameResolver, target: ConnectionTarget) -> str:
    """Make a federation request to *target*, and return its status and the machine that answered."""
    ip, port = target.ip, target.port
    if resolver.connect_to is not None:
        ip, port = resolver.connect_to(ip, port)
    context = await resolver.load_ssl_context()
    reader, writer = await asyncio.open_connection(ip, port, ssl=context, server_hostname=target.tls_server_name)
    writer.write(f"GET {VERSION_PATH} HTTP/1.1\r\nHost: {target.host_header}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    server: dict[str, str] = json.loads(body)["server"]
    return f"{head.split()[1].decode()} from {server['name']}"


def _rows(resolution: Resolution, answers: Sequence[str]) -> Iterator[_Cells]:
    """Return the rows of one name: lookups on the left, targets on the right."""
    left = [resolution.server_name, *(f"{_GAP}{line}" for line in _lookups(resolution))]
    right = [
        (target.endpoint, target.host_header, target.tls_server_name, answer)
        for target, answer in zip(resolution.targets, answers, strict=True)
    ]
    for number, (lookup, cells) in enumerate(zip_longest(left, right)):
        yield "" if number else str(resolution.step), lookup or "", *(cells or ("",) * 4)


def _lookups(resolution: Resolution) -> Iterator[str]:
    """Yield each lookup with a short form of its answer. Both address families of a host share a line."""
    addresses: dict[str, list[str]] = {}
    for record in resolution.trace:
        if record.kind == "well-known":  # not requested, because the host has no address
            continue
        if record.kind == "http":
            yield f"well-known: {resolution.delegated or ('no answer' if record.error else 'none')}"
            continue
        found = "" if record.is_empty else record.answer or "failed"
        if record.record_type == "SRV":
            yield f"{record.name.partition('.')[0]}: {found or 'none'}"
            continue
        both = addresses.setdefault(record.name, [])
        both.append(found)
        if len(both) > 1:
            yield f"{record.name}: {', '.join(filter(None, both)) or 'no address'}"


def _text(rows: Sequence[_Cells], *last: str) -> Iterator[str]:
    """Yield the rows as text with aligned columns, then the lines of *last*."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        if row[0] and row is not rows[0]:
            yield ""
        yield _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    yield from last
