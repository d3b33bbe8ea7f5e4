"""Compares other resolvers of server names with the floor and the library, in alternation on the same testbed.

The testbed listens on the real ports, in a network namespace, so that a peer runs unchanged and finds the name server
in resolv.conf. Each peer runs in its own process and its own virtual environment.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from .cold import CONCURRENCY
from .peers.driving import Figures
from .table import Row, ratios
from .testbed.dns_replies import ADDRESS
from .testbed.handle import ROOT


@attrs.frozen
class Peer:
    """Another resolver of server names.

    Attributes:
        name: The name in the table and of the folder.
        requirements: The arguments of ``pip install``.
        driver: The module that runs it.
        limit: The goal: its CPU time is at least this multiple of the library's.
    """

    name: str
    requirements: tuple[str, ...]
    driver: str
    limit: float


RESOLVEMATRIX = Peer("resolvematrix", ("--pre", "resolvematrix"), "drive_resolvematrix", 2.0)
SYNAPSE = Peer("Synapse", ("matrix-synapse",), "drive_synapse", 1.6)


@contextmanager
def environments(folder: Path | None, synapse: Path | None) -> Generator[dict[Peer, Path]]:
    """Yield the Python of each peer. Create the environments that are missing.

    Args:
        folder: The folder for the environments; None for a temporary one.
        synapse: The Python of an existing environment with Synapse, or None to create one.
    """
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        yield {RESOLVEMATRIX: _environment(place, RESOLVEMATRIX), SYNAPSE: synapse or _environment(place, SYNAPSE)}


def _environment(place: Path, peer: Peer) -> Path:
    folder = place.absolute() / peer.name
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *peer.requirements], check=True)  # noqa: S603 - the table above
    return python


def compare_with_peer(peer: Peer, python: Path, rounds: int, names: int) -> Iterator[Row]:
    """Measure the floor, *peer* and the library, and yield the rows."""
    floors, theirs, ours = zip(*_measured(peer, python, rounds, names), strict=True)
    title = f"{peer.name} {theirs[0].version}"
    found = ratios(_cold(theirs), _cold(ours))
    what = f"cold, {names:,} names, {CONCURRENCY} at a time, {title}: CPU per name"
    measured = f"{ratios(_cold(theirs), _cold(floors))} floor, {found} ours{_wrong(theirs, names)}"
    yield Row(what, measured, f"at least {peer.limit:g} x ours", found.middle >= peer.limit)
    what = f"cold, {names:,} names, {CONCURRENCY} at a time, the library in the run with {peer.name}: CPU per name"
    yield Row(what, f"{ratios(_cold(ours), _cold(floors))} floor{_wrong(ours, names)}")
    again = ratios([each.warm for each in theirs], [each.warm for each in ours])
    yield Row(f"{title}, the same names again: CPU per name", f"{again.middle:,.0f} x ours")


def _cold(figures: Iterable[Figures]) -> list[float]:
    return [each.cold for each in figures]


def _wrong(figures: Iterable[Figures], names: int) -> str:
    wrong = names - min(each.right for each in figures)
    return f"; {wrong:,} of {names:,} names wrong" if wrong else ""


def _measured(peer: Peer, python: Path, rounds: int, names: int) -> list[tuple[Figures, ...]]:
    arguments: dict[str, Any] = {"python": str(python), "driver": peer.driver}
    arguments |= {"rounds": rounds, "names": names, "concurrency": CONCURRENCY}
    done = subprocess.run(  # noqa: S603 - our own script
        [ROOT / "tests" / "system" / "namespace.sh", sys.executable, "-m", "benchmarks.peers"],
        env={**os.environ, "ADDRESSES": ADDRESS, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
        input=json.dumps(arguments),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return [tuple(Figures(*each) for each in json.loads(line)) for line in done.stdout.splitlines()]
