"""The lines of a report: the verdict, where other servers connect, and the findings, worst first."""

from collections.abc import Iterable, Iterator, Mapping

from ..._util.escaping import quoted
from ...models import Resolution, Step
from ..evidence import Evidence, TargetProbe, has_invalid_name
from ..findings import EvidenceLine, Finding, Severity, Verdict
from ..page import Emphasis, Line
from .evidence_lines import evidence_lines, in_short

_VERDICTS: Mapping[Verdict, tuple[str, Emphasis]] = {
    Verdict.EVERYBODY: ("works for everybody", "good"),
    Verdict.SOME: ("works for some servers only", "bad"),
    Verdict.NOBODY: ("works for nobody", "bad"),
    Verdict.UNKNOWN: ("unknown, because not everything was checked", "bad"),
}
_MARKS: Mapping[Severity, Emphasis] = {Severity.ERROR: "bad", Severity.WARNING: "odd", Severity.INFO: "note"}
_REASONS: Mapping[Step, str] = {
    Step.IP_LITERAL: "the name is an IP address",
    Step.EXPLICIT_PORT: "the name has a port",
    Step.DELEGATED_IP_LITERAL: "the well-known document delegates to {}",
    Step.DELEGATED_EXPLICIT_PORT: "the well-known document delegates to {}",
    Step.DELEGATED_SRV: "the well-known document delegates to {}, which has SRV records",
    Step.DELEGATED_DEPRECATED_SRV: "the well-known document delegates to {}, which has SRV records at the old name",
    Step.DELEGATED_DEFAULT_PORT: "the well-known document delegates to {}, which has no port and no SRV record",
    Step.SRV: "no valid well-known document, but SRV records",
    Step.DEPRECATED_SRV: "no valid well-known document, but SRV records at the old name",
    Step.DEFAULT_PORT: "no valid well-known document and no SRV record",
}
_MAX_PLACES = 3


def report_lines(
    server_name: str, verdict: Verdict, findings: Iterable[Finding], evidence: Evidence, *, verbose: bool = False
) -> list[Line]:
    """Return the lines of a report.

    Args:
        server_name: As in `CheckReport`.
        verdict: As in `CheckReport`.
        findings: As in `CheckReport`.
        evidence: As in `CheckReport`.
        verbose: True to list the evidence as well, between the targets and the findings.
    """
    lines = [_verdict(server_name, verdict, evidence), *_way(evidence)]
    if verbose:
        lines += evidence_lines(evidence)
    for finding in findings:
        lines += _finding(finding)
    return lines


def _verdict(server_name: str, verdict: Verdict, evidence: Evidence) -> Line:
    if has_invalid_name(evidence):
        return Line(0, ((quoted(server_name), "strong"), (" is not a valid server name", "bad")))
    return Line(0, ((server_name, "strong"), (": ", "plain"), _VERDICTS[verdict]))


def _way(evidence: Evidence) -> Iterator[Line]:
    """Yield where other servers connect, and what answers there."""
    resolution = evidence.resolution
    if resolution is None and evidence.error is None and evidence.is_out_of_time:
        yield Line.of(2, "Time ran out before the check found where other servers connect.")
        return
    if resolution is None:
        if not (has_invalid_name(evidence) or evidence.is_dns_missing_here):
            yield Line.of(2, "Other servers find no address that they can connect to.")
        return
    yield Line.of(2, _where(resolution))
    first = resolution.targets[0]
    yield Line.of(2, f"They send Host {first.host_header} and expect a certificate for {first.tls_server_name}.")
    yield from _targets(evidence.targets, resolution)
    not_tried = evidence.untried + sum(one.what == "target" for one in evidence.left_out)
    if not_tried:
        yield Line.of(4, f"and {not_tried} more, not tried")


def _where(resolution: Resolution) -> str:
    hosts = dict.fromkeys((target.dns_name or target.ip, target.port) for target in resolution.targets)
    places = [f"{host}, port {port}" for host, port in hosts]
    more = f", or {len(places) - _MAX_PLACES} more" if len(places) > _MAX_PLACES else ""
    where = ", or ".join(places[:_MAX_PLACES]) + more
    if resolution.step is Step.OVERRIDE:
        return f"An override of this resolver leads to {where}."
    reason = _REASONS[resolution.step].format(resolution.delegated)
    return f"Other servers connect to {where} (step {resolution.step}: {reason})."


def _targets(probes: tuple[TargetProbe, ...], resolution: Resolution) -> Iterator[Line]:
    widest = max(len(target.endpoint) for target in resolution.targets)
    for probe in probes:
        emphasis: Emphasis = "bad" if probe.trouble is not None else "plain"
        address = f"{probe.target.endpoint:{widest}}  "
        yield Line(4, ((address, "plain"), (in_short(probe), emphasis)), hang=len(address))


def _finding(finding: Finding) -> Iterator[Line]:
    yield Line.of(0, "")
    yield Line(2, ((finding.severity, _MARKS[finding.severity]), (f": {finding.code}", "strong")))
    yield Line.of(4, finding.cause)
    yield Line(4, (("Repair: ", "strong"), (finding.repair, "plain")))
    for seen in _merge_places(finding.evidence):
        yield Line.of(6, seen, "faint")


def _merge_places(lines: Iterable[EvidenceLine]) -> Iterator[str]:
    """Yield each text once, with all the places at which it was seen."""
    places: dict[tuple[str, bool], list[str]] = {}
    for line in lines:
        places.setdefault((line.text, bool(line.place)), []).append(line.place)
    for (text, has_place), where in places.items():
        yield f"{', '.join(dict.fromkeys(where))}: {text}" if has_place else text
