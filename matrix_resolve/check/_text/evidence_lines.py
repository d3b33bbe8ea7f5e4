"""Everything that a check has seen, as lines: what the DNS said, each well-known, each target."""

from collections.abc import Iterable, Iterator
from typing import cast

import attrs

from ..._util.dates import as_minute
from ...discovery.srv import SrvAnswer
from ..evidence import Certificate, DnsReply, Evidence, KeyFacts, TargetProbe, WellKnownProbe
from ..exchanges import HttpExchange
from ..page import Line
from ..resolver_facts import cause_of

_Block = tuple[str, str, tuple[Line, ...]]
"""A place, its summary, and the lines below."""
_HEADERS = ("location", "content-type", "cache-control", "server", "cf-mitigated")


def evidence_lines(evidence: Evidence) -> Iterator[Line]:
    """Yield a section for each kind of evidence."""
    yield Line.of(2, "seen in the DNS" if evidence.dns else "nothing was asked in the DNS", "strong")
    for reply in evidence.dns:
        yield Line.of(4, f"{reply.name} {reply.record_type}: {_answer(reply)}")
    yield Line.of(2, "seen as well-known" if evidence.well_knowns else "no well-known was asked for", "strong")
    yield from _together(map(_well_known, evidence.well_knowns))
    yield Line.of(2, "seen at the targets" if evidence.targets else "no target was tried", "strong")
    yield from _together(map(_target, evidence.targets))


def _together(blocks: Iterable[_Block]) -> Iterator[Line]:
    """Yield each block once, with all places that it is about."""
    places: dict[tuple[str, tuple[Line, ...]], list[str]] = {}
    for place, summary, below in blocks:
        places.setdefault((summary, below), []).append(place)
    for (summary, below), where in places.items():
        yield Line.of(4, f"{', '.join(where)}: {summary}")
        yield from below


def in_short(probe: TargetProbe) -> str:
    """Return in a few words what is at a target."""
    if probe.trouble is not None:
        return cause_of(probe.trouble)
    if probe.version is None or probe.version.trouble is not None:
        return f"{probe.tls_version}, no answer"
    return f"{probe.tls_version}, {_software(probe.version) or f'status {probe.version.status}'}"


def _software(version: HttpExchange) -> str:
    """Return the name and version of a homeserver; an empty string if the answer has neither."""
    server = (version.json_object or {}).get("server")
    facts = cast("dict[str, object]", server) if isinstance(server, dict) else {}
    return " ".join(fact for fact in (facts.get("name"), facts.get("version")) if isinstance(fact, str))


def _answer(reply: DnsReply) -> str:
    """Return what the DNS answered."""
    if reply.failure:
        return f"failed: {reply.failure}"
    by = f" (by {reply.canonical_name})" if reply.canonical_name not in {"", reply.name} else ""
    if not reply.srv.provided:
        return f'the service is not provided (target "."){by}'
    records = [
        *reply.records,
        *(f"{record.priority} {record.weight} {record.port} {record.target}" for record in reply.srv.records),
        *(f"skipped: {sentence}" for sentence in reply.srv.skipped),
        *_left_out(reply.srv),
    ]
    return (", ".join(records) or "no such record") + by


def _left_out(answer: SrvAnswer) -> Iterator[str]:
    """Yield lines that say how many SRV records are not shown."""
    if answer.unusable > len(answer.skipped):
        yield f"skipped: {answer.unusable - len(answer.skipped)} more that cannot be used"
    if answer.beyond_limit:
        yield f"skipped: {answer.beyond_limit} more than the limit"


def _well_known(probe: WellKnownProbe) -> _Block:
    """Return what one address answered, hop by hop."""
    delegated = f" to {probe.delegated}" if probe.delegated is not None else ""
    lifetime = f", to be kept for {probe.lifetime:.0f} s" if probe.lifetime is not None else ""
    detail = f" ({probe.detail})" if probe.detail and probe.trouble is None else ""
    hops = [line for exchange in probe.exchanges for line in _exchange(exchange)]
    return probe.ip, f"{probe.outcome}{delegated}{lifetime}{detail}", (*hops, *_certificate(probe.certificate))


def _target(probe: TargetProbe) -> _Block:
    """Return what was seen at one target."""
    return probe.target.address, in_short(probe), tuple(_below(probe))


def _below(probe: TargetProbe) -> Iterator[Line]:
    yield from _certificate(probe.certificate)
    if probe.trouble is not None and probe.version is not None:
        yield Line.of(6, "other servers stop at this certificate; the check goes on, and believes nothing of the rest")
    for seen in attrs.astuple(probe, recurse=False):
        if isinstance(seen, HttpExchange):
            yield from _exchange(seen)
    if probe.key_facts is not None:
        yield Line.of(6, _keys(probe.key_facts))


def _exchange(exchange: HttpExchange) -> Iterator[Line]:
    if exchange.trouble is not None:
        yield Line.of(6, f"{exchange.url}: {exchange.trouble.message}")
        return
    yield Line.of(6, f"{exchange.url}: {exchange.status}")
    if exchange.headers_truncated:
        yield Line.of(8, "further headers were not kept", "faint")
    for name in _HEADERS:
        if exchange.header(name):
            yield Line.of(8, f"{name}: {exchange.header(name)}", "faint")
    if exchange.body:
        yield Line.of(8, exchange.beginning, "faint")


def _certificate(certificate: Certificate | None) -> Iterator[Line]:
    if certificate is None:
        return
    yield Line.of(6, f"certificate for {', '.join(certificate.names) or 'nobody'}")
    yield Line.of(8, f"from {certificate.issuer or 'nobody'}", "faint")
    yield Line.of(8, f"valid from {as_minute(certificate.not_before)} to {as_minute(certificate.not_after)}", "faint")


def _keys(facts: KeyFacts) -> str:
    """Return what the signing keys are."""
    if facts.fault:
        return f"keys: {facts.fault}"
    until = f" until {as_minute(facts.valid_until)}" if facts.valid_until is not None else ""
    faults = (("unusable", facts.unusable), ("not signed with", facts.unsigned), ("signature wrong", facts.forged))
    wrong = "".join(f"; {fault}: {', '.join(key_ids)}" for fault, key_ids in faults if key_ids)
    return f"keys of {facts.server_name or 'nobody'}: {', '.join(facts.key_ids) or 'none'}{until}{wrong}"
