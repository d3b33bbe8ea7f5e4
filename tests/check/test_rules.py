"""The verdict, the severities and the order of findings, for evidence made by hand."""

import errno
import itertools

import attrs
import pytest

from matrix_resolve import ServerName
from matrix_resolve.check import (
    AddressFamilies,
    Certificate,
    ConnectionProblem,
    Evidence,
    HttpExchange,
    Severity,
    TargetProbe,
    Verdict,
    WellKnownProbe,
)

from .sample_evidence import (
    DAY,
    NAME,
    NO_ROUTE,
    NOW,
    REFUSED,
    SILENT,
    certificate,
    codes,
    dead,
    evaluate,
    evidence,
    exchange,
    facts,
    probe,
    verdict,
)

V6, V4 = "2001:db8::1", "192.0.2.1"
EXPIRED = ConnectionProblem("certificate-time", "the certificate has expired", "tls", number=10)


def test_nothing_to_say() -> None:
    assert evaluate(evidence(probe())) == (Verdict.EVERYBODY, ())


def test_the_same_evidence_gives_the_same_findings() -> None:
    seen = evidence(probe(V6), dead(V4))
    assert evaluate(seen) == evaluate(seen)


@pytest.mark.parametrize(
    ("probes", "expected", "for_whom"),
    [
        pytest.param((dead(V4),), ["port-refused"], Verdict.NOBODY, id="dead"),
        pytest.param((dead(V6), probe(V4)), ["ipv6-dead"], Verdict.EVERYBODY, id="IPv6 dead"),
        pytest.param((probe(V6), dead(V4)), ["ipv4-dead"], Verdict.SOME, id="IPv4 dead"),
        pytest.param((dead(V6), dead(V4)), ["port-refused"], Verdict.NOBODY, id="both dead"),
        pytest.param(
            (dead(V6, NO_ROUTE), dead(V4, NO_ROUTE)),
            ["address-unreachable"],
            Verdict.NOBODY,
            id="no route",
        ),
        pytest.param((dead(V6, NO_ROUTE), probe(V4)), ["ipv6-dead"], Verdict.EVERYBODY, id="no route to IPv6"),
        pytest.param((probe(V6), dead(V4, NO_ROUTE)), ["ipv4-dead"], Verdict.SOME, id="no route to IPv4"),
    ],
)
def test_address_families(probes: tuple[TargetProbe, ...], expected: list[str], for_whom: Verdict) -> None:
    seen = evidence(*probes)
    assert (codes(seen), verdict(seen)) == (expected, for_whom)


_NO_IPV6, _NO_IPV4, _OFFLINE = (
    AddressFamilies(ipv6=False),
    AddressFamilies(ipv4=False),
    AddressFamilies(ipv4=False, ipv6=False),
)
_FULL = ConnectionProblem("network", "too many open files", "tcp", errno=errno.EMFILE)
_MISROUTED = ConnectionProblem("network", "no route to host", "tcp", errno=errno.EHOSTUNREACH)


@pytest.mark.parametrize(
    ("reach", "probes", "expected", "for_whom"),
    [
        (_NO_IPV6, (dead(V6, NO_ROUTE), probe(V4)), ["checked-without-ipv6"], Verdict.EVERYBODY),
        (_NO_IPV6, (dead(V6, _MISROUTED), probe(V4)), ["checked-without-ipv6"], Verdict.EVERYBODY),
        (_NO_IPV6, (dead(V6, SILENT), dead(V4)), ["port-refused", "checked-without-ipv6"], Verdict.UNKNOWN),
        (_NO_IPV6, (dead(V6, SILENT), dead(V4, SILENT)), ["port-dropped", "checked-without-ipv6"], Verdict.UNKNOWN),
        (_NO_IPV6, (dead(V4),), ["port-refused"], Verdict.NOBODY),
        (_NO_IPV6, (probe(V6), dead(V4)), ["ipv4-dead"], Verdict.SOME),
        (_NO_IPV4, (probe(V6), dead(V4, NO_ROUTE)), ["checked-without-ipv4"], Verdict.EVERYBODY),
        (_NO_IPV4, (dead(V6), dead(V4, NO_ROUTE)), ["port-refused", "checked-without-ipv4"], Verdict.UNKNOWN),
        (_OFFLINE, (dead(V6, NO_ROUTE), dead(V4, NO_ROUTE)), ["checked-offline"], Verdict.UNKNOWN),
        (AddressFamilies(), (dead(V4, _FULL),), ["checked-in-part"], Verdict.UNKNOWN),
        (AddressFamilies(), (dead(V4, _FULL), probe("192.0.2.2")), ["checked-in-part"], Verdict.EVERYBODY),
        (
            AddressFamilies(),
            (probe(V4, version=exchange("/", 0, trouble=_FULL)),),
            ["checked-in-part"],
            Verdict.UNKNOWN,
        ),
    ],
)
def test_what_this_machine_cannot_see(
    reach: AddressFamilies, probes: tuple[TargetProbe, ...], expected: list[str], for_whom: Verdict
) -> None:
    seen = evidence(*probes, reach=reach)
    assert (codes(seen), verdict(seen)) == (expected, for_whom)


def test_different_deaths_are_told_apart() -> None:
    assert sorted(codes(evidence(dead(V4), dead("192.0.2.2", SILENT)))) == ["port-dropped", "port-refused"]


@pytest.mark.parametrize(
    ("priority", "severity", "for_whom"),
    [(0, Severity.ERROR, Verdict.SOME), (10, Severity.WARNING, Verdict.EVERYBODY)],
)
def test_a_spare_target_may_be_broken(priority: int, severity: Severity, for_whom: Verdict) -> None:
    broken = probe("192.0.2.2", priority=priority, trouble=EXPIRED, version=None, keys=None, key_facts=None)
    seen = evidence(probe(V4), broken)
    (finding,) = evaluate(seen)[1]
    assert (finding.code, finding.severity, verdict(seen)) == ("certificate-expired", severity, for_whom)
    assert "192.0.2.2:8448" in finding.cause


def test_what_serves_later_does_not_help_who_comes_first() -> None:
    broken = probe(V4, trouble=EXPIRED, version=None, keys=None, key_facts=None)
    seen = evidence(broken, probe("192.0.2.2", priority=10))
    assert verdict(seen) is Verdict.SOME


def test_behind_a_bad_certificate_nothing_else_is_told() -> None:
    behind = probe(
        trouble=EXPIRED, version=exchange("/_matrix/federation/v1/version", 404), key_facts=facts(forged=("a",))
    )
    assert codes(evidence(behind)) == ["certificate-expired"]


def test_behind_a_wrong_virtual_host_keys_are_not_told() -> None:
    page = exchange("/_matrix/federation/v1/version", body=b"<html>")
    assert codes(evidence(probe(version=page, key_facts=facts(fault="it is not JSON")))) == ["api-not-a-homeserver"]


@pytest.mark.parametrize(
    ("days_left", "days", "is_told"),
    [(9, 90, True), (11, 90, False), (5, 6, False), (9, 16, True), (0.5, 90, True)],
)
def test_certificates_that_expire(days_left: float, days: float, is_told: bool) -> None:  # noqa: FBT001 - a table
    seen = evidence(probe(certificate=certificate(days_left=days_left, days=days)))
    assert codes(seen) == ["certificate-expires-soon"] * is_told
    assert verdict(seen) is Verdict.EVERYBODY


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"valid_until": NOW}, ["keys-expired"]),
        ({"valid_until": NOW + 1}, ["keys-expire-soon"]),
        ({"valid_until": NOW + 7 * DAY}, []),
        ({"valid_until": None}, ["keys-expired"]),
        ({"server_name": "A.example"}, ["keys-other-server"]),
        ({"key_ids": (), "public_keys": ()}, ["keys-missing"]),
    ],
)
def test_keys(changes: dict[str, object], expected: list[str]) -> None:
    assert codes(evidence(probe(key_facts=facts(**changes)))) == expected


def test_independent_faults_are_all_told() -> None:
    assert sorted(codes(evidence(probe(key_facts=facts(valid_until=NOW, forged=("ed25519:a",)))))) == [
        "keys-expired",
        "keys-forged",
    ]


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Mon, 99 Foo 2026",
        "\x1b[31m",
        "Thu, 01 Jan 1970 00:00:00 -9999",
        "1 Jan 99999999999999999999 0:0:0 GMT",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999",
        "Mon, 01 Jan 0001 00:00:00 -0000",
        "0" * 5000,
    ],
)
def test_dates_that_are_none(date: str) -> None:
    version = exchange("/_matrix/federation/v1/version", headers=(("Date", date),))
    assert set(codes(evidence(probe(version=version)))) <= {"clock-wrong"}


def _known(ip: str, trouble: ConnectionProblem | None, seen: Certificate | None = None) -> WellKnownProbe:
    one = HttpExchange("https://a.example/.well-known/matrix/server", ip, 0 if trouble else 404, trouble=trouble)
    return WellKnownProbe(ip, "transient" if trouble else "absent", exchanges=(one,), certificate=seen)


@pytest.mark.parametrize(
    ("probes", "expected"),
    [
        pytest.param((_known(V4, REFUSED),), [], id="refused"),
        pytest.param((_known(V4, None),), [], id="absent"),
        pytest.param((_known(V4, SILENT),), ["well-known-timeout"], id="dropped"),
        pytest.param((_known(V4, SILENT, certificate()),), ["well-known-failed"], id="no response"),
        pytest.param((_known(V6, REFUSED), _known(V4, None)), ["well-known-address-dead"], id="one address dead"),
    ],
)
def test_well_knowns(probes: tuple[WellKnownProbe, ...], expected: list[str]) -> None:
    seen = evidence(probe("198.51.100.1"), well_knowns=probes)
    assert (codes(seen), verdict(seen)) == (expected, Verdict.EVERYBODY)


def test_a_delegation_that_only_this_resolver_remembers() -> None:
    """Its targets work, but a server that requests the well-known document now is not led there."""
    broken = HttpExchange("https://a.example/.well-known/matrix/server", V4, 502)
    known = (WellKnownProbe(V4, "transient", exchanges=(broken,)),)
    seen = evidence(probe(), well_knowns=known)
    assert (codes(seen), verdict(seen)) == (["well-known-server-error"], Verdict.EVERYBODY)
    assert seen.resolution is not None
    stale = attrs.evolve(seen.resolution, delegated=ServerName.parse("hs.example"), stale=True)
    assert verdict(attrs.evolve(seen, resolution=stale)) is Verdict.SOME


def test_the_worst_comes_first() -> None:
    soon = probe(V4, certificate=certificate(days_left=5))
    seen = evidence(soon, probe("192.0.2.2", key_facts=facts(forged=("ed25519:a",))), untried=3)
    severities = [finding.severity for finding in evaluate(seen)[1]]
    assert severities == [Severity.ERROR, Severity.WARNING, Severity.WARNING]


_STATES = {
    "serves": probe(V4),
    "refused": dead("192.0.2.2"),
    "expired": probe("192.0.2.3", trouble=EXPIRED, version=None, keys=None, key_facts=None),
    "page": probe("192.0.2.4", version=exchange("/_matrix/federation/v1/version", body=b"<html>")),
    "forged": probe("192.0.2.5", key_facts=facts(forged=("ed25519:a",))),
    "dead over IPv6": dead(V6),
}


@pytest.mark.parametrize("count", range(1, len(_STATES) + 1))
def test_verdict_and_findings_agree(count: int) -> None:
    """If the server works for nobody, there is an error that says why. If it works for everybody, there is no error."""
    for chosen in itertools.combinations(_STATES, count):
        for_whom, findings = evaluate(evidence(*(_STATES[name] for name in chosen)))
        has_error = any(finding.severity is Severity.ERROR for finding in findings)
        assert (for_whom is not Verdict.EVERYBODY) == has_error, chosen
        assert (for_whom is Verdict.NOBODY) == ("serves" not in chosen), chosen
        assert len({finding.code for finding in findings}) == len(findings), chosen


def test_a_name_without_anything() -> None:
    assert evaluate(Evidence(server_name=NAME, checked_at=NOW)) == (Verdict.NOBODY, ())
