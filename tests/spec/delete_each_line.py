"""Delete each line of discovery in turn, and check that a test fails: ``python -m tests.spec.delete_each_line``.

The lines of docstrings, imports and protocols are left out, and so are blank lines and lines without which the file is
not valid Python. If no test fails without a line, the line is printed, and the exit status is 1.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGET = Path("matrix_resolve/discovery/steps.py")
PARTS = ("matrix_resolve", "tests", "pyproject.toml")
TESTS = ["tests/spec/test_steps.py", "tests/unit/discovery/test_steps.py"]


def _executable_lines(source: str) -> list[int]:
    """Return the numbers of the lines that can be deleted.

    Blank lines, docstrings and imports are left out, and so are protocols, which only type checkers read.
    """
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_contract = isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases
        )
        if isinstance(node, ast.stmt) and (is_text or is_contract or isinstance(node, (ast.Import, ast.ImportFrom))):
            left_out.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = source.splitlines()
    return [number for number, line in enumerate(lines, 1) if line.strip() and number not in left_out]


def _without(source: str, number: int) -> str | None:
    lines = source.splitlines(keepends=True)
    del lines[number - 1]
    mutant = "".join(lines)
    try:
        ast.parse(mutant)
    except SyntaxError:
        return None
    return mutant


def _is_missed(mutant: str) -> bool:
    """Return whether a test fails on a copy of the tree that contains *mutant*."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, directory / part)
        (directory / TARGET).write_text(mutant)
        tests = [test for test in TESTS if (directory / test).exists()]
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        return subprocess.run(command, cwd=directory, capture_output=True, check=False).returncode != 0  # noqa: S603 - no input from outside


def main() -> int:
    """Try every line, as many at the same time as there are processors.

    Returns:
        The exit status.
    """
    source = (ROOT / TARGET).read_text()
    mutants = {number: _without(source, number) for number in _executable_lines(source)}
    tried = {number: mutant for number, mutant in mutants.items() if mutant is not None}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        missed = dict(zip(tried, pool.map(_is_missed, tried.values()), strict=True))
    survivors = [number for number, is_missed in missed.items() if not is_missed]
    print(f"{len(tried)} lines deleted in turn, {len(survivors)} not missed")
    for number in survivors:
        print(f"{TARGET}:{number}: {source.splitlines()[number - 1]}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
