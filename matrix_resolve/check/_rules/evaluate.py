"""From what was seen to a verdict: a pure function."""

from collections.abc import Callable, Iterable

from ..evidence import Evidence
from ..findings import Finding, Severity, Verdict
from .api import judge_api
from .bounds import judge_bounds
from .connections import judge_connections
from .keys import judge_keys
from .machine import judge_machine
from .names import judge_names
from .serving import is_served
from .srv import judge_srv
from .unreachable import is_on_wrong_way, is_unknown
from .well_known import hides_targets, judge_well_known

_Judge = Callable[[Evidence], Iterable[Finding]]
_OF_DISCOVERY: tuple[_Judge, ...] = (judge_names, judge_well_known, judge_srv)
_OF_TARGETS: tuple[_Judge, ...] = (judge_connections, judge_api, judge_keys)


def judge(evidence: Evidence) -> tuple[Verdict, tuple[Finding, ...]]:
    """Say for whom federation works, and what is wrong.

    Args:
        evidence: What was seen.

    Returns:
        The verdict, and the findings, the worst first and otherwise in the order in which servers meet what they are about.
    """
    findings = [finding for judge in _judges(evidence) for finding in judge(evidence)]
    findings.sort(key=lambda finding: list(Severity).index(finding.severity))
    if not is_served(evidence):
        return Verdict.UNKNOWN if is_unknown(evidence) else Verdict.NOBODY, tuple(findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Verdict.SOME, tuple(findings)
    return Verdict.EVERYBODY if evidence.is_complete else Verdict.UNKNOWN, tuple(findings)


def _judges(evidence: Evidence) -> tuple[_Judge, ...]:
    """Choose who judges: what follows from a fault is no fault of its own."""
    if evidence.is_dns_missing_here:
        return judge_machine, judge_bounds
    if hides_targets(evidence) or is_on_wrong_way(evidence):
        return (*_OF_DISCOVERY, judge_machine, judge_bounds)
    return (*_OF_DISCOVERY, judge_machine, judge_bounds, *_OF_TARGETS)
