"""The file of `SqliteCache`: blocking, for one thread. Several processes may use one file.

Everything in the file can be fetched again. So it is not flushed to disk after each write, and a file that is damaged, or that this version of
the library would not have written, is renamed and a new one is started.

The amount of data that is read is limited even if another program writes to the file: long values are not read, only this library's tables are
accepted, and a file that is too large for its entries is not checked for damage. Waiting for another program's lock takes at most `_BUSY`, and
a statement at most `_LONGEST_CALL`, also the check for damage.
"""

import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

from ..cache import MAX_VALUE_BYTES, CacheValueTooLongError
from .file_check import DAMAGED, SCHEMA, STEPS_BETWEEN_LOOKS, VERSION, Watch, fault_of, result_code
from .file_lock import file_lock

_LOGGER = logging.getLogger("matrix_resolve")
_BUSY = 0.4  # seconds for which another process may write; a resolver waits for 0.5
_WRITES_BETWEEN_LOOKS = 256  # writes between two removals of expired records
_JOURNAL_LIMIT = 4 * 1024 * 1024  # bytes that the write-ahead log keeps when it is empty

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_LONGEST_CALL = 5.0  # seconds; removing 100,000 old records at once takes one
_RECORD_ON_DISK = 12 * 1024  # bytes: a 4 KiB value takes two pages, and its key is in the table and in two indexes


_REFUSED_FOR = 60.0  # seconds for which a file that cannot be used is not read again
_ROOM = 64 * 1024 * 1024  # additional bytes that a file may have, such as free pages from a time with more entries
# CASE evaluates only what it needs, and typeof() and length() read only the header of a row.
_GET = f"""SELECT CASE typeof(value) WHEN 'blob' THEN length(value) END,
CASE WHEN typeof(value) <> 'blob' THEN NULL WHEN length(value) > {MAX_VALUE_BYTES} THEN NULL ELSE value END,
ends_at FROM records WHERE key = ?"""  # noqa: S608 - a constant number
_SET = "INSERT INTO records (key, value, ends_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at"
_LOCK = """INSERT INTO locks VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET token = excluded.token, ends_at = excluded.ends_at WHERE locks.ends_at <= ? OR locks.ends_at > excluded.ends_at + 60"""
# If a lock ends that much later than a new one would, the clock was set back after it was taken, and its holder may no longer exist.
_SHRINK = "DELETE FROM records WHERE key IN (SELECT key FROM records ORDER BY ends_at LIMIT max(0, (SELECT count(*) FROM records) - ?))"


class SqliteFile:
    """Records and locks in a file, which is opened when it is first used.

    Args:
        path: The file. It is created if it does not exist; its folder is not.
        max_entries: Records that are kept; those that expire first are removed first.
        clock: Wall-clock seconds.
        longest_call: Seconds after which a call is interrupted: another program may replace the tables with endless views while they are in
            use.
    """

    def __init__(
        self, path: Path, max_entries: int, clock: Callable[[], float], *, longest_call: float = _LONGEST_CALL
    ) -> None:
        self._path = path
        self._max_entries = max_entries
        self._clock = clock
        self._writes = 0
        self._is_closing = Event()
        self._longest_call = longest_call
        self._give_up_at = 0.0
        self._connection: sqlite3.Connection | None = None
        self._refusal = ""
        self._refused_until = 0.0

    def get(self, key: str) -> bytes | None:
        """Return the value under *key*, or None if it has expired.

        Raises:
            CacheValueTooLongError: If the value is longer than 4 KiB; it is then not read.
            TimeoutError: If another program holds a lock on the file. The other methods raise it, too.
            ValueError: If the file is the database of another program. The other methods raise it, too, and for `_REFUSED_FOR` do not read
                the file again.
        """
        with self._opened() as connection:
            length, value, ends_at = connection.execute(_GET, (key,)).fetchone() or (None, None, 0.0)
        if length is None or self._clock() >= ends_at:
            return None
        if value is None:
            raise CacheValueTooLongError(key)
        return bytes(value)

    def set(self, key: str, value: bytes, ttl: float) -> None:
        """Store *value* for *ttl* seconds."""
        with self._opened() as connection:
            connection.execute(_SET, (key, value, self._clock() + ttl))
            self._writes += 1
            if self._writes % _WRITES_BETWEEN_LOOKS == 1:
                self._shrink(connection)

    def delete(self, key: str) -> None:
        """Delete *key*."""
        with self._opened() as connection:
            connection.execute("DELETE FROM records WHERE key = ?", (key,))

    def lock(self, key: str, ttl: float) -> str | None:
        """Lock *key*, and return a token, or None if it is locked."""
        token, now = secrets.token_hex(16), self._clock()
        with self._opened() as connection:
            is_ours = connection.execute(_LOCK, (key, token, now + ttl, now)).rowcount == 1
        return token if is_ours else None

    def unlock(self, key: str, token: str) -> None:
        """End the lock of *token*."""
        with self._opened() as connection:
            connection.execute("DELETE FROM locks WHERE key = ? AND token = ?", (key, token))

    def stop_waiting(self) -> None:
        """Make later calls fail at once if another program holds a lock, and end a wait for the lock file. Can be called from any thread."""
        self._is_closing.set()

    def close(self) -> None:
        """Close the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _shrink(self, connection: sqlite3.Connection) -> None:
        now = self._clock()
        connection.execute("DELETE FROM records WHERE ends_at <= ?", (now,))
        connection.execute("DELETE FROM locks WHERE ends_at <= ?", (now,))
        connection.execute(_SHRINK, (self._max_entries,))

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        """Yield the connection. If the file turns out to be damaged, the next call creates a new one."""
        try:
            if self._connection is None:
                self._connection = self._open_unless_refused()
            self._give_up_at = monotonic() + self._longest_call
            if self._is_closing.is_set():
                self._connection.execute("PRAGMA busy_timeout = 0")
            yield self._connection
        except sqlite3.DatabaseError as error:
            code = result_code(error)
            if code in DAMAGED:
                self.close()
            if code in _LOCKED:
                raise TimeoutError(f"{self._path} is locked by another program") from error
            if code == sqlite3.SQLITE_INTERRUPT:
                raise TimeoutError(f"{self._path} did not answer within {self._longest_call:g} s") from error
            raise

    def _open_unless_refused(self) -> sqlite3.Connection:
        if monotonic() < self._refused_until:
            raise ValueError(self._refusal)
        try:
            return self._open()
        except ValueError as error:
            self._refusal, self._refused_until = str(error), monotonic() + _REFUSED_FOR
            raise

    def _open(self) -> sqlite3.Connection:
        """Open the file. No other process can open it at the same time, so that only one of them renames a damaged file."""
        path, patience = self._path, 0.0 if self._is_closing.is_set() else _BUSY
        with file_lock(path.with_name(f"{path.name}.lock"), patience=patience, is_closing=self._is_closing):
            most_bytes = _ROOM + self._max_entries * _RECORD_ON_DISK
            fault = fault_of(path, patience, most_bytes, Watch(self._longest_call, self._is_closing))
            if fault:
                aside = _put_aside(path)
                _LOGGER.warning(
                    "the cache file %s %s; it was renamed to %s, and a new one is created", path, fault, aside
                )
            connection = _connect(path, patience, Watch(self._longest_call, self._is_closing))
        connection.set_progress_handler(lambda: monotonic() > self._give_up_at, STEPS_BETWEEN_LOOKS)
        return connection


def _put_aside(path: Path) -> Path:
    """Rename the file and SQLite's own files next to it. Files that were renamed earlier are replaced."""
    for suffix in ("-journal", "-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{path}.aside{suffix}")
    return Path(f"{path}.aside")


def _connect(path: Path, patience: float, watch: Watch) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        watch.limit_schema(connection)  # another program may have replaced the file in the meantime
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT}")
        connection.executescript(SCHEMA)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection
