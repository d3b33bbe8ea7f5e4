"""Counts log lines, because anyone who can make a program log can fill its disk."""

import logging
from collections.abc import Generator
from contextlib import contextmanager


class LogLines(logging.Handler):
    """Counts log records of level WARNING or higher instead of printing them.

    Attributes:
        lines: How many log records there were.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: int = 0

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - the base class names it
        """Count one record."""
        self.lines += 1


@contextmanager
def counted_log_lines() -> Generator[LogLines]:
    """Count what this process logs during the block."""
    handler, root = LogLines(), logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
