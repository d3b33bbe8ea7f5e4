"""The exit statuses, and functions that print text with everything from outside escaped."""

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


def print_error(message: str) -> None:
    """Print an error message to standard error, escaped."""
    print(f"matrix-resolve: {printable(message, limit=LONGEST_LINE)}", file=sys.stderr)


def discard_output(stream: TextIO) -> None:
    """Discard what is left in the buffer of *stream*. Otherwise Python reports the same error again at exit."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
