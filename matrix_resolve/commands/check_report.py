"""A report as lines for people: the verdict, how the name is found, and the findings, the worst first."""

from collections.abc import Iterator, Mapping

from ..check import CheckReport, Evidence, Finding, Severity, TargetProbe, Verdict
from ..values import Resolution, Step
from .check_page import Line, Look
from .check_seen import in_short, seen_lines

_VERDICTS: Mapping[Verdict, tuple[str, Look]] = {
    Verdict.EVERYBODY: ("works for everybody", "good"),
    Verdict.SOME: ("works for some servers only", "bad"),
    Verdict.NOBODY: ("works for nobody", "bad"),
    Verdict.UNKNOWN: ("unknown, as this machine has no way to any of the addresses", "bad"),
}
_MARKS: Mapping[Severity, Look] = {Severity.ERROR: "bad", Severity.WARNING: "odd", Severity.INFO: "note"}
_WAYS: Mapping[Step, str] = {
    Step.IP_LITERAL: "the name is an IP address",
    Step.EXPLICIT_PORT: "the name has a port",
    Step.DELEGATED_IP_LITERAL: "delegated to {}",
    Step.DELEGATED_EXPLICIT_PORT: "delegated to {}",
    Step.DELEGATED_SRV: "delegated to {}, which has SRV records",
    Step.DELEGATED_DEPRECATED_SRV: "delegated to {}, which has SRV records of the old name",
    Step.DELEGATED_DEFAULT_PORT: "delegated to {}, on port 8448",
    Step.SRV: "not delegated, by SRV records",
    Step.DEPRECATED_SRV: "not delegated, by SRV records of the old name",
    Step.DEFAULT_PORT: "not delegated, on port 8448",
    Step.OVERRIDE: "by an override",
}


def report_lines(report: CheckReport, *, verbose: bool = False) -> list[Line]:
    """Give the lines of a report.

    Args:
        report: What came of a check.
        verbose: Everything that was seen, too, between the way to the server and the findings.
    """
    verdict, look = _VERDICTS[report.verdict]
    lines = [Line(0, ((report.server_name, "strong"), (": ", "plain"), (verdict, look))), *_way(report.evidence)]
    if verbose:
        lines += seen_lines(report.evidence)
    for finding in report.findings:
        lines += _finding(finding)
    return lines


def _way(evidence: Evidence) -> Iterator[Line]:
    """Say how the name is found, and what is there."""
    resolution = evidence.resolution
    if resolution is None:
        yield Line.of(2, f"not found: {evidence.error.code if evidence.error else 'unknown'}")
        return
    yield Line.of(2, f"found by step {resolution.step}: {_WAYS[resolution.step].format(resolution.delegated)}")
    first = resolution.targets[0]
    yield Line.of(2, f"asked for with Host {first.host_header}, certificate for {first.tls_server_name}")
    yield from _targets(evidence.targets, resolution)
    if evidence.untried:
        yield Line.of(4, f"and {evidence.untried} more, not tried")


def _targets(probes: tuple[TargetProbe, ...], resolution: Resolution) -> Iterator[Line]:
    widest = max(len(target.address) for target in resolution.targets)
    for probe in probes:
        look: Look = "bad" if probe.trouble is not None else "plain"
        yield Line(4, ((f"{probe.target.address:{widest}}  ", "plain"), (in_short(probe), look)))


def _finding(finding: Finding) -> Iterator[Line]:
    yield Line.of(0, "")
    yield Line(2, ((finding.severity, _MARKS[finding.severity]), (f": {finding.code}", "strong")))
    yield Line.of(4, finding.cause)
    yield Line(4, (("Repair: ", "strong"), (finding.repair, "plain")))
    for seen in finding.evidence:
        yield Line.of(6, seen, "faint")
