"""Healthy deployments of every kind: everybody reaches them, and all findings are information."""

import attrs
import pytest

from matrix_resolve.check import Severity, Verdict
from matrix_resolve.testing import LoopbackFederation, Reply, SeenRequest

from .broken_deployments import (
    NAME,
    OTHER_V4,
    V4,
    WELL_KNOWN,
    Build,
    Row,
    by_srv,
    check_row,
    delegated,
    everybody,
    homeserver,
)
from .homeservers import be_homeserver


def _delegated_to(host: str, to: str, *, port: int = 8448) -> Build:
    def build(federation: LoopbackFederation) -> None:
        federation.well_known(NAME, to)
        homeserver(federation, host, port=port)

    return build


def _delegated_to_srv(federation: LoopbackFederation) -> None:
    federation.well_known(NAME, "hs.example")
    federation.srv("hs.example", "node.example", 8443)
    homeserver(federation, "node.example", port=8443, names=["hs.example"])


def _deprecated_srv(federation: LoopbackFederation) -> None:
    federation.srv(NAME, "node.example", 8443, deprecated=True)
    homeserver(federation, "node.example", port=8443, names=[NAME])


def _both_srv(federation: LoopbackFederation) -> None:
    by_srv(federation)
    federation.srv(NAME, "node.example", 8443, deprecated=True)


def _both_srv_in_another_order(federation: LoopbackFederation) -> None:
    records = [f"10 5 8443 {host}" for host in ("one.example", "two.example")]
    federation.zone.srv(f"_matrix-fed._tcp.{NAME}", *records)
    federation.zone.srv(f"_matrix._tcp.{NAME}", *reversed(records))
    for host in ("one.example", "two.example"):
        homeserver(federation, host, port=8443, names=[NAME])


def _srv_and_itself(federation: LoopbackFederation) -> None:
    by_srv(federation)
    federation.well_known(NAME, NAME.title())


def _two_spellings(federation: LoopbackFederation) -> None:
    def answer(request: SeenRequest) -> Reply:
        return Reply.json({"m.server": "hs.example:443" if request.ip == V4 else "HS.example:443"})

    delegated(federation)
    federation.server(NAME, port=443, addresses=[V4, OTHER_V4]).reply(WELL_KNOWN, answer)


def _several_targets(federation: LoopbackFederation) -> None:
    for host, priority, weight in [("one.example", 10, 5), ("two.example", 10, 0), ("three.example", 20, 0)]:
        federation.srv(NAME, host, 8443, priority=priority, weight=weight)
        homeserver(federation, host, port=8443, names=[NAME])


def _with_a_web_site(status: int) -> Build:
    """Return a deployment on port 8448 whose web site correctly has no well-known document."""

    def build(federation: LoopbackFederation) -> None:
        homeserver(federation)
        federation.server(NAME, port=443).reply(WELL_KNOWN, Reply(status=status))

    return build


def _ipv4_only(federation: LoopbackFederation) -> None:
    delegated(federation)
    for host in (NAME, "hs.example"):
        federation.zone.aaaa(host)


def _alias(federation: LoopbackFederation) -> None:
    homeserver(federation, "node.example", names=[NAME])
    federation.zone.cname(NAME, "node.example")


def _cached(federation: LoopbackFederation) -> None:
    delegated(federation)
    federation.well_known(NAME, "hs.example:443", headers={"Cache-Control": "max-age=60"})


HEALTHY: dict[str, Row] = {
    "IPv4 literal": everybody("", lambda federation: homeserver(federation, "198.51.100.7"), name="198.51.100.7"),
    "IPv4 literal with a port": everybody(
        "", lambda federation: homeserver(federation, "198.51.100.7", port=8450), name="198.51.100.7:8450"
    ),
    "IPv6 literal": everybody("", lambda federation: homeserver(federation, "[2001:db8::7]"), name="[2001:db8::7]"),
    "explicit port": everybody("", lambda federation: homeserver(federation, port=8450), name=f"{NAME}:8450"),
    "delegated to host and port": everybody("", delegated),
    "delegated to an IP address": everybody("", _delegated_to("198.51.100.7", "198.51.100.7")),
    "delegated to an IP address and port": everybody("", _delegated_to("198.51.100.7", "198.51.100.7:443", port=443)),
    "delegated to a host with SRV": everybody("srv-in-use", _delegated_to_srv),
    "delegated to a host": everybody("", _delegated_to("hs.example", "hs.example")),
    "delegated to itself": everybody("", _delegated_to(NAME, f"{NAME}:8448")),
    "delegated, kept for a minute": everybody("", _cached),
    "SRV": everybody("srv-in-use", by_srv),
    "deprecated SRV": everybody("srv-only-deprecated", _deprecated_srv),
    "both SRV records": everybody("srv-in-use", _both_srv),
    "several targets": everybody("srv-in-use", _several_targets),
    "both SRV records, in another order": everybody("srv-in-use", _both_srv_in_another_order),
    "SRV, and a well-known that names the name itself": everybody("srv-in-use", _srv_and_itself),
    "delegated in two spellings": everybody("", _two_spellings),
    "port 8448": everybody("", homeserver),
    "port 8448, and a site without a well-known": everybody("", _with_a_web_site(404)),
    "port 8448, and a site whose well-known is gone": everybody("", _with_a_web_site(410)),
    "IPv4 only": everybody("", _ipv4_only),
    "alias": everybody("", _alias),
    "name in capitals": everybody("", homeserver, name="A.Example"),
}


@pytest.mark.parametrize("row", HEALTHY.values(), ids=HEALTHY)
async def test_what_is_in_order(row: Row) -> None:
    report = await check_row(_named(row))
    assert (report.verdict, [finding.code for finding in report.findings]) == (Verdict.EVERYBODY, list(row.codes))
    assert {finding.severity for finding in report.findings} <= {Severity.INFO}


def _nodata(federation: LoopbackFederation) -> None:
    by_srv(federation)
    federation.zone.a(NAME)
    federation.zone.aaaa(NAME)


def _delegated_to_srv_only(federation: LoopbackFederation) -> None:
    _delegated_to_srv(federation)
    federation.zone.a("hs.example")


_SRV_ONLY: dict[str, Build] = {
    "the name does not exist": by_srv,
    "the name has no address records": _nodata,
    "deprecated SRV record": _deprecated_srv,
    "both SRV records": _both_srv,
    "several targets": _several_targets,
    "delegated to a name with SRV records only": _delegated_to_srv_only,
}


@pytest.mark.parametrize("build", _SRV_ONLY.values(), ids=_SRV_ONLY)
async def test_a_domain_with_srv_records_only_needs_no_well_known_document(build: Build) -> None:
    """A domain without an address of its own cannot have a well-known document, which is no fault."""
    report = await check_row(everybody("", build))
    assert report.evidence.resolution is not None
    assert report.evidence.resolution.step.is_srv
    assert report.evidence.resolution.warnings == ()
    assert [finding.code for finding in report.findings if finding.code.startswith("well-known")] == []
    assert {finding.severity for finding in report.findings} == {Severity.INFO}


async def test_a_domain_with_an_srv_record_and_a_broken_web_host_has_a_finding() -> None:
    """The counterpart of the test above: the domain has an address, so it may have a document."""

    def build(federation: LoopbackFederation) -> None:
        by_srv(federation)
        federation.server(NAME, port=443).reply(WELL_KNOWN, Reply(status=500))

    report = await check_row(everybody("", build))
    assert "well-known-server-error" in {finding.code for finding in report.findings}


def _named(row: Row) -> Row:
    """Make the homeserver use the name of the row if it is not the usual one."""
    if row.name == NAME:
        return row

    def build(federation: LoopbackFederation) -> None:
        row.build(federation)
        for server in federation._all_servers():  # pyright: ignore[reportPrivateUsage] - all of them, wherever they are
            be_homeserver(server, row.name)

    return attrs.evolve(row, build=build)
