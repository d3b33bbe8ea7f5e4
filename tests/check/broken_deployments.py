"""Rows for tables of broken deployments: how to break one, and what a check must report. With functions that run a row."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import attrs

from matrix_resolve import ResolverPolicy
from matrix_resolve.check import SEVERITIES, AddressFamilies, CheckReport, FindingCode, Severity, Verdict, check_server
from matrix_resolve.testing import LoopbackFederation, LoopbackServer, Reply

from .homeservers import KEYS_PATH, Change, be_homeserver, key_response
from .without_sentences import outline, without_sentences

NAME = "a.example"
WELL_KNOWN = "/.well-known/matrix/server"
KEYS = KEYS_PATH
VERSION = "/_matrix/federation/v1/version"
PATIENCE = 5.0
"""Timeout in seconds for servers that answer. No test waits for it, so a loaded machine changes no result."""
QUICK = 0.5
"""Timeout in seconds for servers that never answer."""
IMPATIENT = ResolverPolicy(well_known_timeout=QUICK, well_known_connect_timeout=QUICK, dns_timeout=QUICK)
V6, V4 = "2001:db8::a", "198.51.100.10"
OTHER_V4 = "198.51.100.11"
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
EVERYBODY, SOME, NOBODY = Verdict.EVERYBODY, Verdict.SOME, Verdict.NOBODY
Build = Callable[[LoopbackFederation], object]
Front = Callable[[], AbstractAsyncContextManager[tuple[str, int]]]
_UNROUTED = ("224.0.0.1", 443)
"""A multicast address. A TCP connection to it fails with ENETUNREACH, like an IPv6 connection on a machine without IPv6."""


@attrs.frozen(kw_only=True)
class Row:
    """One broken deployment, and what a check of it must report.

    Attributes:
        build: Sets up the broken deployment.
        codes: The codes of all findings. The first one is the subject of the row.
        verdict: Who federation works for.
        repair: Texts that the repair of the first finding must contain.
        cause: Texts that its cause must contain.
        severity: The severity of the first finding; by default that in `SEVERITIES`.
        name: The server name to check.
        timeout: Seconds for each request to a target.
        bounds: More bounds of the check.
        options: More arguments of the resolver.
        front: A server that answers at `front_port` instead of the federation, for behaviour that its servers do not have.
        front_port: The port of *front*.
        unrouted: The addresses to which there is no route.
        reach: The address families of this machine.
    """

    build: Build
    codes: tuple[FindingCode, ...]
    verdict: Verdict
    repair: tuple[str, ...]
    cause: tuple[str, ...] = ()
    severity: Severity | None = None
    name: str = NAME
    timeout: float = PATIENCE
    bounds: Mapping[str, Any] = attrs.Factory(dict[str, Any])
    options: Mapping[str, Any] = attrs.Factory(dict[str, Any])
    front: Front | None = None
    front_port: int = 8448
    unrouted: tuple[str, ...] = ()
    reach: AddressFamilies = attrs.Factory(AddressFamilies)


def as_code(text: str) -> FindingCode:
    """Return the finding code that *text* is."""
    codes: dict[str, FindingCode] = {str(code): code for code in SEVERITIES}
    return codes[text]


def nobody(codes: str, build: Build, *repair: str, cause: str = "", **more: Any) -> Row:
    """Return a row in which nobody reaches the server. The parts of *codes* and *cause* are separated by spaces."""
    found: tuple[FindingCode, ...] = tuple(as_code(code) for code in codes.split())
    return Row(build=build, codes=found, verdict=NOBODY, repair=repair, cause=tuple(cause.split()), **more)


def some(codes: str, build: Build, *repair: str, **more: Any) -> Row:
    """Return a row in which only some servers reach the server."""
    return attrs.evolve(nobody(codes, build, *repair, **more), verdict=SOME)


def unknown(codes: str, build: Build, *repair: str, **more: Any) -> Row:
    """Return a row in which this machine cannot know who reaches the server."""
    return attrs.evolve(nobody(codes, build, *repair, **more), verdict=Verdict.UNKNOWN)


def everybody(codes: str, build: Build, *repair: str, **more: Any) -> Row:
    """Return a row in which everybody reaches the server all the same."""
    return attrs.evolve(nobody(codes, build, *repair, **more), verdict=EVERYBODY)


async def check_row(row: Row) -> CheckReport:
    """Set up the deployment of a row, and check it."""
    async with LoopbackFederation() as federation, AsyncExitStack() as stack:
        row.build(federation)
        place = None if row.front is None else await stack.enter_async_context(row.front())

        def connect_to(ip: str, port: int) -> tuple[str, int]:
            if ip in row.unrouted:
                return _UNROUTED
            return federation.connect_to(ip, port) if place is None or port != row.front_port else place

        resolver = federation.resolver(**{"connect_to": connect_to, **row.options})
        return await check_server(
            resolver, row.name, request_timeout=row.timeout, address_families=row.reach, **row.bounds
        )


async def hold(row: Row) -> CheckReport:
    """Check a row, and assert that the report is as expected, and that the rules find the same without any sentence in the evidence."""
    report = await check_row(row)
    compare(row, report)
    assert outline(without_sentences(report.evidence)) == outline(report.evidence)
    return report


def compare(row: Row, report: CheckReport) -> None:
    """Assert that a report is as the row expects."""
    told = {finding.code: finding for finding in report.findings}
    assert sorted(finding.code for finding in report.findings) == sorted(row.codes), report.findings
    assert [finding for finding in report.findings if len(set(finding.evidence)) < len(finding.evidence)] == []
    main = told[row.codes[0]]
    assert (main.severity, report.verdict) == (row.severity or SEVERITIES[main.code], row.verdict), main
    assert [
        text for finding in report.findings for text in (finding.cause, finding.repair) if not _is_sentence(text)
    ] == []
    assert [text for text in row.repair if text not in main.repair] == [], main.repair
    assert [text for text in row.cause if text not in main.cause] == [], main.cause


def _is_sentence(text: str) -> bool:
    """Return whether a text is one printable sentence."""
    is_one = text.endswith(".") and not re.search(r"\.\.|[.!?] [A-Z]|  | ,|;\.|: ?\.", text)
    return is_one and text.isprintable() and not text.startswith(("the ", "a "))


def homeserver(federation: LoopbackFederation, host: str = NAME, name: str = NAME, **options: Any) -> LoopbackServer:
    """Set up the homeserver of *name* at *host*; the options are those of `LoopbackFederation.server`."""
    return be_homeserver(federation.server(host, **options), name)


def delegated(federation: LoopbackFederation, to: str = "hs.example:443") -> LoopbackServer:
    """Let `NAME` delegate to *to*, and return the homeserver of `NAME` at ``hs.example:443``."""
    federation.well_known(NAME, to)
    return homeserver(federation, "hs.example", port=443)


def by_srv(federation: LoopbackFederation, **options: Any) -> LoopbackServer:
    """Publish an SRV record for ``node.example:8443``, and return the homeserver there."""
    federation.srv(NAME, "node.example", 8443)
    settings: dict[str, Any] = {"port": 8443, "names": [NAME]}
    return homeserver(federation, "node.example", **(settings | options))


def with_well_known(*answers: Reply) -> Build:
    """Return a deployment with the homeserver on port 8448, and *answers* to the well-known request."""

    def build(federation: LoopbackFederation) -> None:
        homeserver(federation)
        federation.server(NAME, port=443).reply(WELL_KNOWN, *answers)

    return build


def with_answer(path: str, reply: Reply) -> Build:
    """Return a deployment whose homeserver answers *path* with *reply*."""
    return lambda federation: homeserver(federation).reply(path, reply)


def with_keys(*, before: Change | None = None, after: Change | None = None) -> Build:
    """Return a deployment whose key response is changed before or after it is signed."""
    return with_answer(KEYS_PATH, Reply.json(key_response(NAME, before=before, after=after)))


def html(status: int = 200, text: str = "Welcome", headers: Mapping[str, str] | None = None) -> Reply:
    """Return a response with a web page."""
    body = f"<!DOCTYPE html><html><title>{text}</title></html>".encode()
    return Reply(status=status, headers={"Content-Type": "text/html", **(headers or {})}, body=body)
