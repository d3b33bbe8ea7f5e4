"""The documents: their Python runs, their links lead somewhere, and their lists hold what the source holds.

Blocks of one page share a namespace, in which `resolver` is the resolver on fakes of `examples/resolve_once.py`. A ``main`` that a block
defines is run on it, too, and a ``test_...`` in a loopback federation. A ``text`` block right after a ``python`` block is what that prints.
"""

import ast
import asyncio
import contextlib
import inspect
import io
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CoroutineType
from typing import Any, cast

import attrs
import pytest

import matrix_resolve
import matrix_resolve.publish
import matrix_resolve.setup
import matrix_resolve.testing
from matrix_resolve import (
    AiodnsBackend,
    AiohttpBackend,
    MemoryCache,
    NameOutcome,
    RedisCache,
    ResolveError,
    ResolverPolicy,
    ResolverStats,
    ServerNameResolver,
    SqliteCache,
    Step,
)
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.cli import main as command
from matrix_resolve.publish import Delegation
from matrix_resolve.setup import Plan, Site, plan_setup, setup_files
from matrix_resolve.setup.files import PROXIES
from matrix_resolve.testing import LoopbackFederation, LoopbackServer, Reply, Zone

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]
SOURCE = [ast.parse(file.read_text()) for file in sorted(Path(matrix_resolve.__file__).parent.rglob("*.py"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_ROW = re.compile(r"^\| `([^`]+)` \|(?: `([^`]*)` \|)?", re.MULTILINE)
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_MILLISECONDS = re.compile(r"\d+ ms")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Give the fenced blocks of a page as (language, content) pairs."""
    return _FENCE.findall(page.read_text())


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


WITH_PYTHON = [page for page in PAGES if any(language == "python" for language, _ in blocks(page))]
example: Callable[[], ServerNameResolver] = runpy.run_path(str(ROOT / "examples" / "resolve_once.py"))[
    "resolver_on_fakes"
]


async def execute(block: str, namespace: dict[str, object]) -> str:
    """Run a block, and the ``main`` that it defines, and give what they print."""
    printed = io.StringIO()
    namespace.pop("main", None)
    with contextlib.redirect_stdout(printed):
        code = compile(block, "block", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running: object = eval(code, namespace)  # noqa: S307 - our own documents
        if isinstance(running, CoroutineType):
            await cast("CoroutineType[Any, Any, None]", running)
        main = namespace.get("main")
        if inspect.iscoroutinefunction(main):
            namespace["ServerNameResolver"] = example
            await main()
        for name in [name for name in namespace if name.startswith("test_")]:
            await run_test(namespace.pop(name))
    return printed.getvalue()


async def run_test(test: object) -> None:
    """Run a test function of a page as pytest would, with the fixture ``matrix_federation``."""
    with LoopbackFederation() as federation:
        if inspect.iscoroutinefunction(test):
            await test(federation)
        elif callable(test):
            await asyncio.to_thread(test, federation)


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
async def test_python_runs_and_prints_what_the_page_says(page: Path) -> None:
    found = blocks(page)
    async with example() as resolver:
        namespace: dict[str, object] = {"__name__": "page", "resolver": resolver}
        for (language, content), (next_language, expected) in zip(found, [*found[1:], ("", "")], strict=True):
            if language == "python":
                printed = await execute(content, namespace)
                if next_language == "text":
                    assert _MILLISECONDS.sub("0 ms", printed) == _MILLISECONDS.sub("0 ms", expected), content


def test_the_readme_shows_what_the_demo_prints() -> None:
    """All but the lines left out, for which there are three dots."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "matrix_resolve", "demo"], capture_output=True, text=True, check=True
    )
    shown = next(content for _, content in blocks(ROOT / "README.md") if content.startswith("$ matrix-resolve demo\n"))
    assert_shown(_PORT.sub("PORT", shown), _PORT.sub("PORT", done.stdout))
    assert done.stderr == ""


def assert_shown(block: str, printed: str) -> None:
    """Check a block of a command and what it prints."""
    _, _, shown = block.partition("\n")
    parts = [re.escape(part) for part in shown.split("...\n")]
    assert re.fullmatch(".*".join(parts), printed, re.DOTALL), printed


def test_the_page_of_a_setup_shows_what_the_command_prints(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = DOCS / "how-to" / "set-up-a-domain.md"
    (shown,) = [content for _, content in blocks(page) if content.startswith("$ ")]
    line, _, _ = shown.partition("\n")
    assert command(shlex.split(line.removeprefix("$ matrix-resolve "))) == 0
    assert_shown(shown, capsys.readouterr().out)


@pytest.mark.parametrize("proxy", PROXIES)
def test_the_page_of_each_proxy_holds_what_setup_writes(proxy: str) -> None:
    file, _ = PROXIES[proxy]
    written = setup_files(plan_setup("example.com", at="matrix.example.com"))[file]
    assert (proxy, written) in blocks(DOCS / "how-to" / f"proxy-{proxy}.md")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    text = _FENCE.sub("", page.read_text())
    targets = [link for link in _LINK.findall(text) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_the_security_page_names_tests_that_are_there() -> None:
    named = re.findall(r"`((?:\w+/)*\w+\.py)`", (DOCS / "explanation" / "security.md").read_text())
    assert len(named) > 10
    assert [
        file for file in named if not (ROOT / "tests" / file).exists() and not (ROOT / "examples" / file).exists()
    ] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    linked = {(DOCS / link).resolve() for link in _LINK.findall((DOCS / "index.md").read_text()) if "://" not in link}
    assert set(DOCS.rglob("*.md")) - {DOCS / "index.md"} <= linked


def rows(page: str) -> dict[str, str]:
    """Give the first two cells of each table row that begins with code: the second is empty if it is no code."""
    return dict(_ROW.findall((DOCS / "reference" / page).read_text()))


def test_policy_lists_every_field_with_its_default() -> None:
    assert rows("policy.md") == {field.name: repr(field.default) for field in attrs.fields(ResolverPolicy)}


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
    """Give all codes that are passed as ``code=``, those of a parameter's default, and those of trace errors."""
    passed = {
        keyword.value.value
        for call in calls()
        for keyword in call.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant) and keyword.value.value
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
    return {str(code) for code in passed | defaults | traced}


def test_errors_lists_every_class_and_code() -> None:
    assert set(rows("errors.md")) == {*errors_below(ResolveError), *raised_codes()}


def warning_codes() -> Iterator[str]:
    """Give the first argument of each ``warn()``; that of the well-known's is computed from a table beside it."""
    for call in calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr == "warn":
            code = call.args[0]
            if isinstance(code, ast.Constant):
                yield str(code.value)
            else:
                assert ast.unparse(code) == "f'well-known-{_WARNINGS[reading.outcome]}'"
                yield from (f"well-known-{kind}" for kind in computed_kinds())


def computed_kinds() -> list[str]:
    for tree in SOURCE:
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node).startswith("_WARNINGS = {"):
                table: dict[str, str] = ast.literal_eval(node.value)
                return list(table.values())
    raise AssertionError("the table of computed warning codes is gone")


def test_warnings_lists_every_code() -> None:
    assert set(rows("warnings.md")) == set(warning_codes())


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


@pytest.mark.parametrize("kind", [LoopbackFederation, LoopbackServer, Reply, Zone])
def test_testing_lists_every_method_and_field(kind: type[object]) -> None:
    listed = set(re.findall(r"`(\w+)`", (DOCS / "reference" / "testing.md").read_text()))
    fields = {field.name for field in attrs.fields(kind)} if attrs.has(kind) else set[str]()
    assert listed >= fields | {name for name in vars(kind) if not name.startswith("_")} - {
        "json",
        "answer",
        "is_named",
        "ssl_context",
    }


def test_every_public_name_is_in_the_reference() -> None:
    pages = "".join(page.read_text() for page in (DOCS / "reference").glob("*.md"))
    modules = [matrix_resolve, matrix_resolve.testing, matrix_resolve.publish, matrix_resolve.setup]
    public = [name for module in modules for name in module.__all__]
    assert [name for name in public if f"`{name}" not in pages] == []


def tables(page: str) -> dict[str, dict[str, str]]:
    """Give the `rows` of each section by its heading, without the marks around code."""
    _, *sections = re.split(r"^#+ (.+)$", (DOCS / "reference" / page).read_text(), flags=re.MULTILINE)
    headings = (heading.replace("`", "") for heading in sections[::2])
    return {heading: dict(_ROW.findall(text)) for heading, text in zip(headings, sections[1::2], strict=True)}


@pytest.mark.parametrize("kind", [NameOutcome, ResolverStats])
def test_resolver_lists_every_attribute(kind: type[object]) -> None:
    assert set(tables("resolver.md")[kind.__name__]) == {name for name in dir(kind) if not name.startswith("_")}


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
