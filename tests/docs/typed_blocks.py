"""Check the types of the documentation's Python blocks: ``python -m tests.docs.typed_blocks`` runs mypy and pyright in strict mode.

The blocks of a page become one module, in which `resolver` is a `ServerNameResolver`, as when `test_blocks` runs them. A
block that uses ``await`` outside a function becomes the body of a coroutine function, together with the blocks after it.
"""

import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .pages import PAGES, ROOT, blocks, name_of

_HEADER = "from matrix_resolve import ServerNameResolver\n\nresolver = ServerNameResolver()\n"
_MAIN = re.compile(r"\bmain\(")
_SETTINGS = """
[tool.mypy]
strict = true
python_version = "3.11"

[tool.pyright]
typeCheckingMode = "strict"
pythonVersion = "3.11"
# Several blocks of a page may begin with the same import, so that each can be copied alone. What stands at the top of a
# block may be inside of a function here, where it would be unused.
reportDuplicateImport = false
reportUnusedFunction = false
reportUnusedVariable = false
"""


def awaits(block: str) -> bool:
    """Return whether *block* uses ``await``, ``async for`` or ``async with`` outside a function."""
    nodes: list[ast.AST] = [*ast.parse(block).body]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            nodes += ast.iter_child_nodes(node)
    return False


def module_of(page: Path) -> str:
    """Return the Python blocks of a page as one module."""
    lines, is_inside = [_HEADER], False
    for number, (language, content) in enumerate(blocks(page)):
        if language != "python":
            continue
        block = _MAIN.sub(f"main_{number}(", content)  # each block may have a `main` of its own
        if awaits(block) and not is_inside:
            is_inside = True
            lines.append("async def on_this_page() -> None:\n")
        lines += ["    " * is_inside + line if line.strip() else line for line in block.splitlines(keepends=True)]
    return "".join(lines)


def write_modules(folder: Path, pages: Iterable[Path] = PAGES) -> list[Path]:
    """Write a module for each page with Python blocks into *folder*, and the settings of the type checkers."""
    (folder / "pyproject.toml").write_text(_SETTINGS)
    written: list[Path] = []
    for page in pages:
        if any(language == "python" for language, _ in blocks(page)):
            name = name_of(page).removesuffix(".md").replace("/", "_").replace("-", "_").lower()
            written.append(folder / f"{name}.py")
            written[-1].write_text(module_of(page))
    return written


def main() -> int:
    """Print what the type checkers find, and return the exit status."""
    with tempfile.TemporaryDirectory(prefix="typed-blocks-") as name:
        folder = Path(name)
        files = [file.name for file in write_modules(folder)]
        checks = (
            ["mypy", "--cache-dir", str(ROOT / ".mypy_cache" / "docs"), *files],
            ["pyright", "--warnings", *files],
        )
        done = [subprocess.run([sys.executable, "-m", *check], cwd=folder, check=False) for check in checks]  # noqa: S603 - our own commands
    return max(each.returncode for each in done)


if __name__ == "__main__":
    sys.exit(main())
