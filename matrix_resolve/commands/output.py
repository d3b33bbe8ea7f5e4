"""What the commands print, with everything from outside escaped, and how they end."""

import sys
from collections.abc import Iterable

from ..escaping import printable

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
