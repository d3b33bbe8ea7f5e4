"""A progress bar on the terminal, with rich where that is installed, around the lines that a command prints."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from .pipe_io import until_writable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Display(Protocol):
    """Where lines and progress are shown."""

    async def line(self, text: str) -> None:
        """Print a line as soon as there is somebody to read it."""

    def advance(self, position: int) -> None:
        """Show that one more name is done, and how many bytes of the file were read."""


class PlainDisplay:
    """Lines only."""

    async def line(self, text: str) -> None:
        """Print to the standard output."""
        await until_writable(sys.stdout)
        print(f"{text}\n", end="", flush=True)  # in one piece, also without a buffer

    def advance(self, position: int) -> None:
        """Show nothing."""


class BarDisplay(PlainDisplay):
    """Lines, and a bar below them.

    Args:
        shown: The bar.
        task: What it is about.
    """

    def __init__(self, shown: "Progress", task: "TaskID") -> None:
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
def progress(size: int | None) -> Generator[Display]:
    """Show a bar on the standard error while the block runs, if that is a terminal and rich is there.

    Args:
        size: Bytes of the file; None if that is not known.
    """
    if sys.stderr is None or not sys.stderr.isatty():  # the shell may have closed it
        yield PlainDisplay()
        return
    try:
        shown = _rich_progress(size)
    except ImportError:
        yield PlainDisplay()
        return
    with shown:
        yield BarDisplay(shown, shown.add_task("", total=size, names=0))


def _rich_progress(size: int | None) -> "Progress":
    """Return a bar on the standard error; without *size* it only moves.

    Raises:
        ImportError: If rich, of the extra ``[cli]``, is not installed.
    """
    from rich.console import Console  # noqa: PLC0415 - it is optional, and of use only on a terminal
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn  # noqa: PLC0415

    ends = [] if size is None else [TimeRemainingColumn()]
    columns = (BarColumn(), TextColumn("{task.fields[names]} names"), TimeElapsedColumn(), *ends)
    # What is printed goes where it belongs, and not, redirected, to the terminal of the bar.
    return Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    )
