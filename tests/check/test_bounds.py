"""A check limits connections, addresses, hosts, names and time, whatever a domain publishes, and lists what it leaves out."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from matrix_resolve import DnsAnswer
from matrix_resolve.backends.dns import RecordType, SrvRecord
from matrix_resolve.check import CheckReport, LeftOut, Verdict, check_server
from matrix_resolve.testing import LoopbackFederation, Reply, SeenRequest

from .broken_deployments import NAME, OTHER_V4, V4, V6, WELL_KNOWN, delegated, homeserver

MANY = [f"198.51.100.{number}" for number in range(20, 60)]
LONG = 60.0
"""Timeout in seconds that no test reaches."""
SHORT = 0.5
"""Timeout in seconds for checks of servers that never answer."""
CUT, LIMITED = "check-cut-short", "check-limit-reached"


class Connections:
    """The ``connect_to`` of a federation, which counts the connections."""

    def __init__(self, federation: LoopbackFederation) -> None:
        self.opened: Counter[tuple[str, int]] = Counter()
        self._federation = federation

    def connect_to(self, ip: str, port: int) -> tuple[str, int]:
        """Count a connection, and return where to connect."""
        self.opened[ip, port] += 1
        return self._federation.connect_to(ip, port)


async def counted(federation: LoopbackFederation, **options: Any) -> tuple[CheckReport, Connections]:
    connections = Connections(federation)
    async with federation.resolver(connect_to=connections.connect_to) as resolver:
        return await check_server(resolver, NAME, **options), connections


def codes(report: CheckReport) -> list[str]:
    return [finding.code for finding in report.findings]


def named(report: CheckReport, code: str) -> str:
    """Return everything that the finding with *code* lists."""
    (finding,) = [each for each in report.findings if each.code == code]
    return "\n".join([finding.cause, *map(str, finding.evidence)])


def redirect_for_ever(request: SeenRequest) -> Reply:
    """Redirect ten times and more, at each address to other URLs."""
    number = int(request.path.rpartition("/")[2]) + 1 if request.path.startswith("/hop") else 1
    return Reply(status=302, headers={"Location": f"/hop/{request.ip}/{number}"})


async def test_redirects_of_many_addresses() -> None:
    """40 addresses redirect ten times each. The targets are still checked."""
    async with LoopbackFederation() as federation:
        homeserver(federation, addresses=MANY)
        federation.server(NAME, port=443).reply("/*", redirect_for_ever)
        report, _ = await counted(federation)
        handshakes = len(federation.seen.handshakes)
    assert 60 < handshakes <= 100
    assert len(report.evidence.targets) > 10
    assert report.verdict is not Verdict.EVERYBODY
    assert MANY[-1] in named(report, LIMITED)


async def test_a_caller_allows_fewer_connections() -> None:
    async with LoopbackFederation() as federation:
        homeserver(federation, addresses=MANY[:10])
        report, _ = await counted(federation, max_connections=40)
        handshakes = len(federation.seen.handshakes)
    assert handshakes <= 40
    assert report.verdict is Verdict.UNKNOWN
    looked_at = {probe.target.ip for probe in report.evidence.targets}
    assert 0 < len(looked_at) < 10
    assert all((f"{ip}:8448" in named(report, LIMITED)) is (ip not in looked_at) for ip in MANY[:10])


@pytest.mark.parametrize("count", [-1, 19])
async def test_a_resolution_needs_some_connections(count: int) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        with pytest.raises(ValueError, match=f"max_connections is {count}; .* from 20 to"):
            await check_server(resolver, NAME, max_connections=count)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
async def test_times_are_above_zero(seconds: float) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        with pytest.raises(ValueError, match=r"^timeout is"):
            await check_server(resolver, NAME, timeout=seconds)
        with pytest.raises(ValueError, match=r"^request_timeout is"):
            await check_server(resolver, NAME, request_timeout=seconds)


async def test_a_hop_is_asked_once() -> None:
    """All addresses redirect to the same URL."""
    async with LoopbackFederation() as federation:
        homeserver(federation, addresses=[V6, V4, OTHER_V4])
        location = {"Location": f"https://www.example{WELL_KNOWN}"}
        federation.server(NAME, port=443).reply(WELL_KNOWN, Reply(status=301, headers=location))
        federation.server("www.example", port=443, addresses=["198.51.100.99"]).reply(WELL_KNOWN, Reply(status=404))
        report, _ = await counted(federation)
        asked = Counter(request.hostname for request in federation.seen.requests if request.path == WELL_KNOWN)
    assert [len(probe.exchanges) for probe in report.evidence.well_knowns] == [2, 2, 2]
    assert asked["www.example"] <= 2  # once by the resolution, and once by the check
    assert CUT not in codes(report)


async def test_time_is_up() -> None:
    """The check evaluates what answered in time and lists the rest. The verdict is never "everybody"."""
    async with LoopbackFederation() as federation:
        delegated(federation)
        federation.server(NAME, port=443, addresses=[V4, OTHER_V4])
        federation.server("dead.example", port=443, addresses=["198.51.100.77"]).stop("hang")
        federation.zone.a("hs.example", "198.51.100.77")
        federation.zone.aaaa("hs.example")
        report, _ = await counted(federation, timeout=SHORT, request_timeout=LONG)
    assert codes(report) == [CUT]
    assert report.verdict is Verdict.UNKNOWN
    assert "198.51.100.77:443" in named(report, CUT) or "(the resolution)" in named(report, CUT)


async def test_time_is_up_before_the_name_is_resolved() -> None:
    async with LoopbackFederation() as federation:
        federation.server(NAME, port=443, addresses=[V4, OTHER_V4]).stop("hang")
        report, _ = await counted(federation, timeout=SHORT)
    assert (report.verdict, codes(report)) == (Verdict.UNKNOWN, [CUT])
    assert (report.evidence.resolution, report.evidence.error) == (None, None)
    assert "Time ran out" in str(report)
    assert f"not checked (the resolution): {NAME}" in named(report, CUT)
    assert V4 in named(report, CUT)


async def test_one_silent_address_of_two() -> None:
    """The homeserver works at one address. It is unknown whether it works at the other one."""
    async with LoopbackFederation() as federation:
        homeserver(federation, addresses=[V4])
        federation.server("dead.example", addresses=[OTHER_V4]).stop("hang")
        federation.zone.a(NAME, V4, OTHER_V4)
        report, _ = await counted(federation, timeout=2 * SHORT, request_timeout=LONG)
    assert (report.verdict, codes(report)) == (Verdict.UNKNOWN, [CUT])
    looked_at = {probe.target.ip for probe in report.evidence.targets}
    assert OTHER_V4 not in looked_at
    assert all((f"{ip}:8448" in named(report, CUT)) is (ip not in looked_at) for ip in (V4, OTHER_V4))


async def test_silent_targets_are_looked_at_a_few_at_a_time() -> None:
    async with LoopbackFederation() as federation:
        homeserver(federation, port=8450, addresses=MANY[:20]).stop("hang")
        connections = Connections(federation)
        async with federation.resolver(connect_to=connections.connect_to) as resolver:
            limits: dict[str, Any] = {"timeout": SHORT, "request_timeout": LONG, "limit": asyncio.Semaphore(5)}
            report = await check_server(resolver, f"{NAME}:8450", **limits)
    assert connections.opened.total() <= 5
    assert (report.verdict, codes(report)) == (Verdict.UNKNOWN, [CUT])
    if report.evidence.resolution is not None:
        assert [ip for ip in MANY[:20] if f"{ip}:8450" not in named(report, CUT)] == []


class HeldDns:
    """Answers with *records*; SRV queries only once *together* of them are in progress."""

    def __init__(self, together: int, records: Callable[[str, RecordType], list[str | SrvRecord]]) -> None:
        self.asked: Counter[tuple[str, RecordType]] = Counter()
        self._records = records
        self._together = together
        self._held: list[asyncio.Event] = []

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Answer a query."""
        del refresh
        self.asked[name, record_type] += 1
        if record_type == "SRV":
            self._held.append(held := asyncio.Event())
            if len(self._held) >= self._together:
                for each in self._held:
                    each.set()
            try:
                await held.wait()
            finally:
                self._held.remove(held)
        return DnsAnswer(tuple(self._records(name, record_type)), 60.0, name)

    async def aclose(self) -> None:
        """Close nothing."""


def delegate_each_to_another(request: SeenRequest) -> Reply:
    return Reply.json({"m.server": f"hs{request.ip.rpartition('.')[2]}.example"})


async def test_delegated_names_are_looked_up_concurrently() -> None:
    """The name and four delegated names have two SRV queries each. Eight of the twelve delegated names are left out."""
    async with LoopbackFederation() as federation:
        federation.server(NAME, port=443, addresses=MANY[:12]).reply(WELL_KNOWN, delegate_each_to_another)
        dns = HeldDns(10, lambda name, kind: [*MANY[:12]] if (name, kind) == (NAME, "A") else [])
        overrides = {NAME: (MANY[0], 8448)}  # so that the resolution makes no queries
        async with federation.resolver(dns=dns, overrides=overrides) as resolver:
            report = await check_server(resolver, NAME)
    replies = [reply for reply in report.evidence.dns if reply.record_type == "SRV"]
    assert [reply.failure for reply in replies if reply.failure] == []
    assert len({reply.name for reply in replies}) == 10
    assert "hs31.example" in named(report, LIMITED)


async def test_srv_targets_without_end() -> None:
    def answer(name: str, kind: RecordType) -> list[str | SrvRecord]:
        if kind == "SRV":
            return [SrvRecord(number, 0, 8443, f"{name[:8].strip('_.')}{number}.example") for number in range(128)]
        return [V4] if (name, kind) == (NAME, "A") else []

    async with LoopbackFederation() as federation:
        dns = HeldDns(0, answer)
        async with federation.resolver(dns=dns) as resolver:
            report = await check_server(resolver, NAME)
    names = {reply.name for reply in report.evidence.dns if reply.record_type == "A"}
    assert len({reply.name for reply in report.evidence.dns}) <= 64
    assert {"matrix-0.example", "matrix-1.example"} <= names  # the queries that are made first
    assert LeftOut("dns", "matrix-99.example", "names") in report.evidence.left_out
    assert " more" in named(report, LIMITED)
    assert report.verdict is Verdict.UNKNOWN


async def test_a_question_is_asked_once() -> None:
    """Concurrent calls make only one query, too."""
    async with LoopbackFederation() as federation:
        location = {"Location": f"https://www.example{WELL_KNOWN}"}
        server = federation.server(NAME, port=443, addresses=MANY[:8])
        server.reply(WELL_KNOWN, Reply(status=301, headers=location))
        dns = HeldDns(0, lambda name, kind: [*MANY[:8]] if (name, kind) == (NAME, "A") else [])
        async with federation.resolver(dns=dns) as resolver:
            await check_server(resolver, NAME)
    assert max(dns.asked.values()) <= 2  # once by the resolution, and once by the check


async def test_headers_and_bodies_are_kept_in_part() -> None:
    """The body of the last hop is kept completely, because it is evaluated."""
    large = {f"X-{number}": "y" * 4_000 for number in range(10)}
    document = Reply(
        body=b" " * 20_000 + b'{"m.server": "hs.example:443"}', headers={"Content-Type": "application/json"}
    )
    async with LoopbackFederation() as federation:
        delegated(federation)
        page = Reply(status=301, body=b"x" * 40_000, headers={"Location": "/elsewhere", **large})
        federation.server(NAME, port=443, addresses=[V4]).reply(WELL_KNOWN, page)
        federation.server(NAME, port=443).reply("/elsewhere", document)
        federation.server("hs.example", port=443).reply(
            "/_matrix/federation/v1/version", Reply.json({"server": {}}, headers=large)
        )
        report, _ = await counted(federation)
    (known,) = report.evidence.well_knowns
    first, last = known.exchanges
    assert (len(first.body), first.truncated, first.headers_truncated) == (4_096, True, True)
    assert (len(last.body) > 20_000, last.truncated, last.headers_truncated) == (True, False, False)
    kept = [*known.exchanges, *(probe.version for probe in report.evidence.targets if probe.version)]
    assert max(sum(len(name) + len(value) for name, value in each.headers) for each in kept) <= 16_384
    assert first.header("location") == "/elsewhere"
    assert report.verdict is Verdict.EVERYBODY
