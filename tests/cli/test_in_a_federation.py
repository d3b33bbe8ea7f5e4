"""The command in a loopback federation: called as a function, and as a program that a script of a test finds first."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from matrix_resolve.cli import main
from matrix_resolve.testing import LoopbackFederation
from tests.check.homeservers import be_homeserver

PROGRAM = """#!{python}
import sys

from matrix_resolve.cli import main
from matrix_resolve.testing import resolver_from_environment

sys.exit(main(make_resolver=resolver_from_environment))
"""
Printed = pytest.CaptureFixture[str]


def set_up(federation: LoopbackFederation) -> None:
    federation.server("matrix.example.com", port=443)
    federation.well_known("example.com", "matrix.example.com:443")


def test_the_function(capsys: Printed) -> None:
    with LoopbackFederation() as federation:
        set_up(federation)
        assert main(["example.com", "--json"], make_resolver=federation.resolver) == 0
        assert json.loads(capsys.readouterr().out)["delegated"] == "matrix.example.com:443"
        assert federation.seen.urls == ["https://example.com/.well-known/matrix/server"]


def test_a_check(capsys: Printed) -> None:
    with LoopbackFederation() as federation:
        be_homeserver(federation.server("matrix.example.com", port=443), "example.com")
        federation.well_known("example.com", "matrix.example.com:443")
        assert main(["check", "example.com", "--json"], make_resolver=federation.resolver) == 0
        assert json.loads(capsys.readouterr().out)["verdict"] == "everybody"


def test_options_override_those_of_the_federation(capsys: Printed) -> None:
    with LoopbackFederation() as federation, LoopbackFederation() as other:
        set_up(federation)
        assert main(["example.com", "--nameserver", other.nameserver], make_resolver=federation.resolver) == 1
        assert "A example.com" in other.seen.questions
        assert federation.seen.questions == []
        federation.server("a.example")
        assert main(["a.example", "--json", "--allow", "10.0.0.1"], make_resolver=federation.resolver) == 1
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "address-blocked"


def test_a_script_of_the_test_uses_the_command(tmp_path: Path) -> None:
    program = tmp_path / "matrix-resolve"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o700)
    with LoopbackFederation() as federation:
        set_up(federation)
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["/bin/sh", "-c", "matrix-resolve example.com --json"],
            env={**os.environ, **federation.environment(), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["delegated"] == "matrix.example.com:443"
        assert federation.seen.urls == ["https://example.com/.well-known/matrix/server"]
