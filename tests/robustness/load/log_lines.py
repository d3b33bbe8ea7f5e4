"""How much is logged: whoever can make a program log can fill its disk."""

import logging
from collections.abc import Generator
from contextlib import contextmanager


class LogLines(logging.Handler):
    """Counts what is logged, as warnings or worse, instead of showing it.

    Attributes:
        lines: How many there were.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: int = 0

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - the name in the base class
        """Count one."""
        self.lines += 1


@contextmanager
def counted_log_lines() -> Generator[LogLines]:
    """Count what this process logs, for the time of a block."""
    handler, root = LogLines(), logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
