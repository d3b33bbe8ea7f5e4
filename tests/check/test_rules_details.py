"""Findings about certificates, clocks and addresses, for evidence made by hand."""

from typing import Any

import attrs
import pytest

from matrix_resolve.check import ConnectionProblem, DnsReply, HttpExchange, TargetProbe, Verdict, WellKnownProbe

from .sample_evidence import (
    DAY,
    NOW,
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
UNTRUSTED = ConnectionProblem("certificate-untrusted", "is not from a trusted authority", "tls", number=20)


@pytest.mark.parametrize(
    ("number", "changes", "code", "cause"),
    [
        (20, {"is_issuer_sent": False}, "certificate-chain", "intermediate"),
        (21, {"is_issuer_sent": None}, "certificate-chain", "intermediate"),
        (20, {"is_issuer_sent": True}, "certificate-untrusted", "servers do not trust"),
        (19, {"is_issuer_sent": None}, "certificate-untrusted", "servers do not trust"),
        (20, {"has_issuer_url": False, "is_issuer_sent": False}, "certificate-untrusted", "servers do not trust"),
        (
            20,
            {"issuer": "CN=(STAGING) Riddling Rhubarb R12", "is_issuer_sent": True},
            "certificate-untrusted",
            "staging",
        ),
        (21, {"issuer": "CN=Fake LE Intermediate X1", "is_issuer_sent": False}, "certificate-untrusted", "staging"),
    ],
)
def test_authorities(number: int, changes: dict[str, Any], code: str, cause: str) -> None:
    presented = attrs.evolve(certificate(), **changes)
    broken = probe(trouble=attrs.evolve(UNTRUSTED, number=number), certificate=presented, version=None, key_facts=None)
    (finding,) = evaluate(evidence(broken))[1]
    assert finding.code == code
    assert cause in finding.cause


def test_an_expired_certificate_says_when() -> None:
    broken = probe(trouble=EXPIRED, certificate=certificate(days_left=-1), version=None, key_facts=None)
    (finding,) = evaluate(evidence(broken))[1]
    assert "until 2027-01-14 08:00 UTC" in str(finding.evidence[0])


@pytest.mark.parametrize(
    ("names", "is_proposed"),
    [
        (("192.0.2.1",), False),
        (("localhost",), False),
        (("www.elsewhere.example",), False),
        (("*.a.example",), False),
        (("HS.a.example",), True),
        (("known.example",), True),
    ],
)
def test_names_that_may_be_delegated_to(names: tuple[str, ...], is_proposed: bool) -> None:  # noqa: FBT001 - a table
    trouble = ConnectionProblem("certificate-name", "is not valid for a.example", "tls", number=62)
    presented = attrs.evolve(certificate(), names=names)
    seen = evidence(probe(trouble=trouble, certificate=presented, version=None, key_facts=None))
    dns = (*seen.dns, DnsReply("known.example", "A", ("192.0.2.1",)))
    (finding,) = evaluate(attrs.evolve(seen, dns=dns, well_knowns=(_web_host("192.0.2.8", _NOW),)))[1]
    assert ("m.server" in finding.repair) is is_proposed


def test_an_srv_target_in_other_letters() -> None:
    trouble = ConnectionProblem("certificate-name", "is not valid for a.example", "tls", number=62)
    broken = probe(trouble=trouble, version=None, key_facts=None)
    aside = attrs.evolve(broken.target, dns_name="hs.example")
    presented = attrs.evolve(certificate(), names=("HS.Example",))
    assert codes(evidence(attrs.evolve(broken, target=aside, certificate=presented))) == ["certificate-of-srv-target"]


@pytest.mark.parametrize(("ip", "code"), [(V4, "cdn-blocks-port"), ("192.0.2.99", "port-dropped")])
def test_a_cdn_is_blamed_for_its_own_addresses_only(ip: str, code: str) -> None:
    headers = (("Server", "cloudflare"),)
    one = HttpExchange("https://a.example/.well-known/matrix/server", ip, 404, headers)
    seen = evidence(dead(V4, SILENT), well_knowns=(WellKnownProbe(ip, "absent", exchanges=(one,)),))
    assert codes(seen) == [code]
    assert "matrix.a.example" not in evaluate(seen)[1][0].repair or code == "port-dropped"


def _dated(date: str, **changes: Any) -> TargetProbe:
    return probe(version=exchange("/_matrix/federation/v1/version", headers=(("Date", date),)), **changes)


def _web_host(ip: str, date: str, host: str = "www.example", **headers: str) -> WellKnownProbe:
    sent = (("Date", date), *headers.items())
    one = HttpExchange(f"https://{host}/.well-known/matrix/server", ip, 404, sent)
    return WellKnownProbe(ip, "absent", exchanges=(one,))


_A_DAY_AGO, _NOW = "Thu, 14 Jan 2027 08:00:00 GMT", "Fri, 15 Jan 2027 08:00:00 GMT"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(_web_host("192.0.2.9", _A_DAY_AGO), ["clock-wrong-here"], id="two machines agree"),
        pytest.param(_web_host("192.0.2.9", _NOW), ["clock-wrong"], id="one of two"),
        pytest.param(_web_host(V4, _A_DAY_AGO), ["clock-wrong"], id="one machine by its address"),
        pytest.param(_web_host(V6, _A_DAY_AGO, "a.example"), ["clock-wrong"], id="one machine by its name"),
        pytest.param(_web_host("192.0.2.9", _A_DAY_AGO, age="86400"), ["clock-wrong"], id="from a cache"),
    ],
)
def test_whose_clock_is_wrong(known: WellKnownProbe, expected: list[str]) -> None:
    assert codes(evidence(_dated(_A_DAY_AGO), well_knowns=(known,))) == expected


def test_keys_are_valid_by_the_clocks_of_others() -> None:
    keys = facts(valid_until=NOW - DAY / 2)
    known = _web_host("192.0.2.9", _A_DAY_AGO)
    seen = evidence(_dated(_A_DAY_AGO, key_facts=keys), well_knowns=(known,))
    assert (codes(seen), verdict(seen)) == (["clock-wrong-here"], Verdict.EVERYBODY)


@pytest.mark.parametrize("probes", [(dead(V6, SILENT), probe(V4)), (dead(V6), probe(V4))])
def test_dead_ipv6_costs_time_where_packets_vanish(probes: tuple[TargetProbe, ...]) -> None:
    (finding,) = evaluate(evidence(*probes))[1]
    assert ("time" in finding.cause) is (probes[0].trouble == SILENT)


def test_an_address_that_answers_on_another_port_is_not_to_be_removed() -> None:
    one = HttpExchange("https://a.example/.well-known/matrix/server", V6, 404)
    known = WellKnownProbe(V6, "absent", exchanges=(one,))
    (finding,) = evaluate(evidence(dead(V6), probe(V4), well_knowns=(known,)))[1]
    assert "remove" not in finding.repair


@pytest.mark.parametrize(
    ("dead_ips", "live_ip", "records"),
    [
        ([V4], V6, "the A record (192.0.2.1)"),
        ([V4, "192.0.2.2"], V6, "the A records (192.0.2.1, 192.0.2.2)"),
        ([V6], V4, "the AAAA record (2001:db8::1)"),
        ([V6, "2001:db8::2"], V4, "the AAAA records (2001:db8::1, 2001:db8::2)"),
    ],
)
def test_records_of_dead_addresses_are_counted(dead_ips: list[str], live_ip: str, records: str) -> None:
    (finding,) = evaluate(evidence(*map(dead, dead_ips), probe(live_ip)))[1]
    assert records in finding.repair
