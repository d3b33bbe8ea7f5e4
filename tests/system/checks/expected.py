"""What a check must report about a deployment: one finding about the cause, and none about its consequences."""

import attrs

from matrix_resolve.check import CheckReport, Severity, Verdict


@attrs.frozen
class Expected:
    """What must be reported.

    Attributes:
        code: The code of the finding.
        verdict: Which servers federation works for.
        says: Texts that its cause or its repair must contain.
    """

    code: str
    verdict: Verdict
    says: tuple[str, ...]


def assert_told(report: CheckReport, expected: Expected) -> None:
    """Check that the report has this finding and no others. Findings of severity INFO do not count."""
    findings = [finding for finding in report.findings if finding.severity is not Severity.INFO]
    assert [finding.code for finding in findings] == [expected.code], told(report)
    assert report.verdict is expected.verdict, told(report)
    for text in expected.says:
        assert text in f"{findings[0].cause} {findings[0].repair}", told(report)


def told(report: CheckReport) -> str:
    """Return the text of a report, to be shown when an assertion fails."""
    lines = [
        f"{one.severity} {one.code}: {one.cause}\n    {one.repair}\n    {' | '.join(map(str, one.evidence))}"
        for one in report.findings
    ]
    return "\n".join([f"{report.server_name}: {report.verdict}", *lines])
