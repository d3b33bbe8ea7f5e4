"""The bar itself, which needs the extra ``[cli]``."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .progress import Plain


class Bar(Plain):
    """Lines, and a bar below them.

    Args:
        shown: The bar.
        task: What it is about.
    """

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task
        self._names = 0

    async def line(self, text: str) -> None:
        """Print above the bar where both are on one terminal."""
        if sys.stdout.isatty():
            self._shown.console.out(text, highlight=False)
        else:
            await super().line(text)

    def advance(self, position: int) -> None:
        """Move the bar to where the file is read."""
        self._names += 1
        self._shown.update(self._task, completed=position, names=self._names)


@contextmanager
def progress_bar(size: int | None) -> Generator[Bar]:
    """Show a bar while the block runs.

    Args:
        size: Bytes of the file; None if that is not known: then it only moves.
    """
    ends = [] if size is None else [TimeRemainingColumn()]
    columns = (BarColumn(), TextColumn("{task.fields[names]} names"), TimeElapsedColumn(), *ends)
    console = Console(stderr=True)
    # What is printed goes where it belongs, and not, redirected, to the terminal of the bar.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as shown:
        yield Bar(shown, shown.add_task("", total=size, names=0))
