"""The report of a check: the verdict, the findings and the evidence."""

from typing import Any, cast

import attrs

from .._util.escaping import decoded, printable
from ..errors import ResolveError
from ..reasons import Reason
from ._text.report_lines import report_lines
from .evidence import Evidence
from .exchanges import SHOWN
from .findings import Finding, Severity, Verdict
from .page import Line
from .resolver_facts import message_of

_LONGEST = 2000  # characters of any text except a body
SCHEMA_VERSION = 1
"""The version of the format of `CheckReport.to_dict`. It increases if a key is removed or changes its meaning, not if a key is added."""


@attrs.frozen
class CheckReport:
    """The result of the check of one server name.

    Attributes:
        server_name: The name, as it was passed.
        verdict: Which servers federation works for.
        findings: The findings, worst first; empty if there is nothing to report.
        evidence: Everything that was seen.
    """

    server_name: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    evidence: Evidence

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst finding; None if there are no findings."""
        return self.findings[0].severity if self.findings else None

    def __str__(self) -> str:
        return "\n".join(row for line in lines_of(self) for row in line.wrapped(None))

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-compatible values, as docs/reference/check.schema.json describes them."""
        return {
            "schema": SCHEMA_VERSION,
            "server_name": self.server_name,
            "verdict": str(self.verdict),
            "findings": [_finding_values(finding) for finding in self.findings],
            **_evidence_values(self.evidence),
        }


def lines_of(report: CheckReport, *, verbose: bool = False) -> list[Line]:
    """Return the lines of *report* as text, with the evidence if *verbose* is true."""
    return report_lines(report.server_name, report.verdict, report.findings, report.evidence, verbose=verbose)


def _finding_values(finding: Finding) -> dict[str, object]:
    values: dict[str, object] = attrs.asdict(finding, recurse=False)
    return {**values, "evidence": tuple(map(str, finding.evidence))}


def _evidence_values(evidence: Evidence) -> dict[str, object]:
    """Return the evidence as JSON-compatible values, with only the beginning of each body."""
    error = evidence.error
    return {
        "checked_at": evidence.checked_at,
        "resolution": None if evidence.resolution is None else evidence.resolution.to_dict(),
        "error": None if error is None else _error_values(error),
        "dns": [attrs.asdict(reply, value_serializer=_serialize) for reply in evidence.dns],
        "well_known": [attrs.asdict(probe, value_serializer=_serialize) for probe in evidence.well_knowns],
        "targets": [attrs.asdict(probe, value_serializer=_serialize) for probe in evidence.targets],
        "untried": evidence.untried,
        "is_overridden": evidence.is_overridden,
        "reach": attrs.asdict(evidence.reach),
        "refused": [{"ip": ip, "rule": rule} for ip, rule in evidence.refused.items()],
        "left_out": [attrs.asdict(one, value_serializer=_serialize) for one in evidence.left_out],
    }


def _error_values(error: ResolveError) -> dict[str, object]:
    return {
        "code": error.code,
        "message": message_of(error),
        "is_temporary": error.is_temporary,
        "retry_at": error.retry_at,
    }


def _serialize(_: object, __: "attrs.Attribute[Any] | None", value: Any) -> Any:
    """Return a value for JSON: bytes and reasons as escaped text, other text escaped, and names as plain strings."""
    if isinstance(value, tuple):
        return tuple(str(each) if isinstance(each, Reason) else each for each in cast("tuple[object, ...]", value))
    if isinstance(value, bytes):
        return printable(decoded(value, SHOWN), limit=SHOWN)
    return printable(value, limit=_LONGEST) if isinstance(value, str) else value
