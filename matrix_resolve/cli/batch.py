"""``matrix-resolve resolve --from FILE``: print a line for each name as soon as it is resolved, and a summary at the end."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

from ..models import Step
from ..resolve_many import Outcome, OutcomeStream, Resolved
from ..resolver import ServerNameResolver
from .name_file import NameFile, UnreadableError
from .output import BAD_USAGE, DONE, NOT_RESOLVED, print_error
from .progress import progress

Line = Callable[[Outcome], str]


class Tally:
    """Counts outcomes by step and by error code, and measures the time since its creation."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._steps: Counter[Step] = Counter()
        self._codes: Counter[str] = Counter()

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        if isinstance(outcome, Resolved):
            self._steps[outcome.resolution.step] += 1
        else:
            self._codes[outcome.error.code] += 1

    @property
    def status(self) -> int:
        """The exit status for these outcomes."""
        return NOT_RESOLVED if self._codes else DONE

    def print_summary(self) -> None:
        """Print a summary on the standard error."""
        print(*self._lines(), sep="\n", file=sys.stderr)

    def _lines(self) -> Iterable[str]:
        seconds, names = time.perf_counter() - self._began, self._steps.total() + self._codes.total()
        yield f"{names} {'name' if names == 1 else 'names'} in {seconds:.2f} s, {names / seconds:.1f} per second"
        yield from (f"{self._steps[step]:8}  step {step}" for step in Step if step in self._steps)
        yield from (f"{number:8}  not resolved: {code}" for code, number in self._codes.most_common())


async def resolve_many(
    resolver: ServerNameResolver, names: Sequence[str], file: NameFile, line: Line, *, concurrency: int, fresh: bool
) -> int:
    """Resolve *names* and then those of *file*. Print the outcome of each, and a summary at the end, even after an interrupt.

    Returns:
        The exit status.
    """
    tally, status = Tally(), DONE
    try:
        async with resolver:
            outcomes = resolver.resolve_many(_all(names, file), concurrency=concurrency, refresh=fresh)
            await _print(outcomes, file, line, tally)
    except UnreadableError as error:
        print_error(str(error))
        status = BAD_USAGE
    except asyncio.CancelledError:
        tally.print_summary()
        raise
    finally:
        file.close()
    tally.print_summary()
    return max(status, tally.status)


async def _all(names: Iterable[str], file: NameFile) -> AsyncGenerator[str]:
    for name in names:
        yield name
    async for name in file.names():
        yield name


async def _print(outcomes: OutcomeStream, file: NameFile, line: Line, tally: Tally) -> None:
    with progress(file.size) as display:
        async with outcomes:
            async for outcome in outcomes:
                tally.add(outcome)
                await display.line(line(outcome))
                display.advance(file.position)
