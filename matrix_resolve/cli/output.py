"""What the commands print, with everything from outside escaped, and how they end."""

import contextlib
import os
import sys
from collections.abc import Iterable
from typing import TextIO

from .._util.escaping import printable

DONE, NOT_RESOLVED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130
LONGEST_LINE = 2000


def print_lines(lines: Iterable[str]) -> None:
    """Print each line, escaped."""
    for line in lines:
        print(printable(line, limit=LONGEST_LINE))
    print(end="", flush=True)


def complain(message: str) -> None:
    """Say what is wrong on the standard error, escaped."""
    print(f"matrix-resolve: {printable(message, limit=LONGEST_LINE)}", file=sys.stderr)


def write_no_more(stream: TextIO) -> None:
    """Let what is left in the buffer go nowhere: Python would complain about it once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
