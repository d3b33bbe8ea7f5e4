"""Fuzz every input from outside: ``python -m tests.robustness.fuzz --inputs 1000000 [--target NAME] [--seed N]``.

The same seed makes the same inputs, and an input depends only on the seed and its index. ``--target NAME --seed N
--first INDEX --inputs 1`` repeats a failure; ``--seconds LIMIT`` ends each target after that time. An input that takes
more than two seconds of CPU time is also a failure. The exit status is 1 if there was a failure.
"""

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from time import monotonic
from types import FrameType
from typing import Any, cast

import attrs

from .fuzz_inputs import TARGETS
from .fuzz_target import Target, ViolationError

_BROKEN = "BROKEN: "
_MOST_SECONDS = 2.0
_MOST_KINDS = 20  # kinds of failures that are shown, each with its first input
_MOST_SHOWN = 2000  # characters of an input that are shown; its seed and index reproduce all of it
_LOOK_AT_CLOCK = 64  # inputs between two looks at the clock


class TookTooLongError(BaseException):
    """One input took too long. It is a BaseException so that no handler in the code under test catches it."""


@attrs.frozen
class Failure:
    """An input that broke a promise.

    Attributes:
        promise: The broken promise, or the name of the exception that must not be raised.
        index: The index of the input.
        shown: The input, as an ASCII literal of Python.
        cause: The exception.
    """

    promise: str
    index: int
    shown: str
    cause: str


@attrs.frozen
class Report:
    """The result of a run.

    Attributes:
        inputs: How many were tried.
        outcomes: How many inputs had each outcome.
        failures: The first of each kind.
        seconds: How long the run took.
    """

    inputs: int
    outcomes: Counter[str]
    failures: tuple[Failure, ...]
    seconds: float

    @property
    def broken(self) -> int:
        """Return how many inputs broke a promise."""
        return sum(count for outcome, count in self.outcomes.items() if outcome.startswith(_BROKEN))


def run(
    target: Target[Any, Any],
    *,
    inputs: int,
    seed: int = 0,
    first: int = 0,
    seconds: float | None = None,
    patience: float = _MOST_SECONDS,
) -> Report:
    """Try inputs on a target. A failure does not end the run.

    Args:
        target: What to try.
        inputs: How many.
        seed: Determines all inputs, together with their indexes.
        first: The index of the first input.
        seconds: No new input is started after this time.
        patience: CPU seconds that one input may take.
    """
    outcomes, failures, random = Counter[str](), dict[str, Failure](), Random()  # noqa: S311 - must be repeatable
    began = monotonic()
    with _time_limit():
        for index in range(first, first + inputs):
            if index % _LOOK_AT_CLOCK == 0 and seconds is not None and monotonic() - began > seconds:
                break
            signal.setitimer(signal.ITIMER_VIRTUAL, patience)
            outcome = _try(target, random, seed, index, failures)
            outcomes[outcome] += 1
    return Report(outcomes.total(), outcomes, tuple(failures.values()), monotonic() - began)


def _try(target: Target[Any, Any], random: Random, seed: int, index: int, failures: dict[str, Failure]) -> str:
    random.seed(seed << 64 | index)
    value = target.make(random)
    try:
        return target.check(target.subject, value)
    except (Exception, TookTooLongError) as error:  # noqa: BLE001 - any other exception is a broken promise
        promise = _promise(error)
        if promise not in failures and len(failures) < _MOST_KINDS:
            failures[promise] = Failure(promise, index, ascii(value), ascii(error))
        return _BROKEN + promise


def _promise(error: BaseException) -> str:
    if isinstance(error, ViolationError | TookTooLongError):
        return str(error)
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return " and ".join(sorted(set(map(_promise, group.exceptions))))
    return f"it never raises {type(error).__name__}"


@contextmanager
def _time_limit() -> Generator[None]:
    """Let the timer for CPU time raise an exception during the block."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TookTooLongError("no input takes long")

    before = signal.signal(signal.SIGVTALRM, give_up)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def lines(name: str, report: Report, *, seed: int) -> Iterator[str]:
    """Yield the lines that the command prints about one target."""
    speed = report.inputs / max(report.seconds, 1e-6)
    yield f"{name}: {report.inputs:,} inputs in {report.seconds:.1f} s, {speed:,.0f} inputs/s"
    for outcome, count in report.outcomes.most_common():
        yield f"    {count:>9,}  {outcome}"
    for failure in report.failures:
        cut = "…" if len(failure.shown) > _MOST_SHOWN else ""
        yield f"  FAILED: {failure.promise}"
        yield f"    again with: --target {name} --seed {seed} --first {failure.index} --inputs 1"
        yield f"    input: {failure.shown[:_MOST_SHOWN]}{cut}"
        yield f"    cause: {failure.cause[:_MOST_SHOWN]}"


def main(arguments: Sequence[str] | None = None, *, targets: Mapping[str, Target[Any, Any]] = TARGETS) -> int:
    """Run the command.

    Args:
        arguments: The command-line arguments; by default those of the process.
        targets: What can be fuzzed, by name.

    Returns:
        The exit status: 1 if a promise was broken.
    """
    options = _options(arguments, list(targets))
    status = 0
    for name in options.target or targets:
        report = run(
            targets[name], inputs=options.inputs, seed=options.seed, first=options.first, seconds=options.seconds
        )
        status = 1 if report.failures else status
        print(*lines(name, report, seed=options.seed), sep="\n", flush=True)  # noqa: T201 - a command prints
    return status


def _options(arguments: Sequence[str] | None, names: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.robustness.fuzz", description="Fuzz matrix_resolve.")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many per target")
    parser.add_argument("--target", action="append", choices=names, help="all by default; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, metavar="INDEX", help="the index of the first input")
    parser.add_argument("--seconds", type=float, help="end each target after this time")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
