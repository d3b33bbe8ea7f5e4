"""Write the log lines of a server without ever waiting for their reader."""

import os
from collections.abc import Callable, Sequence
from typing import TextIO

from .._util.escaping import printable
from .output import LONGEST_LINE, discard_output


class LineLog:
    """Writes lines to a stream, without blocking.

    A pipe or a terminal that nobody reads fills up. Then lines are dropped. Once there is room again, a line says how
    many lines were dropped.

    Args:
        stream: The stream, such as standard output; None if the process has none.
        when_lost: Called with the error, at most once, when writing to the stream fails.
    """

    def __init__(self, stream: TextIO | None, when_lost: Callable[[Exception], None] = lambda _: None) -> None:
        self._stream = stream
        self._when_lost = when_lost
        self._dropped = 0
        self._rest = b""  # the unwritten rest of lines that were written only in part

    def write(self, line: str) -> None:
        """Write a line, escaped, or drop it if writing would block."""
        if not self._try([*self._about_dropped(), line]):
            self._dropped += 1

    def close(self) -> None:
        """Write how many lines were dropped since the last written line, if there is room."""
        self._try(self._about_dropped())

    def _about_dropped(self) -> list[str]:
        return [f"lines dropped because nobody read them: {self._dropped}"] if self._dropped else []

    def _try(self, lines: Sequence[str]) -> bool:
        """Write all lines or none; return False if there is no room. After an error, write nothing any more."""
        if self._stream is None:
            return False
        try:
            return self._put(self._stream, lines)
        except (OSError, ValueError) as error:
            discard_output(self._stream)
            self._stream = None
            self._when_lost(error)
            return False

    def _put(self, stream: TextIO, lines: Sequence[str]) -> bool:
        if self._rest:
            self._rest = self._rest[_write_without_waiting(stream, self._rest) :]
        if self._rest:
            return False
        text = "".join(f"{printable(line, limit=LONGEST_LINE)}\n" for line in lines)
        data = text.encode(stream.encoding, "backslashreplace")
        written = _write_without_waiting(stream, data)
        if not written:
            return False
        self._rest, self._dropped = data[written:], 0
        return True


def _write_without_waiting(stream: TextIO, data: bytes) -> int:
    """Return how many bytes were written without waiting.

    The stream is made blocking again afterwards, because other processes may share it, such as the shell on a terminal.
    """
    descriptor = stream.fileno()
    was_blocking = os.get_blocking(descriptor)
    os.set_blocking(descriptor, False)
    try:
        return os.write(descriptor, data)
    except BlockingIOError:
        return 0
    finally:
        os.set_blocking(descriptor, was_blocking)
