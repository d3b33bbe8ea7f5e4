"""Checks a file of `SqliteCache` before it is used: whether another program created it, and whether it is damaged.

SQLite reads all definitions of tables before it runs any statement on them. So their length and their number are limited on the connection
itself, not in the statement.
"""

import contextlib
import sqlite3
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Timer
from time import monotonic

VERSION = 1
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LONGEST_FIELD = 64 * 1024  # bytes; our own definitions have 110, and values of more than 4 KiB are not used
_STEPS_BETWEEN_SCHEMA_LOOKS = 100
_MOST_SCHEMA_LOOKS = 20  # 2,000 steps, about 350 definitions: ours take 90, with statistics
STEPS_BETWEEN_LOOKS = 100_000  # steps of SQLite's virtual machine, a few milliseconds
# The value is last, because SQLite reads it completely to reach a later column. WITHOUT ROWID would read whole rows to compare keys.
SCHEMA = """
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, ends_at REAL NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS records_by_end ON records (ends_at);
CREATE TABLE IF NOT EXISTS locks (key TEXT PRIMARY KEY, token TEXT NOT NULL, ends_at REAL NOT NULL) WITHOUT ROWID;
"""


class Watch:
    """Limits what a connection does until the file is known to belong to this library.

    Args:
        longest: Seconds until it is interrupted.
        is_closing: When set, it is interrupted, too.
    """

    def __init__(self, longest: float, is_closing: Event) -> None:
        self._give_up_at = monotonic() + longest
        self._is_closing = is_closing
        self._was_closing = is_closing.is_set()
        self._looks = 0

    def is_late(self) -> bool:
        """Return whether the time is over."""
        return monotonic() >= self._give_up_at

    def is_over(self) -> bool:
        """Return whether the time is over, or the cache has begun to close."""
        return self.is_late() or (self._is_closing.is_set() and not self._was_closing)

    def is_schema_too_long(self) -> bool:
        """Return whether too many steps were needed to read the schema."""
        return self._looks > _MOST_SCHEMA_LOOKS

    def limit_schema(self, connection: sqlite3.Connection) -> None:
        """Limit the length of each definition, and their number. Call it before any statement."""
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_FIELD)
        connection.set_progress_handler(self._look, _STEPS_BETWEEN_SCHEMA_LOOKS)

    @contextmanager
    def limit_time(self, connection: sqlite3.Connection) -> Generator[None]:
        """Limit the time of a block. SQLite before 3.41 walks through a tree without calling the handler, but can be interrupted."""
        connection.set_progress_handler(self.is_over, STEPS_BETWEEN_LOOKS)
        timer = Timer(max(0.0, self._give_up_at - monotonic()), connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # the connection must not be closed before that

    def _look(self) -> bool:
        self._looks += 1
        return self.is_schema_too_long() or self.is_over()


def result_code(error: sqlite3.DatabaseError) -> int:
    """Return SQLite's primary result code, or 0 for an error that Python itself raised."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def fault_of(path: Path, patience: float, most_bytes: int, watch: Watch) -> str:
    """Return why the file cannot be used, or an empty string if it can.

    Raises:
        OSError: If it is not a regular file.
        ValueError: If the file is the database of another program, so that it must not be renamed.
    """
    if not path.exists():
        return ""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"{path} is not a regular file")
    too_large = _too_large(path, most_bytes)
    # A large log or journal is not read, not even to find out which program created the database.
    source = f"{path.absolute().as_uri()}?{'immutable=1' if too_large else 'mode=rw'}"
    try:
        with contextlib.closing(sqlite3.connect(source, uri=True, timeout=patience)) as connection:
            watch.limit_schema(connection)
            return _strange(path, connection, watch) or too_large or damage_of(connection, watch)
    except sqlite3.DatabaseError as error:
        if result_code(error) in DAMAGED:
            return f"is damaged ({error})"
        raise


def _strange(path: Path, connection: sqlite3.Connection, watch: Watch) -> str:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        return f"was written by a newer version (format {version}, this one writes {VERSION})"
    try:
        found, own = _tables(connection), _own_tables()
    except sqlite3.DatabaseError as error:
        if _is_too_long(error) or watch.is_schema_too_long():
            raise ValueError(f"{path} has tables of another program: their definitions are too long") from error
        raise
    if not found.keys() <= own.keys():
        raise ValueError(f"{path} has tables of another program")
    return "" if found.items() <= own.items() else "has tables that this version did not create"


def _is_too_long(error: sqlite3.DatabaseError) -> bool:
    """Return whether a field is too long. SQLite reports that as damage if it occurs in the schema, so the text is compared, too."""
    return result_code(error) == sqlite3.SQLITE_TOOBIG or "too big" in str(error)


def _too_large(path: Path, most_bytes: int) -> str:
    """Return a message if the file, its log or its journal is too large, or an empty string. SQLite reads log and journal completely."""
    for suffix in ("", "-wal", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            size = Path(f"{path}{suffix}").stat().st_size
            if size > most_bytes:
                return f"is too large for its entries ({size} bytes)"
    return ""


def damage_of(connection: sqlite3.Connection, watch: Watch) -> str:
    """Return what is wrong with the pages, or an empty string. The check ends when the time of *watch* is over."""
    try:
        with watch.limit_time(connection):
            damage: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if _is_too_long(error):
            return "has fields that are too long"
        if result_code(error) == sqlite3.SQLITE_INTERRUPT and watch.is_late():
            return "could not be checked in time"
        raise
    return "" if damage == "ok" else f"is damaged ({damage})"


def _own_tables() -> dict[str, tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        return _tables(connection)


def _tables(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Return the type and definition of tables, views, indexes and triggers by name, without those that SQLite creates itself."""
    found = connection.execute("SELECT name, type, sql FROM sqlite_master WHERE name NOT GLOB 'sqlite_*'")
    return {name: (kind, sql) for name, kind, sql in found}
