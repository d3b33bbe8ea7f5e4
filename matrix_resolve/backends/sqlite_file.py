"""The file of `SqliteCache`: blocking, for one thread. Several processes may use one file.

It holds nothing that cannot be asked for again. So it is not flushed to the disk with each write, and a file that is damaged, or was
written by a newer version of this library, is put aside and begun anew.
"""

import contextlib
import fcntl
import logging
import secrets
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

_LOGGER = logging.getLogger("matrix_resolve")
_VERSION = 1
_BUSY = 0.4  # seconds for which another process may write; a resolver waits for 0.5
_WRITES_BETWEEN_LOOKS = 256
_JOURNAL_LIMIT = 4 * 1024 * 1024  # bytes that the write-ahead log keeps when it is empty
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value BLOB NOT NULL, ends_at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_by_end ON records (ends_at);
CREATE TABLE IF NOT EXISTS locks (key TEXT PRIMARY KEY, token TEXT NOT NULL, ends_at REAL NOT NULL) WITHOUT ROWID;
"""
_SET = "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at"
_LOCK = """INSERT INTO locks VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET token = excluded.token, ends_at = excluded.ends_at WHERE locks.ends_at <= ? OR locks.ends_at > excluded.ends_at + 60"""
# A lock that ends so much later than one taken now is from before the clock was set back, and whoever held it may be gone.
_SHRINK = "DELETE FROM records WHERE key IN (SELECT key FROM records ORDER BY ends_at LIMIT max(0, (SELECT count(*) FROM records) - ?))"


class SqliteFile:
    """Records and locks in a file, which is opened at its first use.

    Args:
        path: The file; it is made if it is not there, its folder is not.
        max_entries: Records that are kept; those whose time ends first go first.
        clock: Wall-clock seconds.
    """

    def __init__(self, path: Path, max_entries: int, clock: Callable[[], float]) -> None:
        self._path = path
        self._max_entries = max_entries
        self._clock = clock
        self._writes = 0
        self._connection: sqlite3.Connection | None = None

    def get(self, key: str) -> bytes | None:
        """Give the value under *key*, unless its time is over."""
        with self._opened() as connection:
            row = connection.execute("SELECT value, ends_at FROM records WHERE key = ?", (key,)).fetchone()
        return row[0] if row is not None and isinstance(row[0], bytes) and self._clock() < row[1] else None

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
        if self._connection is None:
            self._connection = _open(self._path)
        try:
            yield self._connection
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode in _DAMAGED:
                self.close()
            raise


def _open(path: Path) -> sqlite3.Connection:
    with _alone(path):
        fault = _fault(path)
        if fault:
            aside = _put_aside(path)
            _LOGGER.warning("the cache file %s %s; it is now %s, and a new one is begun", path, fault, aside)
        return _connect(path)


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """Keep other processes from opening the file, so that only one of them puts it aside."""
    with path.with_name(f"{path.name}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fault(path: Path) -> str:
    """Say what keeps the file from being used; an empty text if nothing does."""
    if not path.exists():
        return ""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY)) as connection:
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            damage: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in _DAMAGED:
            return f"is damaged ({error})"
        raise
    if version > _VERSION:
        return f"was written by a newer version (format {version}, this one writes {_VERSION})"
    return "" if damage == "ok" else f"is damaged ({damage})"


def _put_aside(path: Path) -> Path:
    """Rename the file and what belongs to it; of those put aside only the last is kept."""
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{path}.aside{suffix}")
    return Path(f"{path}.aside")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
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
