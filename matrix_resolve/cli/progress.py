"""Print lines, with a progress bar on the terminal if rich is installed."""

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
        """Print a line as soon as the output accepts it."""

    def advance(self, position: int) -> None:
        """Show that one more name is done, and that *position* bytes of the file were read."""


class PlainDisplay:
    """Prints lines, without a bar."""

    async def line(self, text: str) -> None:
        """Print a line to standard output."""
        await until_writable(sys.stdout)
        print(f"{text}\n", end="", flush=True)  # one write, even if the stream has no buffer

    def advance(self, position: int) -> None:
        """Show nothing."""


class BarDisplay(PlainDisplay):
    """Prints lines, and shows a bar below them.

    Args:
        shown: The bar.
        task: The task of the bar.
    """

    def __init__(self, shown: "Progress", task: "TaskID") -> None:
        self._shown = shown
        self._task = task
        self._names = 0

    async def line(self, text: str) -> None:
        """Print a line, above the bar if both are on one terminal."""
        if sys.stdout.isatty():
            self._shown.console.out(text, highlight=False)
        else:
            await super().line(text)

    def advance(self, position: int) -> None:
        """Move the bar to *position*."""
        self._names += 1
        self._shown.update(self._task, completed=position, names=self._names)


@contextmanager
def progress(size: int | None) -> Generator[Display]:
    """Show a bar on standard error while the block runs, if that is a terminal and rich is installed.

    Args:
        size: The size of the file in bytes; None if it is not known.
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
    """Return a bar on standard error. Without *size* it only shows that something is running.

    Raises:
        ImportError: If rich is not installed (extra ``[cli]``).
    """
    from rich.console import Console  # noqa: PLC0415 - rich is optional, and used only on a terminal
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn  # noqa: PLC0415

    ends = [] if size is None else [TimeRemainingColumn()]
    columns = (BarColumn(), TextColumn("{task.fields[names]} names"), TimeElapsedColumn(), *ends)
    # Without these arguments rich would redirect all printed lines to the terminal of the bar.
    return Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    )
