"""Server names from a file or the standard input, one per line, read as they are needed."""

import os
import re
import stat
import sys
from collections.abc import AsyncGenerator
from io import FileIO

from .readiness import until_readable

_CHUNK = 65_536
_LONGEST = 1_000  # bytes; no server name is that long
_COMMENT = re.compile(r"(?:^|\s)#.*", re.DOTALL)


class UnreadableError(Exception):
    """The file cannot be read any further."""


class NameFile:
    """A file of names. Blank lines are skipped, and what follows a ``#`` at the beginning of a line or after white space.

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
        self._path = path
        self._file = FileIO(path) if path != "-" else _standard_input()
        status = os.fstat(self._file.fileno())
        self.size: int | None = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.position: int = 0

    async def names(self) -> AsyncGenerator[str]:
        """Give the names; what is none, too, cut if it is long.

        Raises:
            UnreadableError: If reading fails.
        """
        rest = b""
        while chunk := await self._read():
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[: _LONGEST + 1]
            for line in lines:
                if name := _name_in(line):
                    yield name
        if name := _name_in(rest):
            yield name

    async def _read(self) -> bytes:
        chunk = None
        try:
            while chunk is None:  # as from a pipe that does not block, which somebody else has read
                await until_readable(self._file)
                chunk = self._file.read(_CHUNK)
        except OSError as error:
            shown = "the standard input" if self._path == "-" else self._path
            raise UnreadableError(f"{shown} cannot be read: {error.strerror}") from error
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
