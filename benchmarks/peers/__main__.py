"""Runs the testbed on real ports in the namespace, and measures the floor, the peer and the library in alternation.

It prints the figures of each round as a line of JSON.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..names import COLD_MIX, names_of
from ..testbed import Testbed
from .driving import Figures, Task

_FIRST_NAMES = 50
_FLOOR, _OURS = "drive_floor", "drive_matrix_resolve"


def alternating(python: str, driver: str, rounds: int, task: Task) -> Iterator[tuple[Figures, ...]]:
    """Yield the figures of the floor, the peer and the library, once for each round."""
    for _ in range(rounds):
        yield (
            _drive(sys.executable, _FLOOR, task),
            _drive(python, driver, task),
            _drive(sys.executable, _OURS, task),
        )


def _drive(python: str, driver: str, task: Task) -> Figures:
    command = [python, "-m", f"benchmarks.peers.{driver}"]
    task_line = json.dumps(task._asdict())
    done = subprocess.run(command, input=task_line, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own modules
    return Figures(*json.loads(done.stdout))


def main(python: str, driver: str, rounds: int, names: int, concurrency: int) -> None:
    """Measure one peer and print the figures."""
    with Testbed(real_ports=True) as testbed, tempfile.NamedTemporaryFile("w", suffix=".pem") as authority:
        Path(authority.name).write_text(testbed.authority, encoding="ascii")
        batch, first = names_of(COLD_MIX, names), names_of(COLD_MIX, _FIRST_NAMES, first=names)
        for figures in alternating(python, driver, rounds, Task(authority.name, batch, first, concurrency)):
            print(json.dumps(figures), flush=True)


arguments: dict[str, Any] = json.load(sys.stdin)
main(**arguments)
