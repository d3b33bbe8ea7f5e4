"""Each member of a public ``Literal`` is used by the code and listed in the reference. Type checkers refuse what is not a member."""

import ast
import re
from pathlib import Path
from types import ModuleType
from typing import Literal, get_args, get_origin

import pytest

import matrix_resolve
import matrix_resolve.check
import matrix_resolve.testing
from matrix_resolve import TargetFailureCode, TraceErrorCode, TraceKind
from matrix_resolve.check import CheckLimit, LeftOutKind, ProblemPhase, WellKnownReason

from .pages import DOCS


def literals_in(*names: str) -> set[object]:
    """Return the strings in the given files of the package."""
    files = [Path(matrix_resolve.__file__).parent / name for name in names]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    aliases = [
        node for node in nodes if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"
    ]
    within = {id(each) for alias in aliases for each in ast.walk(alias)}
    return {node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in within}


def test_errors_lists_every_code_of_a_failed_target() -> None:
    section = (DOCS / "reference" / "errors.md").read_text().partition("## Connecting")[2]
    listed = {
        code for line in re.findall(r"^\* (`.*?):", section, re.MULTILINE) for code in re.findall(r"`(.+?)`", line)
    }
    assert listed == {*get_args(TargetFailureCode)}
    assert {*get_args(TargetFailureCode)} <= literals_in("_connect/errors.py")


@pytest.mark.parametrize(
    ("codes", "files"),
    [
        (TraceErrorCode, ["_dns/trace_records.py", "_well_known/trace_records.py"]),
        (TraceKind, ["_dns/trace_records.py", "_well_known/trace_records.py", "_engine/resolution.py", "_notes.py", "applied_overrides.py"]),
        (ProblemPhase, ["check/_probes/tls.py", "check/_probes/http.py"]),
        (WellKnownReason, ["check/resolver_facts.py"]),
        (LeftOutKind, ["check/_probes/recording_dns.py", "check/_probes/well_known.py", "check/_probes/collector.py"]),
        (CheckLimit, ["check/_probes/recording_dns.py", "check/_probes/well_known.py", "check/_probes/collector.py"]),
    ],
)  # fmt: skip
def test_every_member_is_used_where_the_values_are_made(codes: object, files: list[str]) -> None:
    assert {*get_args(codes)} <= literals_in(*files)


def test_types_lists_every_member() -> None:
    """The long lists have pages of their own."""
    listed = {name: set(re.findall(r'`"([^"`]*)"`', cell)) for name, cell in all_rows("types.md")}
    aliases = {
        name: value
        for module in (matrix_resolve, matrix_resolve.check, matrix_resolve.testing)
        for name, value in public(module)
        if get_origin(value) is Literal
    }
    short = {name: value for name, value in aliases.items() if len(get_args(value)) < 9}
    assert {name: listed[name] for name in short} == {name: set(get_args(value)) for name, value in short.items()}
    assert [name for name in aliases if name not in listed] == []


def public(module: ModuleType) -> list[tuple[str, object]]:
    return [(name, getattr(module, name)) for name in module.__all__]


def all_rows(page: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| `(\w+)` \| (.+) \|$", (DOCS / "reference" / page).read_text(), re.MULTILINE)
