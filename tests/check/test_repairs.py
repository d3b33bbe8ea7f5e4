"""What a repair must not contain, and what the evidence contains. The tables of broken deployments cannot express this."""

import attrs
import pytest

from matrix_resolve import DnsAnswer, DnsBackend, RecordType, ResolutionWarning, ServerName, Step
from matrix_resolve.check import ConnectionProblem, DnsReply, Evidence, HttpExchange, WellKnownProbe, check_server
from matrix_resolve.reasons import Reason
from matrix_resolve.resolver import config_of
from matrix_resolve.testing import LoopbackFederation, Reply

from .broken_deployments import NAME, WELL_KNOWN, Row, by_srv, check_row, homeserver, html, nobody
from .sample_evidence import DAY, NOW, REFUSED, SILENT, certificate, dead, evaluate, evidence, probe

URL = f"https://{NAME}{WELL_KNOWN}"
EXPIRED = ConnectionProblem(
    "certificate-time", "the certificate has expired; renew it", "http", problem="the certificate has expired"
)


def _nobody_at_8448(reply: Reply) -> Row:
    def build(federation: LoopbackFederation) -> None:
        federation.server(NAME, port=443).reply(WELL_KNOWN, reply)

    return nobody("", build)


@pytest.mark.parametrize("reply", [html(), Reply(status=502), Reply(status=204), Reply(raw=b"x")])
async def test_404_is_no_way_out_where_nobody_answers_at_port_8448(reply: Reply) -> None:
    (finding,) = (await check_row(_nobody_at_8448(reply))).findings
    assert "404" not in finding.repair
    assert '"HOST:443"' in finding.repair


async def test_no_host_is_invented() -> None:
    """The user may have passed the name of the machine instead of the server name."""
    (finding,) = (await check_row(_nobody_at_8448(Reply(status=404)))).findings
    assert finding.code == "port-refused"
    assert ('"HOST:443"' in finding.repair, f"matrix.{NAME}" in finding.repair) == (True, False)


async def test_404_is_the_first_way_out_where_port_8448_serves() -> None:
    def build(federation: LoopbackFederation) -> None:
        homeserver(federation)
        federation.server(NAME, port=443).reply(WELL_KNOWN, html())

    (finding,) = (await check_row(nobody("", build))).findings
    assert 0 <= finding.repair.index("404") < finding.repair.index("HOST:443")


def _refused_certificate(sha256: str) -> Evidence:
    """Return the evidence of a machine with expired certificates on ports 443 and 8448. The one on 443 has this fingerprint."""
    expired = certificate(days_left=-1)
    here = attrs.evolve(expired, sha256=sha256)
    known = WellKnownProbe(
        "192.0.2.1", "transient", exchanges=(HttpExchange(URL, "192.0.2.1", trouble=EXPIRED),), certificate=here
    )
    target = probe(trouble=attrs.evolve(EXPIRED, number=10), certificate=expired, version=None, key_facts=None)
    return evidence(target, well_knowns=(known,))


def test_one_certificate_on_two_ports_is_one_thing_to_renew() -> None:
    (finding,) = evaluate(_refused_certificate("0"))[1]
    assert (finding.code, "ports 443 and 8448" in finding.repair) == ("certificate-expired", True)
    codes = [finding.code for finding in evaluate(_refused_certificate("1"))[1]]
    assert codes == ["well-known-certificate", "certificate-expired"]


def test_the_evidence_has_the_day_on_which_a_certificate_expired() -> None:
    (line,) = evaluate(_refused_certificate("1"))[1][0].evidence
    assert "2027-01-14" in str(line)


@pytest.mark.parametrize("not_after", [1e20, -1e20, float("nan")])
def test_days_that_no_calendar_has(not_after: float) -> None:
    seen = _refused_certificate("1")
    (known,) = seen.well_knowns
    odd = attrs.evolve(known, certificate=attrs.evolve(certificate(), not_after=not_after))
    assert evaluate(attrs.evolve(seen, well_knowns=(odd,)))[1]


async def test_dns_backends_may_spell_names_as_they_like() -> None:
    class Shouting:
        """Returns canonical names in capital letters, with the final dot."""

        def __init__(self, dns: DnsBackend) -> None:
            self._dns = dns

        async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
            answer = await self._dns.lookup(name, record_type, refresh=refresh)
            return attrs.evolve(answer, canonical_name=f"{answer.canonical_name.upper()}.")

    async with LoopbackFederation() as federation:
        by_srv(federation)
        resolver = federation.resolver(dns=Shouting(config_of(federation.resolver()).dns))
        report = await check_server(resolver, NAME)
    assert [finding.code for finding in report.findings] == ["srv-in-use"]
    assert "node.example:8443" in report.findings[0].repair
    assert {reply.canonical_name for reply in report.evidence.dns} == {reply.name for reply in report.evidence.dns}


def test_silence_is_to_be_ended_by_an_answer_where_nobody_answers_at_port_8448() -> None:
    silent = HttpExchange(URL, "192.0.2.9", trouble=SILENT)
    seen = evidence(dead(), well_knowns=(WellKnownProbe("192.0.2.9", "transient", exchanges=(silent,)),))
    told = {finding.code: finding for finding in evaluate(seen)[1]}
    assert sorted(told) == ["port-refused", "well-known-timeout"]
    repair = told["well-known-timeout"].repair
    assert ("404" in repair, "HOST:443" in repair) == (False, True)


def _delegating(ip: str, trouble: ConnectionProblem | None = None) -> WellKnownProbe:
    delegated = None if trouble else ServerName.parse("hs.example")
    one = HttpExchange(URL, ip, 0 if trouble else 200, (("Content-Type", "application/json"),), trouble=trouble)
    return WellKnownProbe(ip, "transient" if trouble else "delegated", delegated, exchanges=(one,))


def test_a_dead_ipv6_address_hides_no_want_of_ipv4() -> None:
    known = (_delegating("2001:db8::a"), _delegating("2001:db8::b", REFUSED))
    seen = evidence(probe("192.0.2.1"), well_knowns=known, dns=(DnsReply(NAME, "A"),))
    told = {finding.code: finding for finding in evaluate(seen)[1]}
    assert sorted(told) == ["well-known-address-dead", "well-known-ipv6-only"]
    assert "IPv4" not in told["well-known-address-dead"].cause


ALIAS = Reason.of("srv-target-followed", host="alias.example")


def test_an_alias_is_proposed_to_nobody() -> None:
    """The SRV record names an alias. The well-known document in the repair must not name it, too."""
    seen = evidence(
        probe("192.0.2.1"), dns=(DnsReply("alias.example", "A", ("192.0.2.1",), canonical_name="b.example"),)
    )
    assert seen.resolution is not None
    (target,) = seen.resolution.targets
    resolution = attrs.evolve(
        seen.resolution,
        step=Step.SRV,
        targets=(attrs.evolve(target, dns_name="alias.example"),),
        warnings=(ResolutionWarning("srv-target-is-cname", "alias.example", ALIAS),),
    )
    told = {finding.code: finding for finding in evaluate(attrs.evolve(seen, resolution=resolution))[1]}
    assert sorted(told) == ["srv-in-use", "srv-target-is-cname"]
    assert ["alias.example" in told["srv-in-use"].repair, "b.example" in told["srv-in-use"].repair] == [False, True]


def test_addresses_that_were_not_asked_for_are_not_private() -> None:
    """If a name server returns other addresses each time, the check and the resolver see different ones."""
    seen = evidence(probe("192.0.2.1"))
    replies = (DnsReply(NAME, "A", ("192.0.2.77",)),)
    assert evaluate(attrs.evolve(seen, dns=replies, checked_at=NOW + DAY / 2))[1] == ()
