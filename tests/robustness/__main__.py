"""Resolve honest names while hostile names are resolved, on a real network, and print the waiting times and the costs.

The exit status is 1 if a limit is exceeded.
"""

import argparse
import math
import sys
from collections.abc import Sequence

from .load.limits import Limits
from .load.measure import LoopName, Measured, measure
from .load.report import LEGEND, header, line
from .load.scenarios import ALONE, HOSTILE, Scenario
from .load.testbed import run_testbed

_LOOPS: dict[str, tuple[LoopName, ...]] = {
    "asyncio": ("asyncio",),
    "uvloop": ("uvloop",),
    "both": ("asyncio", "uvloop"),
}
_GENEROSITY = 4.0
_PATIENCE = 15.0  # seconds; longer than the deadline of a resolution, so that late wrong answers are seen


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 1 on")
    return seconds


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.robustness", description=__doc__)
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=120.0,
        help="how long new honest names are started, for all scenarios together (default: %(default)g)",
    )
    parser.add_argument("--loop", choices=_LOOPS, default="both", help="the event loop (default: %(default)s)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only scenarios with this text in their names")
    parser.add_argument(
        "--generous",
        action="store_true",
        help=f"multiply the limits in seconds by {_GENEROSITY:g}, for slow or busy machines",
    )
    return parser.parse_args(arguments)


def run(scenarios: Sequence[Scenario], loops: Sequence[LoopName], seconds: float, limits: Limits) -> int:
    """Run *scenarios* on each event loop, and print the results.

    Args:
        scenarios: The first one has no hostile names; the others are compared with it.
        loops: The event loops.
        seconds: How long new honest names are started, for all scenarios together.
        limits: The limits.

    Returns:
        How many limits are exceeded.
    """
    missed, share = 0, seconds / len(loops) / sum(scenario.share for scenario in scenarios)
    print(LEGEND, header(), sep="\n\n", flush=True)
    with run_testbed() as testbed:
        for loop in loops:
            alone: Measured | None = None
            for scenario in scenarios:
                patience = max(_PATIENCE, 2 * limits.longest_wait(scenario))
                measured = measure(testbed, scenario, loop, share * scenario.share, patience)
                alone = alone or measured
                missed += _show(scenario, loop, measured, list(limits.missed(scenario, loop, measured, alone)))
    return missed


def _show(scenario: Scenario, loop: LoopName, measured: Measured, missed: list[str]) -> int:
    print(
        line(loop, scenario.name, measured), *(f"    EXCEEDED: {sentence}" for sentence in missed), sep="\n", flush=True
    )
    return len(missed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command-line arguments; by default those of the process.

    Returns:
        The exit status.
    """
    options = _options(arguments)
    if not any(options.only in scenario.name for scenario in HOSTILE):
        print(f"no scenario has {options.only!r} in its name; there are: {', '.join(each.name for each in HOSTILE)}")
        return 2
    limits = Limits(_GENEROSITY if options.generous else 1.0)
    chosen = [scenario for scenario in HOSTILE if options.only in scenario.name]
    missed = run((ALONE, *chosen), _LOOPS[options.loop], options.seconds, limits)
    print(f"\n{missed} limits were exceeded." if missed else "\nAll limits hold.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
