"""Functions that run the table in a network namespace and decide which outcomes are right."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests._support.namespace import run_inside

from .row import Row
from .run import Outcomes, Result

SCRIPTED = ("tests.backends.parity.run", ("fe80::1",))
REAL = ("tests.backends.parity.real_servers", ("127.0.1.2", "127.0.1.13"))
"""What to run, and the addresses that it needs."""


def run_scripted(directory: Path, *ids: str) -> dict[str, Result]:
    """Run the rows with these IDs, or all rows, with the scripted name servers, and return the results by row."""
    return {key: Result(**result) for key, result in _run(*SCRIPTED, directory, *ids).items()}


def run_real(directory: Path) -> Outcomes:
    """Send the queries to the real servers, and return the outcomes by row and contender."""
    return _run(*REAL, directory)


def _run(module: str, addresses: tuple[str, ...], directory: Path, *arguments: str) -> dict[str, Any]:
    file = directory / f"{module}.json"
    run_inside("-m", module, str(file), *arguments, addresses=addresses)
    results: dict[str, Any] = json.loads(file.read_text())
    return results


def is_right(row: Row, contender: str, outcome: str | None) -> bool:
    """Return whether an outcome is one of the right ones."""
    return outcome in {text.replace("@", f"{row.id}--{contender}") for text in row.right}


def wrong_where_another_is_right(
    rows: Iterable[Row], outcomes: Mapping[str, Mapping[str, str | None]], contender: str
) -> dict[str, tuple[str | None, list[str]]]:
    """Return the rows that a contender gets wrong and others get right: its outcome, and the others."""
    found: dict[str, tuple[str | None, list[str]]] = {}
    for row in rows:
        of_row = outcomes[row.id]
        right = [each for each, outcome in of_row.items() if is_right(row, each, outcome)]
        if right and contender not in right:
            found[row.id] = of_row[contender], right
    return found
