"""Server names from a file or the standard input, one per line, read as they are needed."""

import asyncio
import os
import re
import stat
import sys
from collections.abc import AsyncGenerator
from io import FileIO

from .readiness import until_readable

_CHUNK = 16_384  # bytes: as many blank lines take a few milliseconds, and then the event loop has its turn
_LONGEST = 1_000  # bytes; no server name is that long
_LONGEST_LINE = 1_000_000  # bytes: what has a longer line is no list of names, and may have no end, as /dev/zero
_COMMENT = re.compile(r"(?:^|\s)#.*", re.DOTALL)


class UnreadableError(Exception):
    """The file cannot be read any further."""


class NameFile:
    """A file of names, of which no line is longer than 1 MB. Blank lines are skipped, and what follows a ``#`` at the beginning of a line or after white space.

    Args:
        path: Its path; ``-`` for the standard input.

    Attributes:
        size: How many bytes it has; None where that is not known before its end.
        position: How many have been read.

    Raises:
        OSError: If it cannot be opened.
        ValueError: If the path cannot be one, or there is no standard input.
    """

    def __init__(self, path: str) -> None:
        self._shown = "the standard input" if path == "-" else path
        self._file = FileIO(path) if path != "-" else _standard_input()
        status = os.fstat(self._file.fileno())
        self.size: int | None = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.position: int = 0

    async def names(self) -> AsyncGenerator[str]:
        """Give the names; what is none, too, cut if it is long.

        Raises:
            UnreadableError: If reading fails, or a line is longer than 1 MB.
        """
        rest, number, length = b"", 1, 0  # the line that has not ended yet, cut; its number; how long it is by now
        while chunk := await self._read():
            first, *others = chunk.split(b"\n")
            length += len(first)
            if length > _LONGEST_LINE:
                raise UnreadableError(f"{self._shown} is no list of names: line {number} is longer than 1 MB")
            lines = [rest + first, *others]
            rest = lines.pop()[: _LONGEST + 1]
            for line in lines:
                if name := _name_in(line):
                    yield name
            number, length = number + len(lines), len(others[-1]) if others else length
        if name := _name_in(rest):
            yield name

    async def _read(self) -> bytes:
        chunk = None
        await asyncio.sleep(0)  # what is always readable, as a regular file, would not let anything else happen
        try:
            while chunk is None:  # as from a pipe that does not block, which somebody else has read
                await until_readable(self._file)
                chunk = self._file.read(_CHUNK)
        except OSError as error:
            raise UnreadableError(f"{self._shown} cannot be read: {error.strerror}") from error
        self.position += len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file; the standard input stays open."""
        self._file.close()


def _standard_input() -> FileIO:
    if sys.stdin is None:  # the shell may have closed it
        raise ValueError("there is no standard input")
    return FileIO(sys.stdin.fileno(), closefd=False)


def _name_in(line: bytes) -> str:
    text = line[:_LONGEST].decode("utf-8", "backslashreplace") + ("…" if len(line) > _LONGEST else "")
    return _COMMENT.sub("", text.removeprefix("\ufeff")).strip()
