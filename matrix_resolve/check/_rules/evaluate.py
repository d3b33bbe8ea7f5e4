"""Evaluate the evidence: a pure function that returns a verdict and faults."""

from collections.abc import Callable, Iterable

from ..evidence import Evidence
from ..faults import Fault
from ..findings import Severity, Verdict
from .api import api_rules
from .assessed import AssessedEvidence, assess
from .bounds import bounds_rules
from .connections import connection_rules
from .keys import key_rules
from .machine import machine_rules
from .names import name_rules
from .srv import srv_rules
from .unreachable import is_on_wrong_way, is_unknown
from .well_known import hides_targets, well_known_rules

_Rule = Callable[[AssessedEvidence], Iterable[Fault]]
_OF_DISCOVERY: tuple[_Rule, ...] = (name_rules, well_known_rules, srv_rules)
_OF_TARGETS: tuple[_Rule, ...] = (connection_rules, api_rules, key_rules)


def evaluate(evidence: Evidence) -> tuple[Verdict, tuple[Fault, ...]]:
    """Return which servers federation works for, and what is wrong.

    Args:
        evidence: What was seen.

    Returns:
        The verdict and the faults, worst first. Faults of the same severity are in the order in which other servers encounter them.
    """
    assessed = assess(evidence)
    faults = [fault for rule in _rules_for(assessed) for fault in rule(assessed)]
    faults.sort(key=lambda fault: list(Severity).index(fault.severity))
    if not assessed.has_working_target:
        return Verdict.UNKNOWN if is_unknown(evidence) else Verdict.NOBODY, tuple(faults)
    if any(fault.severity is Severity.ERROR for fault in faults):
        return Verdict.SOME, tuple(faults)
    return Verdict.EVERYBODY if evidence.is_complete else Verdict.UNKNOWN, tuple(faults)


def _rules_for(evidence: AssessedEvidence) -> tuple[_Rule, ...]:
    """Return the rules that apply. Consequences of an earlier fault are not reported, so some rules are left out."""
    if evidence.is_dns_missing_here:
        return machine_rules, bounds_rules
    if hides_targets(evidence) or is_on_wrong_way(evidence):
        return (*_OF_DISCOVERY, machine_rules, bounds_rules)
    return (*_OF_DISCOVERY, machine_rules, bounds_rules, *_OF_TARGETS)
