"""How ``matrix-resolve check`` prints a report: with and without colour, on terminals, and with everything from outside escaped."""

import io
import json
import os
import pty
import re
import subprocess
import sys

import pytest
from rich.console import Console

from matrix_resolve import InvalidServerName, Resolution, ServerName, Step
from matrix_resolve.check import (
    Certificate,
    CheckReport,
    ConnectionProblem,
    DnsReply,
    Evidence,
    EvidenceLine,
    Finding,
    HttpExchange,
    KeyFacts,
    Severity,
    TargetProbe,
    Verdict,
    WellKnownProbe,
)
from matrix_resolve.check.page import Line, Span
from matrix_resolve.check.report import lines_of
from matrix_resolve.cli.check_output import output_for
from matrix_resolve.cli.check_rich import print_rich
from matrix_resolve.cli.check_run import status_of
from matrix_resolve.models import ConnectionTarget

HOSTILE = "[red]\x1b[2J\u202e[/red][link=https://example.net]"


def in_colour(report: CheckReport, *, verbose: bool = False) -> str:
    printed = io.StringIO()
    console = Console(file=printed, force_terminal=True, width=100, color_system="standard", _environ={})
    print_rich(lines_of(report, verbose=verbose), console)
    return printed.getvalue()


def report_of(*findings: Finding, verdict: Verdict = Verdict.NOBODY, evidence: Evidence | None = None) -> CheckReport:
    return CheckReport("example.org", verdict, findings, evidence or Evidence(server_name=None, checked_at=0.0))


def test_severities_have_colours() -> None:
    findings = [
        Finding("port-refused", severity, "Cause.", "Mend it.", (EvidenceLine("", "seen"),)) for severity in Severity
    ]
    printed = in_colour(report_of(*findings))
    assert "\x1b[1mexample.org\x1b[0m: \x1b[1;31mworks for nobody\x1b[0m" in printed
    assert "  \x1b[1;31merror\x1b[0m\x1b[1m: port-refused\x1b[0m" in printed
    assert "  \x1b[1;33mwarning\x1b[0m\x1b[1m: port-refused\x1b[0m" in printed
    assert "  \x1b[1;34minfo\x1b[0m\x1b[1m: port-refused\x1b[0m" in printed
    assert "    \x1b[1mRepair: \x1b[0mMend it." in printed


def test_colours_change_no_column() -> None:
    """Lines break between words. A word longer than a row stays whole, so that it can be copied."""
    url = f"https://example.org/{'a' * 100}"
    spans: tuple[Span, ...] = (("Repair: ", "strong"), (f"{'word ' * 30}{url} {'word ' * 30}", "plain"))
    lines = [Line(4, spans), Line.of(2, ""), Line(4, spans, hang=8)]
    printed = io.StringIO()
    console = Console(file=printed, force_terminal=True, width=60, color_system="standard", _environ={})
    print_rich(lines, console)
    rows = re.sub(r"\x1b\[[0-9;]*m", "", printed.getvalue()).splitlines()
    assert rows == [row for line in lines for row in line.wrapped(60)]
    assert f"    {url}" in rows
    assert max(len(row) for row in rows if url not in row) <= 60


@pytest.mark.parametrize(
    ("width", "rows"),
    [
        (None, ["    192.0.2.1:8448  one two three four five"]),
        (40, ["    192.0.2.1:8448  one two three four", "                    five"]),
        (35, ["    192.0.2.1:8448  one two three", "      four five"]),
        (5, ["    192.0.2.1:8448  one", "      two three four", "      five"]),
    ],
)
def test_what_a_line_continues_on_hangs(width: int | None, rows: list[str]) -> None:
    """The next row is indented to the second column, or by two columns if that leaves too little space."""
    line = Line(4, (("192.0.2.1:8448  ", "plain"), ("one two three four five", "bad")), hang=16)
    assert list(line.wrapped(width)) == rows


def report_to(*targets: ConnectionTarget, step: Step, delegated: str | None = None, untried: int = 0) -> CheckReport:
    name = None if delegated is None else ServerName.parse(delegated)
    resolution = Resolution(ServerName.parse("example.org"), step, name, targets, 0.0)
    evidence = Evidence(server_name=None, checked_at=0.0, resolution=resolution, untried=untried)
    return report_of(verdict=Verdict.EVERYBODY, evidence=evidence)


def target(dns_name: str | None, port: int = 8448, ip: str = "192.0.2.1") -> ConnectionTarget:
    return ConnectionTarget(ip, port, "example.org", "example.org", dns_name=dns_name)


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (
            report_to(target(None, ip="2001:db8::1"), step=Step.IP_LITERAL),
            "Other servers connect to 2001:db8::1, port 8448 (step 1: the name is an IP address).",
        ),
        (
            report_to(
                target("a.example"), target("a.example"), step=Step.DELEGATED_DEFAULT_PORT, delegated="a.example"
            ),
            (
                "Other servers connect to a.example, port 8448 "
                "(step 3.5: the well-known document delegates to a.example, which has no port and no SRV record)."
            ),
        ),
        (
            report_to(target("a.example", 1), target("b.example", 2), step=Step.SRV),
            (
                "Other servers connect to a.example, port 1, or b.example, port 2 "
                "(step 4: no valid well-known document, but SRV records)."
            ),
        ),
        (
            report_to(*(target(f"{letter}.example", 1) for letter in "abcde"), step=Step.DEPRECATED_SRV),
            (
                "Other servers connect to a.example, port 1, or b.example, port 1, or c.example, port 1, or 2 more "
                "(step 5: no valid well-known document, but SRV records at the old name)."
            ),
        ),
        (
            report_to(target("a.example"), step=Step.OVERRIDE),
            "An override of this resolver leads to a.example, port 8448.",
        ),
        (report_of(), "Other servers find no address that they can connect to."),
    ],
    ids=["address", "delegated", "two hosts", "many hosts", "override", "not resolved"],
)
def test_where_servers_go(report: CheckReport, line: str) -> None:
    assert str(report).splitlines()[1] == f"  {line}"


def test_every_step_has_its_reason() -> None:
    for step in Step:
        assert f"{step}" in str(report_to(target("a.example"), step=step))


def test_what_was_seen_at_several_addresses_is_one_line() -> None:
    """Lines with the same text are merged, and list all their places."""
    seen = (
        EvidenceLine("2001:db8::1", "gone"),
        EvidenceLine("", "example.org A: no such record"),
        EvidenceLine("192.0.2.1", "gone"),
        EvidenceLine("[2001:db8::1]:8448", "refused"),
        EvidenceLine("192.0.2.1:8448", "late"),
        EvidenceLine("192.0.2.2", "gone"),
        EvidenceLine("192.0.2.3 (www.example.org)", "lost"),
        EvidenceLine("192.0.2.4 (www.example.org)", "lost"),
        EvidenceLine("", "example.org AAAA: no such record"),
    )
    printed = str(report_of(Finding("port-refused", Severity.ERROR, "Cause.", "Mend it.", seen)))
    assert [line.removeprefix("      ") for line in printed.splitlines() if line.startswith("      ")] == [
        "2001:db8::1, 192.0.2.1, 192.0.2.2: gone",
        "example.org A: no such record",
        "[2001:db8::1]:8448: refused",
        "192.0.2.1:8448: late",
        "192.0.2.3 (www.example.org), 192.0.2.4 (www.example.org): lost",
        "example.org AAAA: no such record",
    ]


@pytest.mark.parametrize(
    ("verdicts", "summary"),
    [
        ("e", ""),
        ("en", "2 names: 1 works for everybody, 1 for nobody"),
        ("nenn", "4 names: 1 works for everybody, 3 for nobody"),
        ("ss", "2 names: 2 work for some servers only"),
        ("uu", "2 names: 2 unknown"),
        ("xun", "3 names: 1 works for nobody, 1 unknown, 1 invalid name"),
        ("xxe", "3 names: 1 works for everybody, 2 invalid names"),
    ],
)
def test_the_summary(verdicts: str, summary: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each letter in *verdicts* is a report: the first letter of its verdict, or x for an invalid name."""
    kinds = {verdict.value[0]: report_of(verdict=verdict) for verdict in Verdict}
    error = InvalidServerName("no name", code="invalid-name", server_name="x y")
    kinds["x"] = report_of(evidence=Evidence(server_name=None, checked_at=0.0, error=error))
    output = output_for(in_json=False, verbose=False)
    for letter in verdicts:
        output.show(kinds[letter])
    output.end()
    printed = capsys.readouterr().out
    assert printed.count("\n\n") == (len(verdicts) if summary else 0)
    assert not summary or printed.endswith(f"\n\n{summary}\n")


def hostile_evidence() -> Evidence:
    """Return evidence in which every text from outside contains escape sequences and markup."""
    certificate = Certificate((HOSTILE,), HOSTILE, HOSTILE, 0.0, 1e300, has_issuer_url=False, sha256=HOSTILE)
    body = json.dumps({"server": {"name": HOSTILE, "version": HOSTILE}}).encode()
    exchange = HttpExchange(f"https://{HOSTILE}/", "192.0.2.1", 200, (("Server", HOSTILE),), body)
    failed = HttpExchange(f"https://{HOSTILE}/", "192.0.2.1", trouble=ConnectionProblem("failed", HOSTILE, "http"))
    facts = KeyFacts(HOSTILE, (HOSTILE,), valid_until=0.0, unusable=(HOSTILE,), unsigned=(HOSTILE,), forged=(HOSTILE,))
    target = ConnectionTarget("192.0.2.1", 8448, "example.org", "example.org")
    return Evidence(
        server_name=None,
        checked_at=0.0,
        resolution=Resolution(ServerName.parse("example.org"), Step.DEFAULT_PORT, None, (target,), 0.0),
        dns=(DnsReply(HOSTILE, "A", (HOSTILE,), canonical_name=HOSTILE), DnsReply("a.example", "A", failure=HOSTILE)),
        well_knowns=(WellKnownProbe("192.0.2.1", "invalid", None, 0.0, HOSTILE, (exchange, failed), certificate),),
        targets=(TargetProbe(target, None, "TLSv1.3", certificate, exchange, failed, exchange, exchange, facts),),
    )


def hostile_report() -> CheckReport:
    finding = Finding(
        "port-refused", Severity.ERROR, f"Cause {HOSTILE}.", f"Mend {HOSTILE}.", (EvidenceLine("", f"seen {HOSTILE}"),)
    )
    return CheckReport(HOSTILE, Verdict.NOBODY, (finding,), hostile_evidence())


def test_what_comes_from_outside_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    output_for(in_json=False, verbose=True).show(hostile_report())
    plain = capsys.readouterr().out
    assert all(character.isprintable() for line in plain.split("\n") for character in line)
    assert plain.count("[red]\\x1b[2J\\u202e[/red]") >= 20


def test_what_comes_from_outside_is_no_markup() -> None:
    """The text in colour is the same, apart from the colours."""
    printed = in_colour(hostile_report(), verbose=True)
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    assert all(character.isprintable() for line in without_colours.split("\n") for character in line)
    assert without_colours.count("[link=https://example.net]") >= 20
    assert {*re.findall(r"\x1b\[[0-9;]*m", printed)} <= {f"\x1b[{code}m" for code in ("0", "1", "2", "1;31")}


@pytest.mark.parametrize(
    ("verdict", "severity", "status"),
    [
        (Verdict.EVERYBODY, None, 0),
        (Verdict.EVERYBODY, Severity.INFO, 0),
        (Verdict.EVERYBODY, Severity.WARNING, 3),
        (Verdict.SOME, Severity.ERROR, 1),
        (Verdict.NOBODY, Severity.ERROR, 1),
        (Verdict.NOBODY, Severity.WARNING, 1),
        (Verdict.NOBODY, None, 1),
        (Verdict.UNKNOWN, None, 3),
        (Verdict.UNKNOWN, Severity.INFO, 3),
        (Verdict.UNKNOWN, Severity.ERROR, 1),
    ],
)
def test_the_exit_status(verdict: Verdict, severity: Severity | None, status: int) -> None:
    findings = [Finding("port-refused", severity, "Cause.", "Mend it.")] if severity else []
    assert status_of(report_of(*findings, verdict=verdict)) == status


def on_a_terminal(first: str = "", **environment: str) -> str:
    """Run the command, after the code *first*, with standard output and error on a terminal; return what it prints."""
    code = (
        f"import sys; {first}\nfrom matrix_resolve.cli import main; sys.exit(main(['check', 'exa mple.org', '@a:b']))"
    )
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "60", "PYTHONWARNINGS": "error", **environment}
    subprocess.run([sys.executable, "-c", code], stdout=theirs, stderr=theirs, env=env, check=False)  # noqa: S603 - our own code
    os.close(theirs)
    printed = b""
    try:
        while chunk := os.read(ours, 65_536):
            printed += chunk
    except OSError:  # raised at the end of the output
        pass
    finally:
        os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours() -> None:
    printed = on_a_terminal()
    assert '\x1b[1m"exa mple.org"\x1b[0m\x1b[1;31m is not a valid server name\x1b[0m' in printed
    assert "checking" in printed


@pytest.mark.parametrize(
    ("first", "environment"), [("", {"NO_COLOR": "1"}), ("sys.modules['rich'] = None", {})], ids=["NO_COLOR", "no rich"]
)
def test_a_terminal_gets_plain_text(first: str, environment: dict[str, str]) -> None:
    printed = on_a_terminal(first, **environment)
    assert '"exa mple.org" is not a valid server name\n\n  error: invalid-name\n' in printed
    assert "\x1b[1;31m" not in printed
    if first:
        assert "\x1b" not in printed
        assert max(map(len, printed.splitlines())) <= 60
