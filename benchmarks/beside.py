"""Peers beside the library: the same names, the same world, in turns; each in an environment of its own.

The world has real ports here, in a network namespace, so that a peer is taken as it is: it finds the name server in resolv.conf.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from .cold import CONCURRENCY
from .peers.driving import Figures
from .table import Row, ratios
from .world.dns_replies import ADDRESS
from .world.handle import ROOT


@attrs.frozen
class Peer:
    """Somebody who resolves server names.

    Attributes:
        name: For the table, and for its folder.
        requirements: What pip installs.
        driver: The module that drives it.
    """

    name: str
    requirements: tuple[str, ...]
    driver: str


RESOLVEMATRIX = Peer("resolvematrix", ("--pre", "resolvematrix"), "drive_resolvematrix")
SYNAPSE = Peer("Synapse", ("matrix-synapse",), "drive_synapse")


@contextmanager
def environments(folder: Path | None, synapse: Path | None) -> Generator[dict[Peer, Path]]:
    """Give the Python of each peer, and make the environments that are not there.

    Args:
        folder: Where they are kept; None for a temporary folder.
        synapse: The Python of an environment with Synapse, to be used instead of a new one.
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


def beside(peer: Peer, python: Path, rounds: int, names: int) -> Iterator[Row]:
    """Measure *peer* in turns with the library."""
    pairs = _measured(peer, python, rounds, names)
    title = f"{peer.name} {pairs[0][0].version}"
    wrong = names - min(theirs.right for theirs, _ in pairs)
    remark = f"; {wrong:,} of {names:,} names wrong" if wrong else ""
    for what, pick in (("cold", _cold), ("the same names once more", _warm)):
        found = ratios([pick(theirs) for theirs, _ in pairs], [pick(ours) for _, ours in pairs])
        yield Row(f"{title}, {what}: CPU per name", f"{_words(found.middle)} x ours{remark}")


def _cold(figures: Figures) -> float:
    return figures.cold


def _warm(figures: Figures) -> float:
    return figures.warm


def _words(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"  # noqa: PLR2004 - beyond it more digits would pretend


def _measured(peer: Peer, python: Path, rounds: int, names: int) -> list[tuple[Figures, Figures]]:
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
    lines = map(json.loads, done.stdout.splitlines())
    return [(Figures(*theirs), Figures(*ours)) for theirs, ours in lines]
