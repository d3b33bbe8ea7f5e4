"""Everything that a check has seen, as lines: DNS answers, well-known documents, targets."""

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
"""A place, a summary of what was seen there, and the lines below it."""
_HEADERS = ("location", "content-type", "cache-control", "server", "cf-mitigated")


def evidence_lines(evidence: Evidence) -> Iterator[Line]:
    """Yield the lines of a section for each kind of evidence."""
    yield Line.of(2, "DNS answers" if evidence.dns else "no DNS query was sent", "strong")
    for reply in evidence.dns:
        yield Line.of(4, f"{reply.name} {reply.record_type}: {_answer(reply)}")
    yield Line.of(
        2, "well-known documents" if evidence.well_knowns else "no well-known document was requested", "strong"
    )
    yield from _together(map(_well_known, evidence.well_knowns))
    yield Line.of(2, "targets" if evidence.targets else "no target was tried", "strong")
    yield from _together(map(_target, evidence.targets))


def _together(blocks: Iterable[_Block]) -> Iterator[Line]:
    """Yield each block once, with all the places at which it was seen."""
    places: dict[tuple[str, tuple[Line, ...]], list[str]] = {}
    for place, summary, below in blocks:
        places.setdefault((summary, below), []).append(place)
    for (summary, below), where in places.items():
        yield Line.of(4, f"{', '.join(where)}: {summary}")
        yield from below


def in_short(probe: TargetProbe) -> str:
    """Return a summary of what was seen at a target."""
    if probe.trouble is not None:
        return cause_of(probe.trouble)
    if probe.version is None or probe.version.trouble is not None:
        return f"{probe.tls_version}, no answer"
    return f"{probe.tls_version}, {_software(probe.version) or f'status {probe.version.status}'}"


def _software(version: HttpExchange) -> str:
    """Return the name and version of a homeserver; an empty string if the response has neither."""
    server = (version.json_object or {}).get("server")
    facts = cast("dict[str, object]", server) if isinstance(server, dict) else {}
    return " ".join(fact for fact in (facts.get("name"), facts.get("version")) if isinstance(fact, str))


def _answer(reply: DnsReply) -> str:
    """Return the answer of the DNS: records, or what failed."""
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
    """Yield the number of SRV records that are not shown, by reason."""
    if answer.unusable > len(answer.skipped):
        yield f"skipped: {answer.unusable - len(answer.skipped)} more that cannot be used"
    if answer.beyond_limit:
        yield f"skipped: {answer.beyond_limit} more than the limit"


def _well_known(probe: WellKnownProbe) -> _Block:
    """Return what one address answered, with each redirect."""
    delegated = f" to {probe.delegated}" if probe.delegated is not None else ""
    lifetime = f", cached for {probe.lifetime:.0f} s" if probe.lifetime is not None else ""
    detail = f" ({probe.detail})" if probe.detail and probe.trouble is None else ""
    hops = [line for exchange in probe.exchanges for line in _exchange(exchange)]
    return probe.ip, f"{probe.outcome}{delegated}{lifetime}{detail}", (*hops, *_certificate(probe.certificate))


def _target(probe: TargetProbe) -> _Block:
    """Return what was seen at one target, in short and in detail."""
    return probe.target.endpoint, in_short(probe), tuple(_below(probe))


def _below(probe: TargetProbe) -> Iterator[Line]:
    yield from _certificate(probe.certificate)
    if probe.trouble is not None and probe.version is not None:
        yield Line.of(
            6, "other servers refuse this certificate; the check continues, but does not trust the responses below"
        )
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
        yield Line.of(8, "more headers were received, but not kept", "faint")
    for name in _HEADERS:
        if exchange.header(name):
            yield Line.of(8, f"{name}: {exchange.header(name)}", "faint")
    if exchange.body:
        yield Line.of(8, exchange.beginning, "faint")


def _certificate(certificate: Certificate | None) -> Iterator[Line]:
    if certificate is None:
        return
    yield Line.of(6, f"certificate for {', '.join(certificate.names) or 'no name'}")
    yield Line.of(8, f"from {certificate.issuer or 'an unnamed issuer'}", "faint")
    yield Line.of(8, f"valid from {as_minute(certificate.not_before)} to {as_minute(certificate.not_after)}", "faint")


def _keys(facts: KeyFacts) -> str:
    """Return the signing keys, and what is wrong with them."""
    if facts.fault:
        return f"keys: {facts.fault}"
    until = f" until {as_minute(facts.valid_until)}" if facts.valid_until is not None else ""
    faults = (("unusable", facts.unusable), ("not signed with", facts.unsigned), ("signature wrong", facts.forged))
    wrong = "".join(f"; {fault}: {', '.join(key_ids)}" for fault, key_ids in faults if key_ids)
    return f"keys of {facts.server_name or 'an unnamed server'}: {', '.join(facts.key_ids) or 'none'}{until}{wrong}"
