"""What a check gives back: the verdict, and findings with their cause and repair."""

from enum import StrEnum

import attrs

from .evidence import Evidence, as_json_values

SCHEMA_VERSION = 1
"""Of `CheckReport.to_dict`: goes up when a key changes its meaning or disappears, not when one is added."""


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """Some or all other servers cannot federate."""
    WARNING = "warning"
    """It works, and costs time, hangs by a thread, or breaks with some other implementations."""
    INFO = "info"
    """In order; worth knowing."""


class Verdict(StrEnum):
    """For whom federation works."""

    EVERYBODY = "everybody"
    SOME = "some"
    NOBODY = "nobody"
    UNKNOWN = "unknown"
    """Nobody is served as far as this machine can see, and it could not look at everything."""


@attrs.frozen
class Finding:
    """One thing that an operator should know.

    Attributes:
        code: Stable kebab-case code.
        severity: How bad it is here.
        cause: What is wrong, in one sentence.
        repair: What to change, in one sentence.
        evidence: What was seen, a line each.
    """

    code: str
    severity: Severity
    cause: str
    repair: str
    evidence: tuple[str, ...] = ()


@attrs.frozen
class CheckReport:
    """What was found out about one server name.

    Attributes:
        server_name: The name, as it was given.
        verdict: For whom federation works.
        findings: The worst first; none where everything is in order.
        evidence: All that was seen.
    """

    server_name: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    evidence: Evidence

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst finding; None without findings."""
        return self.findings[0].severity if self.findings else None

    def __str__(self) -> str:
        from .report_lines import report_lines  # noqa: PLC0415 - that module imports this one

        return "\n".join(row for line in report_lines(self) for row in line.wrapped(None))

    def to_dict(self) -> dict[str, object]:
        """Give the report as JSON-compatible values, as docs/reference/check.schema.json describes them."""
        return {
            "schema": SCHEMA_VERSION,
            "server_name": self.server_name,
            "verdict": str(self.verdict),
            "findings": [attrs.asdict(finding) for finding in self.findings],
            **as_json_values(self.evidence),
        }
