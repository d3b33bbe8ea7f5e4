"""The code blocks of the documentation: the Python code runs, and commands print what the pages show.

The blocks of one page share a namespace. In it, `resolver` is the resolver on fakes of `examples/resolve_once.py`. If a
block defines a ``main``, it runs on that resolver; a ``test_...`` function runs in a loopback federation. A ``text``
block after a ``python`` block is the output of that block.
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
from collections.abc import Callable
from pathlib import Path
from types import CoroutineType
from typing import Any, cast

import pytest

from matrix_resolve import ServerNameResolver
from matrix_resolve.cli import main as command
from matrix_resolve.setup import plan_setup, setup_files
from matrix_resolve.setup.files import PROXIES
from matrix_resolve.testing import LoopbackFederation

from .pages import DOCS, PAGES, ROOT, blocks, name_of

_PORT = re.compile(r"127\.0\.0\.1:\d+")
_MILLISECONDS = re.compile(r"\d+ ms")
WITH_PYTHON = [page for page in PAGES if any(language == "python" for language, _ in blocks(page))]
example: Callable[[], ServerNameResolver] = runpy.run_path(str(ROOT / "examples" / "resolve_once.py"))[
    "resolver_on_fakes"
]


async def execute(block: str, namespace: dict[str, object]) -> str:
    """Run a block and the ``main`` that it defines, and return what they print."""
    printed = io.StringIO()
    namespace.pop("main", None)
    with contextlib.redirect_stdout(printed):
        code = compile(block, "block", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running: object = eval(code, namespace)  # noqa: S307 - code of the documentation
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
    """Run a test function of a page as pytest would, with the fixture ``matrix_federation`` if it has a parameter."""
    if not callable(test):
        return
    with LoopbackFederation() as federation:
        arguments = [federation] if inspect.signature(test).parameters else []
        if inspect.iscoroutinefunction(test):
            await test(*arguments)
        else:
            await asyncio.to_thread(test, *arguments)


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
    """All lines are compared except those for which the page has three dots."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "matrix_resolve", "demo"], capture_output=True, text=True, check=True
    )
    shown = next(content for _, content in blocks(ROOT / "README.md") if content.startswith("$ matrix-resolve demo\n"))
    assert_shown(_PORT.sub("PORT", shown), _PORT.sub("PORT", done.stdout))
    assert done.stderr == ""


def assert_shown(block: str, printed: str) -> None:
    """Check a block that shows a command and its output."""
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
