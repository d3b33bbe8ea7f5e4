"""What ``matrix-resolve check`` prints of a report: in colour and without, on terminals, and with everything from outside escaped."""

import io
import json
import os
import pty
import re
import subprocess
import sys

import pytest
from rich.console import Console

from matrix_resolve import Resolution, ServerName, Step
from matrix_resolve.check import (
    Certificate,
    CheckReport,
    DnsReply,
    Evidence,
    Finding,
    HttpExchange,
    KeyFacts,
    Severity,
    TargetProbe,
    Trouble,
    Verdict,
    WellKnownProbe,
)
from matrix_resolve.commands.check_page import Line
from matrix_resolve.commands.check_report import report_lines
from matrix_resolve.commands.check_rich import print_rich
from matrix_resolve.commands.check_run import output_for, status_of
from matrix_resolve.values import ConnectionTarget

HOSTILE = "[red]\x1b[2J\u202e[/red][link=https://example.net]"


def in_colour(report: CheckReport, *, verbose: bool = False) -> str:
    printed = io.StringIO()
    console = Console(file=printed, force_terminal=True, width=100, color_system="standard", _environ={})
    print_rich(report_lines(report, verbose=verbose), console)
    return printed.getvalue()


def report_of(*findings: Finding, verdict: Verdict = Verdict.NOBODY, evidence: Evidence | None = None) -> CheckReport:
    return CheckReport("example.org", verdict, findings, evidence or Evidence(server_name=None, checked_at=0.0))


def test_severities_have_colours() -> None:
    findings = [Finding(f"a-{severity}", severity, "Cause.", "Mend it.", ("seen",)) for severity in Severity]
    printed = in_colour(report_of(*findings))
    assert "\x1b[1mexample.org\x1b[0m: \x1b[1;31mworks for nobody\x1b[0m" in printed
    assert "  \x1b[1;31merror\x1b[0m\x1b[1m: a-error\x1b[0m" in printed
    assert "  \x1b[1;33mwarning\x1b[0m\x1b[1m: a-warning\x1b[0m" in printed
    assert "  \x1b[1;34minfo\x1b[0m\x1b[1m: a-info\x1b[0m" in printed
    assert "    \x1b[1mRepair: \x1b[0mMend it." in printed


def test_colours_change_no_column() -> None:
    """Text breaks between words, and what is longer than a row stays whole, so that it can be copied."""
    url = f"https://example.org/{'a' * 100}"
    lines = [Line(4, (("Repair: ", "strong"), (f"{'word ' * 30}{url} {'word ' * 30}", "plain"))), Line.of(2, "")]
    printed = io.StringIO()
    console = Console(file=printed, force_terminal=True, width=60, color_system="standard", _environ={})
    print_rich(lines, console)
    rows = re.sub(r"\x1b\[[0-9;]*m", "", printed.getvalue()).splitlines()
    assert rows == [row for line in lines for row in line.wrapped(60)]
    assert f"    {url}" in rows
    assert max(len(row) for row in rows if url not in row) <= 60


def hostile_evidence() -> Evidence:
    """Evidence of which every text from outside wants to do something to the terminal."""
    certificate = Certificate((HOSTILE,), HOSTILE, HOSTILE, 0.0, 1e300, has_issuer_url=False, sha256=HOSTILE)
    body = json.dumps({"server": {"name": HOSTILE, "version": HOSTILE}}).encode()
    exchange = HttpExchange(f"https://{HOSTILE}/", "192.0.2.1", 200, (("Server", HOSTILE),), body)
    failed = HttpExchange(f"https://{HOSTILE}/", "192.0.2.1", trouble=Trouble("failed", HOSTILE, "http"))
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
    finding = Finding("a-code", Severity.ERROR, f"Cause {HOSTILE}.", f"Mend {HOSTILE}.", (f"seen {HOSTILE}",))
    return CheckReport(HOSTILE, Verdict.NOBODY, (finding,), hostile_evidence())


def test_what_comes_from_outside_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    output_for(in_json=False, verbose=True)(hostile_report())
    plain = capsys.readouterr().out
    assert all(character.isprintable() for line in plain.split("\n") for character in line)
    assert plain.count("[red]\\x1b[2J\\u202e[/red]") >= 20


def test_what_comes_from_outside_is_no_markup() -> None:
    """In colour the same is printed, but for the colours."""
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
    ],
)
def test_the_exit_status(verdict: Verdict, severity: Severity | None, status: int) -> None:
    findings = [Finding("a-code", severity, "Cause.", "Mend it.")] if severity else []
    assert status_of(report_of(*findings, verdict=verdict)) == status


def on_a_terminal(first: str = "", **environment: str) -> str:
    """Give what the command prints where the standard output and error are a terminal, after some code."""
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
    except OSError:  # all was read
        pass
    finally:
        os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours() -> None:
    printed = on_a_terminal()
    assert "\x1b[1mexa mple.org\x1b[0m: \x1b[1;31mworks for nobody\x1b[0m" in printed
    assert "checking" in printed


@pytest.mark.parametrize(
    ("first", "environment"), [("", {"NO_COLOR": "1"}), ("sys.modules['rich'] = None", {})], ids=["NO_COLOR", "no rich"]
)
def test_a_terminal_gets_plain_text(first: str, environment: dict[str, str]) -> None:
    printed = on_a_terminal(first, **environment)
    assert "exa mple.org: works for nobody\n  not found: invalid-name\n" in printed
    assert "\x1b[1;31m" not in printed
    if first:
        assert "\x1b" not in printed
        assert max(map(len, printed.splitlines())) <= 60
