"""A progress bar on the terminal, with rich where that is installed, around the lines that a command prints."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from .pipe_io import until_writable


class Display(Protocol):
    """Where lines and progress are shown."""

    async def line(self, text: str) -> None:
        """Print a line as soon as there is somebody to read it."""

    def advance(self, position: int) -> None:
        """Show that one more name is done, and how many bytes of the file were read."""


class Plain:
    """Lines only."""

    async def line(self, text: str) -> None:
        """Print to the standard output."""
        await until_writable(sys.stdout)
        print(f"{text}\n", end="", flush=True)  # in one piece, also without a buffer

    def advance(self, position: int) -> None:
        """Show nothing."""


@contextmanager
def progress(size: int | None) -> Generator[Display]:
    """Show a bar on the standard error while the block runs, if that is a terminal and rich is there.

    Args:
        size: Bytes of the file; None if that is not known.
    """
    if sys.stderr is None or not sys.stderr.isatty():  # the shell may have closed it
        yield Plain()
        return
    try:
        from .progress_bar import progress_bar  # noqa: PLC0415 - only here is rich of use
    except ImportError:
        yield Plain()
        return
    with progress_bar(size) as bar:
        yield bar
