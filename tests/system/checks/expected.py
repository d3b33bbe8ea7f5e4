"""What a check has to say of a deployment: one finding about what was broken, and none about what follows from it."""

import attrs

from matrix_resolve.check import CheckReport, Severity, Verdict


@attrs.frozen
class Expected:
    """What is to be said.

    Attributes:
        code: The finding.
        verdict: For whom federation works.
        says: What its cause or its repair names.
    """

    code: str
    verdict: Verdict
    says: tuple[str, ...]


def assert_told(report: CheckReport, expected: Expected) -> None:
    """Look for the finding, and for others; what is in order and worth knowing does not count."""
    findings = [finding for finding in report.findings if finding.severity is not Severity.INFO]
    assert [finding.code for finding in findings] == [expected.code], told(report)
    assert report.verdict is expected.verdict, told(report)
    for text in expected.says:
        assert text in f"{findings[0].cause} {findings[0].repair}", told(report)


def told(report: CheckReport) -> str:
    """Say what a report says, for who reads why a test fails."""
    lines = [
        f"{one.severity} {one.code}: {one.cause}\n    {one.repair}\n    {' | '.join(map(str, one.evidence))}"
        for one in report.findings
    ]
    return "\n".join([f"{report.server_name}: {report.verdict}", *lines])
