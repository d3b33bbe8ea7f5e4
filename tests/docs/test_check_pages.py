"""The pages about checks: their output, their lists and their commands are right."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import matrix_resolve.check
from matrix_resolve.check import (
    SEVERITIES,
    Certificate,
    CheckReport,
    ConnectionProblem,
    DnsReply,
    Evidence,
    Finding,
    HttpExchange,
    KeyFacts,
    LeftOut,
    Severity,
    TargetProbe,
    WellKnownProbe,
)
from matrix_resolve.cli.check_output import output_for
from matrix_resolve.cli.check_run import run_checks
from matrix_resolve.testing import LoopbackFederation, Reply
from tests.check.homeservers import be_homeserver

from .pages import DOCS

HOW_TO = (DOCS / "how-to" / "check-a-domain.md").read_text()
REFERENCE = (DOCS / "reference" / "check.md").read_text()
TYPES = (DOCS / "reference" / "types.md").read_text()
VALUES = [
    CheckReport,
    Finding,
    Evidence,
    DnsReply,
    WellKnownProbe,
    HttpExchange,
    TargetProbe,
    Certificate,
    KeyFacts,
    LeftOut,
]
STATUSES = re.findall(r"^\| `(\d+)` \| (.+) \|$", REFERENCE, re.MULTILINE)
SHELL = re.findall(r"^```sh\n(.*?)^```$", HOW_TO, re.MULTILINE | re.DOTALL)


def set_up(federation: LoopbackFederation) -> None:
    """Add a domain that works, and one whose web site answers every path, so that its homeserver is not found."""
    page = Reply(headers={"Content-Type": "text/html"}, body=b"<!doctype html><title>Welcome</title>")
    federation.server("example.org", port=443).reply("/*", page)
    federation.well_known("example.net", "matrix.example.net:443")
    server = be_homeserver(federation.server("matrix.example.net", port=443), "example.net")
    software = {"server": {"name": "Synapse", "version": "1.120.0"}}
    server.reply("/_matrix/federation/v1/version", Reply.json(software))


@pytest.fixture
def federation() -> Iterator[LoopbackFederation]:
    with LoopbackFederation() as federation:
        set_up(federation)
        yield federation


async def test_the_page_shows_what_is_printed(
    federation: LoopbackFederation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    command, shown = next(re.finditer(r"^```console\n\$ (.+)\n((?:.*\n)*?)```$", HOW_TO, re.MULTILINE)).groups()
    names = shlex.split(command)[2:]
    assert await run_checks(federation.resolver(), names, output_for(in_json=False, verbose=False), timeout=60) == 1
    assert capsys.readouterr().out == shown


def test_every_finding_is_listed_with_its_severity() -> None:
    page = (DOCS / "reference" / "findings.md").read_text()
    listed = re.findall(r"^\| `([a-z0-9-]+)` \| (\w+) \| \S", page, re.MULTILINE)
    assert dict(listed) == dict(SEVERITIES)
    assert len(listed) == len(SEVERITIES)
    assert re.findall(r"^\| (\w+) \| .+ \| `\d` \|$", page, re.MULTILINE) == list(Severity)


@pytest.mark.parametrize("kind", [*VALUES, ConnectionProblem])
def test_every_attribute_is_listed(kind: type[attrs.AttrsInstance]) -> None:
    section = REFERENCE.partition(f"## `{kind.__name__}`\n")[2].partition("\n## ")[0]
    fields = {field.name for field in attrs.fields(kind)}
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == fields | {
        name for name in vars(kind) if not name.startswith("_")
    }


def test_every_name_is_in_the_reference() -> None:
    assert [name for name in matrix_resolve.check.__all__ if f"`{name}`" not in REFERENCE + TYPES] == []


def test_the_how_to_has_the_exit_statuses_of_the_reference() -> None:
    assert [status for status, _ in STATUSES] == ["0", "1", "2", "3", "130"]
    assert [status for status, _ in re.findall(r"^\| `(\d+)` \| (.+) \|$", HOW_TO, re.MULTILINE)] == [
        status for status, _ in STATUSES
    ]


@pytest.mark.parametrize("status", [0, 1, 2, 3, 130])
@pytest.mark.parametrize(
    ("number", "ends"),
    [
        (0, {0: (0, False), 1: (0, True), 2: (0, True), 3: (0, True), 130: (0, True)}),
        (1, {0: (0, True), 1: (1, True), 2: (1, True), 3: (0, True), 130: (1, True)}),
        (2, {0: (0, True), 1: (2, True), 2: (3, True), 3: (1, True), 130: (3, True)}),
    ],
    ids=["cron", "CI", "plugin"],
)
def test_what_scripts_make_of_the_exit_status(
    tmp_path: Path, status: int, number: int, ends: dict[int, tuple[int, bool]]
) -> None:
    """The command is replaced with one that only prints and ends."""
    (stand_in := tmp_path / "matrix-resolve").write_text(f"#!/bin/sh\necho report\nexit {status}\n")
    stand_in.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["/bin/sh", "-c", SHELL[number]], env=env, capture_output=True, text=True, check=False)  # noqa: S603 - a command of the documentation
    assert (done.returncode, done.stdout == "report\n") == ends[status]


def pipe(command: str, text: str) -> str:
    return subprocess.run(shlex.split(command), input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603 - a command of the documentation


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not there")
async def test_what_jq_makes_of_the_json(federation: LoopbackFederation, capsys: pytest.CaptureFixture[str]) -> None:
    show = output_for(in_json=True, verbose=False)
    await run_checks(federation.resolver(), ["example.org", "example.net"], show, timeout=60)
    printed = capsys.readouterr().out
    findings, ends = [pipe(command, printed) for command in re.findall(r"--json .+ \| (jq .+)", HOW_TO)]
    assert "example.org\terror\twell-known-html\n" in findings
    assert ends == "null\n32503680000\n"
