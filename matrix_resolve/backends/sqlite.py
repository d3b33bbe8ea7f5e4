"""A cache backend in a file, so that delegations are still known after a restart. Several processes may share it."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import time
from types import TracebackType
from typing import Self, TypeVar

from .._util.argument_checks import ENTRIES
from ._sqlite.file import SqliteFile

__all__ = ["SqliteCache"]

T = TypeVar("T")


class SqliteCache:
    """A cache backend in an SQLite file. It works off the event loop.

    It can be created outside an event loop, and used on several event loops, one after the other, and after a fork. A file that is damaged, or was written by
    a newer version of this library, is renamed to ``<path>.aside`` with a warning, and a new file is created. A file with tables of another
    program is not changed: each call raises ValueError. If another program holds a lock on the file or on ``<path>.lock``, a call raises
    `TimeoutError` after 0.4 s.

    Args:
        path: The file, not on a network file system; its folder must exist. ``<path>.lock`` is created next to it and, while it is in use,
            SQLite's own ``-wal`` and ``-shm`` files.
        max_entries: How many records are kept. Those that expire first are removed first. A record has about 300 bytes.
        clock: Returns wall-clock seconds.

    Raises:
        TypeError: If *max_entries* is not an integer.
        ValueError: If *max_entries* is not from 1 to 100,000,000.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, max_entries: int = 100_000, clock: Callable[[], float] = time
    ) -> None:
        ENTRIES.check("SqliteCache.max_entries", max_entries)
        self._make_file = partial(SqliteFile, Path(path), max_entries, clock)
        self._thread: _FileThread | None = None
        self._abandoned: list[_FileThread] = []  # those of a parent process: closing its file here would end its locks
        self._is_closed = False

    async def get(self, key: str) -> bytes | None:
        """Return the value under *key*, or None if there is none or it has expired."""
        return await self._run(lambda file: file.get(key))

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Store *value* under *key* for *ttl* seconds."""
        await self._run(lambda file: file.set(key, value, ttl))

    async def delete(self, key: str) -> None:
        """Delete *key*."""
        await self._run(lambda file: file.delete(key))

    async def lock(self, key: str, ttl: float) -> str | None:
        """Lock *key* for all processes that use the file, and return a token, or None if it is locked."""
        return await self._run(lambda file: file.lock(key, ttl))

    async def unlock(self, key: str, token: str) -> None:
        """Release the lock that has this *token*."""
        await self._run(lambda file: file.unlock(key, token))

    async def aclose(self) -> None:
        """Close the file. Later calls do nothing."""
        self._is_closed = True
        thread, self._thread = self._thread, None
        if thread is not None and thread.is_current():
            await thread.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _run(self, work: Callable[[SqliteFile], T]) -> T:
        if self._is_closed:
            raise RuntimeError("this SqliteCache is closed")
        if self._thread is None or not self._thread.is_current():
            self._abandoned.extend([self._thread] if self._thread else [])
            self._thread = _FileThread(self._make_file())
        return await self._thread.run(work)


class _FileThread:
    """The thread that works on a file, in one process."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._pid = os.getpid()
        self._executor = ThreadPoolExecutor(1, "matrix_resolve-sqlite")

    def is_current(self) -> bool:
        """Return whether the thread belongs to this process."""
        return self._pid == os.getpid()

    async def run(self, work: Callable[[SqliteFile], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, self._file)

    async def aclose(self) -> None:
        """Wait for calls under way, and close the file, even if the caller is cancelled. Do not wait for locks of other programs."""
        self._file.stop_waiting()
        closed = asyncio.get_running_loop().run_in_executor(self._executor, self._file.close)
        self._executor.shutdown(wait=False)
        await asyncio.shield(closed)
