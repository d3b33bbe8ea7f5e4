"""Run the benchmarks and print one table in Markdown.

Only the ratios are meaningful: two implementations alternate in one run on one machine. The test servers run on
loopback, in a process of their own.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from matrix_resolve import ResolverPolicy

from .cold import cold
from .comparison import compare_with_peer, environments
from .concurrency import concurrent_calls
from .dead_names import dead_names
from .imports import imports
from .latency import latency
from .loop_lag import loop_lag
from .mass_join import mass_join
from .memory import memory
from .resident import flat, million, resident
from .shares import shares
from .table import HEADER, Row, line
from .testbed import Testbed
from .warm import warm

_ENOUGH_NAMES = 2_000
_ENOUGH_ROUNDS = 10
_ENOUGH_PROCESSES = 5
_ENOUGH_SECONDS = 10.0
_HITS_PER_NAME = 100
_SERVERS_PER_NAME = 5
_KNOWN_NAMES = 100_000
_KNOWN_PER_NAME = 2  # in a quick run
_RESIDENT = (500, 5_000, 15_000)
_FLAT_NAMES, _FLAT_MAX_NAMES = 100_000, 20_000
_MILLION_NAMES, _MILLION_MAX_NAMES = 1_000_000, 100_000


class Run:
    """One run of the command.

    Args:
        chosen: The options of the command.
        stack: Closes the testbeds at the end.
    """

    def __init__(self, chosen: argparse.Namespace, stack: ExitStack) -> None:
        self._stack = stack
        self.names: int = chosen.names
        self.round_trip: float = chosen.round_trip
        self.peer_folder: Path | None = chosen.peer_folder
        self.synapse: Path | None = chosen.synapse_python
        is_quick = self.names < _ENOUGH_NAMES
        if is_quick:
            print(
                f"With fewer than {_ENOUGH_NAMES:,} names, the results only show that everything runs.", file=sys.stderr
            )
        self.rounds = 1 if is_quick else _ENOUGH_ROUNDS
        self.processes = 1 if is_quick else _ENOUGH_PROCESSES
        self.seconds = 1.0 if is_quick else _ENOUGH_SECONDS
        self.known = self.names * _KNOWN_PER_NAME if is_quick else _KNOWN_NAMES

    def scaled(self, number: int) -> int:
        """Return *number*, or a smaller one in a quick run."""
        return min(number, number * self.names // _ENOUGH_NAMES)

    def policy(self, max_cached_names: int) -> ResolverPolicy:
        """Return a policy that limits names to *max_cached_names*, with lower limits in a quick run."""
        kept = self.scaled(ResolverPolicy().max_cached_dns_answers)
        return ResolverPolicy(max_cached_names=self.scaled(max_cached_names), max_cached_dns_answers=kept)

    @cached_property
    def near(self) -> Testbed:
        """A testbed on loopback without delay."""
        return self._stack.enter_context(Testbed())

    @cached_property
    def far(self) -> Testbed:
        """A testbed that delays each round trip."""
        return self._stack.enter_context(Testbed(round_trip=self.round_trip))


def _warm(run: Run) -> Iterator[Row]:
    yield from warm(run.rounds, run.names * _HITS_PER_NAME)


def _cold(run: Run) -> Iterator[Row]:
    yield from cold(run.near, run.rounds, run.names)


def _lag(run: Run) -> Iterator[Row]:
    yield loop_lag(run.near, run.rounds, run.names)
    yield loop_lag(run.far, run.rounds, run.names)


def _latency(run: Run) -> Iterator[Row]:
    yield from latency(run.far, run.rounds)


def _concurrency(run: Run) -> Iterator[Row]:
    yield concurrent_calls(run.near)


def _dead(run: Run) -> Iterator[Row]:
    yield from dead_names(run.seconds)


def _memory(run: Run) -> Iterator[Row]:
    yield from memory(run.known)


def _resident(run: Run) -> Iterator[Row]:
    first, middle, last = map(run.scaled, _RESIDENT)
    yield from resident(run.processes, (first, middle, last))


def _flat(run: Run) -> Iterator[Row]:
    yield flat(run.scaled(_FLAT_NAMES), run.policy(_FLAT_MAX_NAMES))


def _million(run: Run) -> Iterator[Row]:
    yield million(run.scaled(_MILLION_NAMES), run.policy(_MILLION_MAX_NAMES))


def _shares(run: Run) -> Iterator[Row]:
    yield from shares(run.near, run.names)


def _imports(_: Run) -> Iterator[Row]:
    yield imports()


def _mass_join(run: Run) -> Iterator[Row]:
    yield from mass_join(run.names * _SERVERS_PER_NAME, run.round_trip)


def _peers(run: Run) -> Iterator[Row]:
    with environments(run.peer_folder, run.synapse) as installed:
        for peer, python in installed.items():
            yield from compare_with_peer(peer, python, run.rounds, run.names)


_Part = Callable[[Run], Iterator[Row]]
_PARTS: dict[str, _Part] = {
    "warm": _warm,
    "cold": _cold,
    "lag": _lag,
    "latency": _latency,
    "concurrency": _concurrency,
    "dead": _dead,
    "memory": _memory,
    "resident": _resident,
    "import": _imports,
}
_MORE_PARTS: dict[str, _Part] = {"flat": _flat, "million": _million, "shares": _shares}
"""These run only if `--only` names them: the first two take long, and the third needs `perf`."""


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--names",
        type=int,
        default=_ENOUGH_NAMES,
        help="number of cold names; a smaller number than %(default)s also shortens everything else",
    )
    parts = {**_PARTS, **_MORE_PARTS}
    parser.add_argument(
        "--only",
        action="append",
        choices=parts,
        metavar="PART",
        help=f"run only this part: {', '.join(parts)}; by default, all except {', '.join(_MORE_PARTS)}",
    )
    parser.add_argument(
        "--round-trip", type=float, default=0.05, help="seconds of a round trip, where distance matters"
    )
    parser.add_argument("--room", action="store_true", help="also join a room of 10,000 servers")
    parser.add_argument("--peers", action="store_true", help="also measure other resolvers; installs them from PyPI")
    parser.add_argument(
        "--peer-folder",
        type=Path,
        help="folder for the environments of the other resolvers; by default, a temporary one",
    )
    parser.add_argument("--synapse-python", type=Path, help="the Python of an existing environment with Synapse")
    return parser.parse_args()


def main() -> None:
    """Print the table, each row as soon as it is measured."""
    chosen = options()
    parts = [{**_PARTS, **_MORE_PARTS}[part] for part in chosen.only or _PARTS]
    parts += [_mass_join] * chosen.room + [_peers] * chosen.peers
    print(HEADER)
    with ExitStack() as stack:
        run = Run(chosen, stack)
        for part in parts:
            for row in part(run):
                print(line(row), flush=True)


if __name__ == "__main__":
    main()
