"""Files that are not the table of a federation, and forked children that have a federation of their parent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matrix_resolve.testing import RemoteFederation, resolver_from_environment

VARIABLE = "MATRIX_RESOLVE_LOOPBACK"
WRONG = {
    "empty": "",
    "not an object": "[]",
    "no parts": "{}",
    "no certificate": '{"nameserver": "127.0.0.1:1", "authority": "x", "places": [], "refusing": ["127.0.0.1", 1]}',
    "places of another type": '{"nameserver": "127.0.0.1:1", "authority": "x", "places": 5, "refusing": 5}',
    "deep": "[" * 100_000,
    "a nameserver of another type": '{"nameserver": 1, "authority": "", "places": [], "refusing": ["127.0.0.1", 1]}',
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_without_a_table_is_a_runtime_error_that_names_the_variable(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "table.json"
    file.write_text(WRONG[case], encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(file))
    with pytest.raises(RuntimeError, match=VARIABLE):
        resolver_from_environment()


@pytest.mark.parametrize("case", ["empty", "not an object", "no parts", "deep"])
def test_connecting_with_such_a_file_is_a_runtime_error_that_names_it(case: str, tmp_path: Path) -> None:
    file = tmp_path / "table.json"
    file.write_text(WRONG[case], encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"table\.json"):
        RemoteFederation(str(file)).connect_to("192.0.2.1", 8448)


def test_a_file_that_is_not_utf8_is_a_runtime_error(tmp_path: Path) -> None:
    file = tmp_path / "table.json"
    file.write_bytes(b"\xff")
    with pytest.raises(RuntimeError, match=r"table\.json"):
        RemoteFederation(str(file)).connect_to("192.0.2.1", 8448)


FORKING = """
import os, pathlib, sys
from matrix_resolve.testing import LoopbackFederation
child = 1
with LoopbackFederation() as federation:
    federation.server("a.example")
    path = pathlib.Path(federation.remote().path)
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        assert path.is_file()
        assert federation.remote().resolver
assert path.exists() is not bool(child)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_that_leaves_the_block_ends_and_leaves_the_table_to_its_parent() -> None:
    ended = subprocess.run([sys.executable, "-c", FORKING], check=False, timeout=60)  # noqa: S603 - no input from outside
    assert ended.returncode == 0
