"""Read server names from a file or standard input, one per line, only as fast as they are needed."""

import asyncio
import os
import re
import stat
import sys
from collections.abc import AsyncGenerator
from io import FileIO

from .pipe_io import until_readable

_CHUNK = 16_384  # bytes; even if all lines are blank, other tasks wait only a few milliseconds
_LONGEST = 1_000  # bytes; server names are shorter
_LONGEST_LINE = 1_000_000  # bytes; a file with a longer line is not a list of names, and may be endless, like /dev/zero
_COMMENT = re.compile(r"(?:^|\s)#.*", re.DOTALL)


class UnreadableError(Exception):
    """The rest of the file cannot be read."""


class NameFile:
    """A file with one name per line.

    Blank lines and comments are skipped. A comment is ``#`` at the beginning of a line or after white space, and everything after it.

    Args:
        path: The path of the file; ``-`` for standard input.

    Attributes:
        size: The size in bytes; None if it is not known before the end.
        position: How many bytes have been read.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If the path is not a valid path, or standard input is closed.
    """

    def __init__(self, path: str) -> None:
        self._shown = "standard input" if path == "-" else path
        self._file = FileIO(path) if path != "-" else _standard_input()
        status = os.fstat(self._file.fileno())
        self.size: int | None = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.position: int = 0

    async def names(self) -> AsyncGenerator[str]:
        """Yield the names, including invalid ones. Very long names are cut.

        Raises:
            UnreadableError: If reading fails, or a line is longer than 1 MB.
        """
        rest, number, length = b"", 1, 0  # the current line so far, cut; its number; its length so far
        while chunk := await self._read():
            first, *others = chunk.split(b"\n")
            length += len(first)
            if length > _LONGEST_LINE:
                raise UnreadableError(f"{self._shown} is not a list of names: line {number} is longer than 1 MB")
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
        await asyncio.sleep(0)  # reading a regular file never waits, so without this no other task would run
        try:
            while chunk is None:  # None from a non-blocking pipe whose data another process has read
                await until_readable(self._file)
                chunk = self._file.read(_CHUNK)
        except OSError as error:
            raise UnreadableError(f"{self._shown} cannot be read: {error.strerror}") from error
        self.position += len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file, unless it is standard input."""
        self._file.close()


def _standard_input() -> FileIO:
    if sys.stdin is None:  # the shell may have closed it
        raise ValueError("standard input is closed")
    return FileIO(sys.stdin.fileno(), closefd=False)


def _name_in(line: bytes) -> str:
    text = line[:_LONGEST].decode("utf-8", "backslashreplace") + ("…" if len(line) > _LONGEST else "")
    return _COMMENT.sub("", text.removeprefix("\ufeff")).strip()
