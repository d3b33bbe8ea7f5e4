"""The lists of the reference match the source code."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import attrs
import pytest

import matrix_resolve
import matrix_resolve.publish
import matrix_resolve.setup
import matrix_resolve.testing
from matrix_resolve import (
    AiodnsBackend,
    AiohttpBackend,
    ConnectFailed,
    ErrorCode,
    FederationError,
    LimitCode,
    MemoryCache,
    RedisCache,
    Resolved,
    ResolveError,
    ResolverPolicy,
    ResolverStats,
    ServerNameResolver,
    SqliteCache,
    Step,
    Unresolved,
    WarningCode,
)
from matrix_resolve._notes import TRACE_CUT, WARNINGS_CUT
from matrix_resolve._policy_rules import RULES
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.cli import main as command
from matrix_resolve.publish import Delegation
from matrix_resolve.reasons import LimitWarning
from matrix_resolve.setup import Plan, Site, plan_setup
from matrix_resolve.testing import LoopbackFederation, LoopbackServer, RemoteFederation, Reply, SigningKey, Zone
from matrix_resolve.trace import TraceErrorCode

from .pages import DOCS, rows, tables

SOURCE = [ast.parse(file.read_text()) for file in sorted(Path(matrix_resolve.__file__).parent.rglob("*.py"))]


def test_policy_lists_every_field_with_its_default_and_range() -> None:
    page = (DOCS / "reference" / "policy.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \| `([^`]*)` \| (.+?) \|", page, re.MULTILINE)
    fields = attrs.fields(ResolverPolicy)
    assert sorted(listed) == sorted((field.name, repr(field.default), RULES[field.name].range) for field in fields)


def errors_below(kind: type[ResolveError]) -> Iterator[str]:
    yield kind.__name__
    for child in kind.__subclasses__():
        yield from errors_below(child)


def calls() -> Iterator[ast.Call]:
    for tree in SOURCE:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield node


def raised_codes() -> set[str]:
    """Return all codes that are passed as ``code=``, the defaults of such parameters, and those of trace errors."""
    passed = {
        keyword.value.value
        for call in calls()
        for keyword in call.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant) and keyword.value.value
        if ast.unparse(call.func) != "attrs.evolve"  # of a reason, which is no error
    }
    defaults = {
        default.value
        for tree in SOURCE
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if argument.arg == "code" and isinstance(default, ast.Constant)
    }
    traced = {
        call.args[1].value
        for call in calls()
        if isinstance(call.func, ast.Name) and call.func.id == "TraceError" and isinstance(call.args[1], ast.Constant)
    }
    assert traced == set(get_args(TraceErrorCode))
    return {str(code) for code in passed | defaults}


RESPONSE_CODES = {code for code in get_args(ErrorCode) if code.startswith("response-")}
"""The codes of `UnusableResponse`. Each is provoked in tests/resolver/test_error_facts.py."""


def test_errors_lists_every_class_and_code() -> None:
    codes = set(get_args(ErrorCode))
    assert codes == raised_codes() | {ConnectFailed.code} | RESPONSE_CODES
    assert set(rows("errors.md")) == {FederationError.__name__, *errors_below(ResolveError), *codes}


def warning_codes() -> Iterator[str]:
    """Yield the codes of all warnings: the first argument of ``warn()`` and ``note_cut()``, and those of the notes themselves.

    The codes about the well-known document come from a table.
    """
    yield from (TRACE_CUT, WARNINGS_CUT)
    for call in calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"warn", "_warn", "note_cut"}:
            if ast.unparse(call.func.value).endswith("_log"):  # a ThrottledLog has no codes
                continue
            code = call.args[0]
            if isinstance(code, ast.Constant):
                yield str(code.value)
            elif ast.unparse(code) != "code":  # what a helper passes on
                assert ast.unparse(code) == "_WARNINGS[current.outcome]"
                yield from codes_in_the_table()


def codes_in_the_table() -> list[str]:
    for tree in SOURCE:
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_WARNINGS" and node.value is not None:
                table: dict[str, str] = ast.literal_eval(node.value)
                return list(table.values())
    raise AssertionError("the table of warning codes is gone")


def cut_codes() -> Iterator[str]:
    """Yield the codes under which a limit counts what it has cut off: ``cut["..."]``."""
    for tree in SOURCE:
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith(".cut"):
                yield from (str(part.value) for part in ast.walk(node.slice) if isinstance(part, ast.Constant))


def test_warnings_lists_every_code() -> None:
    """The type checkers refuse a code that is not a member; this finds members that no code emits."""
    assert set(rows("warnings.md")) == {*get_args(WarningCode), *get_args(LimitCode)}
    assert {*warning_codes()} == {*get_args(WarningCode)}
    assert {*cut_codes(), *get_args(LimitWarning)} == {*get_args(LimitCode)}


def test_steps_lists_every_step() -> None:
    assert set(rows("steps.md")) == {step.value for step in Step}


def test_resolver_lists_every_argument_and_method() -> None:
    arguments = set(inspect.signature(ServerNameResolver).parameters)
    methods = {name for name in vars(ServerNameResolver) if not name.startswith("_")}
    assert set(rows("resolver.md")) >= arguments | methods


@pytest.mark.parametrize(
    "backend", [AiodnsBackend, DnspythonBackend, AiohttpBackend, MemoryCache, RedisCache, SqliteCache]
)
def test_resolver_lists_the_arguments_of_each_backend(backend: type[object]) -> None:
    listed = rows("resolver.md")[backend.__name__]
    assert re.findall(r"(\w+)=", listed) == list(inspect.signature(backend).parameters)


@pytest.mark.parametrize("kind", [LoopbackFederation, LoopbackServer, RemoteFederation, Reply, SigningKey, Zone])
def test_testing_lists_every_method_and_field(kind: type[object]) -> None:
    listed = set(re.findall(r"`(\w+)`", (DOCS / "reference" / "testing.md").read_text()))
    fields = {field.name for field in attrs.fields(kind)} if attrs.has(kind) else set[str]()
    assert listed >= fields | {name for name in vars(kind) if not name.startswith("_")} - {
        "json",
        "answer",
        "is_named",
        "ssl_context",
    }


def kinds_of_arguments(function: Callable[..., object]) -> list[tuple[str, bool]]:
    """Return each argument, and whether it is keyword-only."""
    parameters = inspect.signature(function).parameters.values()
    return [(each.name, each.kind is each.KEYWORD_ONLY) for each in parameters if each.name != "self"]


def kinds_in(shown: str) -> list[tuple[str, bool]]:
    """Return the same for arguments as a page shows them."""
    (function,) = [node for node in ast.walk(ast.parse(f"lambda {shown}: 0")) if isinstance(node, ast.arguments)]
    rests = [[] if rest is None else [rest] for rest in (function.vararg, function.kwarg)]
    positional, named = [*function.args, *rests[0]], function.kwonlyargs
    return [(each.arg, each in named) for each in (*positional, *named, *rests[1])]


@pytest.mark.parametrize("kind", [LoopbackFederation, LoopbackServer, SigningKey, Zone])
def test_testing_gives_every_signature(kind: type[object]) -> None:
    """Signatures are shown as they are called, with the star before keyword-only arguments."""
    page = (DOCS / "reference" / "testing.md").read_text()
    section = re.split(rf"^## `{kind.__name__}\b.*$", page, flags=re.MULTILINE)[1].partition("\n## ")[0]
    shown = dict(re.findall(r"^\| `\w+` \| `(\w+)\((.*?)\)`", section, re.MULTILINE))
    assert shown
    assert {name: kinds_in(arguments) for name, arguments in shown.items()} == {
        name: kinds_of_arguments(vars(kind)[name]) for name in shown
    }


def test_every_public_name_is_in_the_reference() -> None:
    pages = "".join(page.read_text() for page in (DOCS / "reference").glob("*.md"))
    modules = [matrix_resolve, matrix_resolve.testing, matrix_resolve.publish, matrix_resolve.setup]
    public = [name for module in modules for name in module.__all__]
    assert [name for name in public if f"`{name}" not in pages] == []


def test_resolver_lists_every_attribute_of_the_statistics() -> None:
    assert set(tables("resolver.md")["ResolverStats"]) == {
        name for name in dir(ResolverStats) if not name.startswith("_")
    }


@pytest.mark.parametrize("kind", [Resolved, Unresolved])
def test_resolver_lists_every_attribute_of_an_outcome(kind: type[object]) -> None:
    assert tables("resolver.md")["Outcome"][kind.__name__] is not None
    fields = {name for name in dir(kind) if not name.startswith("_")}
    (row,) = re.findall(
        rf"^\| `{kind.__name__}` \| (.+)$", (DOCS / "reference" / "resolver.md").read_text(), re.MULTILINE
    )
    assert set(re.findall(r"`([a-z_]+)`", row)) == fields


@pytest.mark.parametrize("kind", [Delegation, Plan, Site])
def test_publish_lists_every_attribute(kind: type[object]) -> None:
    assert set(tables("publish.md")[kind.__name__]) == {name for name in dir(kind) if not name.startswith("_")}


def test_publish_lists_every_argument_of_a_plan_with_its_default() -> None:
    defaults = {
        name: "" if parameter.default is parameter.empty else repr(parameter.default)
        for name, parameter in inspect.signature(plan_setup).parameters.items()
    }
    assert tables("publish.md")["plan_setup"] == defaults


@pytest.mark.parametrize(
    ("heading", "arguments"),
    [
        ("The command line", []),
        *((f"matrix-resolve {name}", [name]) for name in ("resolve", "check", "setup", "serve", "demo")),
    ],
)
def test_command_line_lists_every_option(
    heading: str, arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit):
        command([*arguments, "--help"])
    options = set(re.findall(r"(?<=^  )--[a-z-]+", capsys.readouterr().out, re.MULTILINE))
    listed = tables("command-line.md")[heading]
    assert {option.split(" ")[0] for option in listed if option.startswith("--")} == options


def test_command_line_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command(["--help"])
    commands = re.findall(r"^    (\w+)  ", capsys.readouterr().out, re.MULTILINE)
    headings = {heading.removeprefix("matrix-resolve ") for heading in tables("command-line.md")}
    assert headings == {"The command line", *commands}
