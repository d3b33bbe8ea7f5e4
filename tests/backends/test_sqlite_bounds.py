"""`SqliteCache` limits what it reads, whatever another program has written into its file."""

import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from matrix_resolve import SqliteCache
from matrix_resolve.backends._sqlite.file import SqliteFile
from matrix_resolve.backends._sqlite.file_check import Watch, damage_of
from matrix_resolve.backends.cache import MAX_VALUE_BYTES, CacheValueTooLongError
from matrix_resolve.testing import FakeClock

KEY = "matrix-resolve:2:well-known:example.org"
LONG = 40_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.sqlite"


def sql(path: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return [row for statement in statements for row in connection.execute(statement).fetchall()]


def bytes_read() -> int:
    """Return how many bytes this process has read from files so far."""
    return int(Path("/proc/self/io").read_text().split()[1])


async def test_the_longest_value_is_read(path: Path) -> None:
    async with SqliteCache(path) as cache:
        await cache.set(KEY, b"x" * MAX_VALUE_BYTES, 60)
        assert await cache.get(KEY) == b"x" * MAX_VALUE_BYTES


async def test_a_longer_value_is_refused(path: Path) -> None:
    async with SqliteCache(path) as cache:
        await cache.set(KEY, b"x" * (MAX_VALUE_BYTES + 1), 60)
        with pytest.raises(CacheValueTooLongError, match="has more than 4096 bytes"):
            await cache.get(KEY)
        await cache.set(KEY, b"value", 60)
        assert await cache.get(KEY) == b"value"


@pytest.mark.skipif(sys.platform != "linux", reason="counts the bytes with /proc")
@pytest.mark.parametrize("value", [f"zeroblob({LONG})", f"CAST(zeroblob({LONG}) AS TEXT)"])
async def test_a_huge_value_is_not_read_to_find_it_or_its_neighbours(path: Path, value: str) -> None:
    async with SqliteCache(path) as cache:
        for number in range(100):
            await cache.set(f"{KEY}{number:02}", b"x" * 300, 60)
        sql(path, f"UPDATE records SET value = {value} WHERE key LIKE '%50'", "PRAGMA wal_checkpoint(TRUNCATE)")  # noqa: S608
    async with SqliteCache(path) as cache:
        await cache.get(f"{KEY}00")  # opening the file checks all of it for damage
        began = bytes_read()
        for number in range(100):
            assert await outcome(cache.get(f"{KEY}{number:02}")) in {b"x" * 300, None, CacheValueTooLongError}
        assert bytes_read() - began < LONG / 10


async def outcome(call: Awaitable[bytes | None]) -> object:
    try:
        return await call
    except CacheValueTooLongError as error:
        return type(error)


def test_a_read_that_never_ends_is_given_up(path: Path) -> None:
    """The table is replaced while it is in use."""
    file = SqliteFile(path, 10, FakeClock(), longest_call=0.01)
    file.set(KEY, b"value", 60)
    endless(path)
    with pytest.raises(TimeoutError, match="did not answer within"):
        file.get(KEY)
    file.close()


def endless(path: Path) -> None:
    """Replace the table with a view that never ends."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS key, i AS value, 0 AS ends_at FROM n"
    sql(path, "DROP TABLE records", f"CREATE VIEW records AS {endless}")


def enlarged(path: Path) -> None:
    """With ``max_entries=1``, more than 65 MB are too much."""
    sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(path, 100 * 1024 * 1024)


STRANGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "another layout": (endless, "tables that this version did not create"),
    "too large": (enlarged, "(104857600 bytes)"),
}


@pytest.mark.parametrize("kind", STRANGE)
async def test_a_file_that_we_did_not_write_is_put_aside(
    path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    spoil, said = STRANGE[kind]
    async with SqliteCache(path) as cache:
        await cache.set(KEY, b"value", 60)
    spoil(path)
    async with SqliteCache(path, max_entries=1) as cache:
        assert await cache.get(KEY) is None
        await cache.set(KEY, b"new", 60)
        assert await cache.get(KEY) == b"new"
    assert path.with_name("cache.sqlite.aside").exists()
    assert said in caplog.text


async def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    sql(path, "CREATE TABLE users (name TEXT)", "INSERT INTO users VALUES ('alice')")
    before = path.read_bytes()
    async with SqliteCache(path) as cache:
        with pytest.raises(ValueError, match="has tables of another program"):
            await cache.get(KEY)
    assert path.read_bytes() == before


async def test_statistics_of_the_database_are_no_other_tables(path: Path) -> None:
    async with SqliteCache(path) as cache:
        await cache.set(KEY, b"value", 60)
    sql(path, "ANALYZE")
    async with SqliteCache(path) as cache:
        assert await cache.get(KEY) == b"value"


FEW = 2_000_000
WIDE = 30_000


def long_definition(path: Path) -> None:
    sql(
        path,
        "CREATE TABLE records (a)",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = 'CREATE TABLE records (a) /*' || hex(zeroblob(8000000)) || '*/'",
    )


def many_definitions(path: Path) -> None:
    """Each definition is short enough. They are all views, so none of them has a page in the file."""
    view = f"'CREATE VIEW t' || i || ' AS SELECT ''' || hex(zeroblob({WIDE // 2})) || ''''"
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
    sql(
        path,
        "PRAGMA writable_schema = ON",
        f"{numbers} INSERT INTO sqlite_master SELECT 'view', 't' || i, 't' || i, 0, {view} FROM n",  # noqa: S608
    )


@pytest.mark.skipif(sys.platform != "linux", reason="counts the bytes with /proc")
@pytest.mark.parametrize(("spoil", "most"), [(long_definition, FEW), (many_definitions, 400 * WIDE)])
async def test_definitions_are_read_up_to_a_limit_and_only_once(
    path: Path, spoil: Callable[[Path], None], most: int
) -> None:
    spoil(path)
    assert path.stat().st_size > 15_000_000
    began = bytes_read()
    async with SqliteCache(path) as cache:
        with pytest.raises(ValueError, match="their definitions are too long"):
            await cache.get(KEY)
        assert bytes_read() - began < most
        began = bytes_read()
        for _ in range(3):
            with pytest.raises(ValueError, match="their definitions are too long"):
                await cache.set(KEY, b"value", 60)
        assert bytes_read() - began < WIDE
    assert path.stat().st_size > 15_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="counts the bytes with /proc")
async def test_a_log_that_is_too_large_is_not_read(path: Path) -> None:
    async with SqliteCache(path) as cache:
        await cache.set(KEY, b"value", 60)
    log = path.with_name("cache.sqlite-wal")
    log.touch()
    os.truncate(log, 100 * 1024 * 1024)
    async with SqliteCache(path, max_entries=1) as cache:
        assert await cache.get(KEY) is None
    assert path.with_name("cache.sqlite.aside-wal").stat().st_size == 100 * 1024 * 1024


def test_the_check_for_damage_ends_in_time(path: Path) -> None:
    file = SqliteFile(path, 100_000, FakeClock())
    file.set(KEY, b"value", 60)
    file.close()
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    sql(path, f"{numbers} INSERT INTO records SELECT 'key' || i, 9e9, x'00' FROM n")  # noqa: S608
    with closing(sqlite3.connect(path)) as connection:
        assert "in time" in damage_of(connection, Watch(0.0, Event()))
        assert damage_of(connection, Watch(600.0, Event())) == ""


def test_closing_ends_the_check_for_damage(path: Path) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    sql(path, "CREATE TABLE records (key TEXT NOT NULL)", f"{numbers} INSERT INTO records SELECT i FROM n")  # noqa: S608
    is_closing = Event()
    watch = Watch(600.0, is_closing)
    is_closing.set()
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.OperationalError, match="interrupted"):
        damage_of(connection, watch)


async def test_a_table_of_another_program_is_left_alone_in_a_large_file(path: Path) -> None:
    sql(path, "CREATE TABLE users (name TEXT)")
    enlarged(path)
    async with SqliteCache(path, max_entries=1) as cache:
        with pytest.raises(ValueError, match="has tables of another program"):
            await cache.get(KEY)
    assert path.exists()
