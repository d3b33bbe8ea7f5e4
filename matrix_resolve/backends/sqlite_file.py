"""The file of `SqliteCache`: blocking, for one thread. Several processes may use one file.

Everything in the file can be fetched again. So it is not flushed to disk after each write, and a file that is damaged, or that this version of
the library would not have written, is renamed and a new one is started.

The amount of data that is read is limited even if another program writes to the file: long values are not read, only this library's tables are
accepted, and a file that is too large for its entries is not checked for damage. Waiting for another program's lock takes at most `_BUSY`, and
a statement at most `_LONGEST_CALL`.
"""

import contextlib
import logging
import secrets
import sqlite3
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

from .cache import MAX_VALUE, CacheValueTooLongError
from .file_lock import file_lock

_LOGGER = logging.getLogger("matrix_resolve")
_VERSION = 1
_BUSY = 0.4  # seconds for which another process may write; a resolver waits for 0.5
_WRITES_BETWEEN_LOOKS = 256
_JOURNAL_LIMIT = 4 * 1024 * 1024  # bytes that the write-ahead log keeps when it is empty
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_LONGEST_CALL = 5.0  # seconds; removing 100,000 old records at once takes one
_STEPS_BETWEEN_LOOKS = 100_000  # steps of SQLite's virtual machine, a few milliseconds
_RECORD_ON_DISK = 12 * 1024  # bytes: a 4 KiB value takes two pages, and its key is in the table and in two indexes
_ROOM = 64 * 1024 * 1024  # additional bytes that a file may have, such as free pages from a time with more entries
# The value is last, because SQLite reads it completely to reach a later column. WITHOUT ROWID would read whole rows to compare keys.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, ends_at REAL NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS records_by_end ON records (ends_at);
CREATE TABLE IF NOT EXISTS locks (key TEXT PRIMARY KEY, token TEXT NOT NULL, ends_at REAL NOT NULL) WITHOUT ROWID;
"""
# CASE evaluates only what it needs, and typeof() and length() read only the header of a row.
_GET = f"""SELECT CASE typeof(value) WHEN 'blob' THEN length(value) END,
CASE WHEN typeof(value) <> 'blob' THEN NULL WHEN length(value) > {MAX_VALUE} THEN NULL ELSE value END,
ends_at FROM records WHERE key = ?"""  # noqa: S608 - a constant number
_SET = "INSERT INTO records (key, value, ends_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at"
_LOCK = """INSERT INTO locks VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET token = excluded.token, ends_at = excluded.ends_at WHERE locks.ends_at <= ? OR locks.ends_at > excluded.ends_at + 60"""
# A lock that ends that much later than one taken now is from before the clock was set back, and its holder may be gone.
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

    def get(self, key: str) -> bytes | None:
        """Return the value under *key*, or None if it has expired.

        Raises:
            CacheValueTooLongError: If the value is longer than 4 KiB; it is then not read.
            TimeoutError: If another program holds a lock on the file. The other methods raise it, too.
        """
        with self._opened() as connection:
            length, value, ends_at = connection.execute(_GET, (key,)).fetchone() or (None, None, 0.0)
        if length is None or self._clock() >= ends_at:
            return None
        if value is None:
            raise CacheValueTooLongError(key)
        return bytes(value)

    def set(self, key: str, value: bytes, ttl: float) -> None:
        """Keep *value* for *ttl* seconds."""
        with self._opened() as connection:
            connection.execute(_SET, (key, value, self._clock() + ttl))
            self._writes += 1
            if self._writes % _WRITES_BETWEEN_LOOKS == 1:
                self._shrink(connection)

    def delete(self, key: str) -> None:
        """Forget *key*."""
        with self._opened() as connection:
            connection.execute("DELETE FROM records WHERE key = ?", (key,))

    def lock(self, key: str, ttl: float) -> str | None:
        """Lock *key*, and give a token; None if it is locked."""
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
        """Give the connection; if the file turns out to be damaged, the next call begins a new one."""
        try:
            if self._connection is None:
                self._connection = self._open()
            self._give_up_at = monotonic() + self._longest_call
            if self._is_closing.is_set():
                self._connection.execute("PRAGMA busy_timeout = 0")
            yield self._connection
        except sqlite3.DatabaseError as error:
            code = _result_code(error)
            if code in _DAMAGED:
                self.close()
            if code in _LOCKED:
                raise TimeoutError(f"{self._path} is locked by another program") from error
            if code == sqlite3.SQLITE_INTERRUPT:
                raise TimeoutError(f"{self._path} did not answer within {self._longest_call:g} s") from error
            raise

    def _open(self) -> sqlite3.Connection:
        """Open the file. No other process can open it at the same time, so that only one of them renames a damaged file."""
        path, patience = self._path, 0.0 if self._is_closing.is_set() else _BUSY
        with file_lock(path.with_name(f"{path.name}.lock"), patience=patience, is_closing=self._is_closing):
            fault = _fault(path, patience=patience, most_bytes=_ROOM + self._max_entries * _RECORD_ON_DISK)
            if fault:
                aside = _put_aside(path)
                _LOGGER.warning(
                    "the cache file %s %s; it was renamed to %s, and a new one is started", path, fault, aside
                )
            connection = _connect(path, patience=patience)
        connection.set_progress_handler(lambda: monotonic() > self._give_up_at, _STEPS_BETWEEN_LOOKS)
        return connection


def _result_code(error: sqlite3.DatabaseError) -> int:
    """Return the primary result code. Errors that Python itself raises have none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _fault(path: Path, *, patience: float, most_bytes: int) -> str:
    """Return why the file cannot be used, or an empty string if it can.

    Raises:
        OSError: If it is not a regular file.
        ValueError: If the file is the database of another program, and so must not be renamed.
    """
    if not path.exists():
        return ""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"{path} is not a regular file")
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=patience)) as connection:
            return _strange(path, connection) or _too_large(path, most_bytes) or _damaged(connection)
    except sqlite3.DatabaseError as error:
        if _result_code(error) in _DAMAGED:
            return f"is damaged ({error})"
        raise


def _strange(path: Path, connection: sqlite3.Connection) -> str:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        return f"was written by a newer version (format {version}, this one writes {_VERSION})"
    found, own = _tables(connection), _own_tables()
    if not found.keys() <= own.keys():
        raise ValueError(f"{path} has tables of another program")
    return "" if found.items() <= own.items() else "has tables that this version did not create"


def _too_large(path: Path, most_bytes: int) -> str:
    size = path.stat().st_size
    return "" if size <= most_bytes else f"is too large for its entries ({size} bytes)"


def _damaged(connection: sqlite3.Connection) -> str:
    damage: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    return "" if damage == "ok" else f"is damaged ({damage})"


def _own_tables() -> dict[str, tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        return _tables(connection)


def _tables(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Return type and definition of tables, views, indexes and triggers by name, without those that SQLite creates by itself."""
    found = connection.execute("SELECT name, type, sql FROM sqlite_master WHERE name NOT GLOB 'sqlite_*'")
    return {name: (kind, sql) for name, kind, sql in found}


def _put_aside(path: Path) -> Path:
    """Rename the file and what belongs to it; of those put aside only the last is kept."""
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{path}.aside{suffix}")
    return Path(f"{path}.aside")


def _connect(path: Path, *, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT}")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection
