"""`SqliteCache`: restarts, several processes, damage, newer files, and its limits.

The contract suites run in ``tests/contracts``.
"""

import asyncio
import logging
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import uvloop

from matrix_resolve import SqliteCache
from matrix_resolve.testing import FakeClock, check_cache_backend, check_cache_locks
from tests._support.forking import forked

KEY = "matrix-resolve:2:well-known:example.org"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.sqlite"


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


async def test_the_contracts_with_the_real_clock(path: Path) -> None:
    async with SqliteCache(path) as cache:
        await asyncio.gather(check_cache_backend(lambda: Shared(cache)), check_cache_locks(lambda: Shared(cache)))


class Shared:
    """One cache for all checks; it has no method to close it."""

    def __init__(self, cache: SqliteCache) -> None:
        self.get, self.set, self.delete = cache.get, cache.set, cache.delete
        self.lock, self.unlock = cache.lock, cache.unlock


async def test_a_restart_forgets_nothing(path: Path) -> None:
    async with SqliteCache(path) as before:
        await before.set(KEY, b"value", 60)
    async with SqliteCache(path) as after:
        assert await after.get(KEY) == b"value"


async def test_a_crash_forgets_nothing(path: Path) -> None:
    """The process is killed without closing the file."""
    code = (
        "import asyncio, os, signal, sys; from matrix_resolve import SqliteCache\n"
        "async def main():\n"
        f"    await SqliteCache(sys.argv[1]).set({KEY!r}, b'value', 60)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())"
    )
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    async with SqliteCache(path) as cache:
        assert await cache.get(KEY) == b"value"


async def test_several_caches_on_one_file_see_each_other(path: Path) -> None:
    async with SqliteCache(path) as one, SqliteCache(path) as two:
        await one.set(KEY, b"one", 60)
        assert await two.get(KEY) == b"one"
        await two.delete(KEY)
        assert await one.get(KEY) is None


def damage_the_head(path: Path) -> None:
    path.write_bytes(b"this is no database" * 1000)


def damage_the_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def written_by_a_newer_version(path: Path) -> None:
    sql(path, "PRAGMA user_version = 2")


UNUSABLE = {
    "garbage": (damage_the_head, "is damaged"),
    "damaged pages": (damage_the_middle, "is damaged"),
    "cut short": (cut_short, "is damaged"),
    "a newer version": (written_by_a_newer_version, "(format 2, this one writes 1)"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
async def test_an_unusable_file_is_put_aside_with_a_warning(
    kind: str, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil, said = UNUSABLE[kind]
    async with SqliteCache(path) as cache:
        await asyncio.gather(*(cache.set(f"{KEY}{number}", b"x" * 400, 60) for number in range(50)))
    spoil(path)
    spoilt = path.read_bytes()
    async with SqliteCache(path) as first, SqliteCache(path) as second:
        assert [await first.get(KEY), await second.get(KEY)] == [None, None]
        await first.set(KEY, b"value", 60)
        assert await second.get(KEY) == b"value"
    assert Path(f"{path}.aside").read_bytes() == spoilt
    own = [record for record in caplog.records if record.name == "matrix_resolve"]
    assert [record.levelno for record in own] == [logging.WARNING]
    assert said in caplog.text
    assert f"it was renamed to {path}.aside" in caplog.text


async def test_damage_while_it_is_used_costs_some_answers_and_no_more(path: Path) -> None:
    async with SqliteCache(path) as cache:
        await asyncio.gather(*(cache.set(f"{KEY}{number}", b"x" * 400, 60) for number in range(200)))
        sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        damage_the_middle(path)
        outcomes = await asyncio.gather(*(cache.get(f"{KEY}{number}") for number in range(200)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {bytes, type(None), sqlite3.DatabaseError}
        await cache.set(KEY, b"value", 60)
        assert await cache.get(KEY) == b"value"


async def test_a_file_that_is_taken_away_is_an_error_and_no_more(path: Path) -> None:
    folder = path.parent / "no such folder"
    async with SqliteCache(folder / "cache") as cache:
        with pytest.raises(OSError, match="No such file or directory"):
            await cache.get(KEY)
        folder.mkdir()
        await cache.set(KEY, b"value", 60)
        assert await cache.get(KEY) == b"value"


async def test_its_size_is_bounded(path: Path) -> None:
    """Records that expire first are removed first. This happens only now and then."""
    clock = FakeClock()
    async with SqliteCache(path, max_entries=100, clock=clock) as cache:
        for number in range(1025):
            await cache.set(f"{KEY}{number}", b"value", 60 + number)
        assert await cache.get(f"{KEY}1024") == b"value"
        assert await cache.get(f"{KEY}0") is None
    assert sql(path, "SELECT count(*) FROM records") == [(100,)]


async def test_what_is_over_leaves_the_file(path: Path) -> None:
    clock = FakeClock()
    async with SqliteCache(path, clock=clock) as cache:
        await cache.set(KEY, b"value", 60)
        await cache.lock(KEY, 60)
        clock.advance(61)
    async with SqliteCache(path, clock=clock) as cache:
        await cache.set("another", b"value", 60)
    assert sql(path, "SELECT key FROM records") == [("another",)]
    assert sql(path, "SELECT count(*) FROM locks") == [(0,)]


async def test_a_clock_that_is_set_back_does_not_prolong_a_lock(path: Path) -> None:
    clock = FakeClock()
    async with SqliteCache(path, clock=clock) as cache, SqliteCache(path, clock=clock) as other:
        assert await cache.lock(KEY, 10) is not None
        clock.now -= 0.01  # as if another worker had read the clock first and opened the file second
        assert await other.lock(KEY, 10) is None
        clock.now -= 86_400
        assert await other.lock(KEY, 10) is not None
        assert await cache.lock(KEY, 10) is None


async def test_readers_need_not_wait_for_a_writer(path: Path) -> None:
    async with SqliteCache(path) as cache:
        await cache.set(KEY, b"value", 60)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await cache.get(KEY) == b"value"


async def test_what_somebody_else_wrote_into_it_is_a_miss(path: Path) -> None:
    async with SqliteCache(path) as cache:
        await cache.set(KEY, b"value", 60)
        sql(path, "UPDATE records SET value = 'text'")
        assert await cache.get(KEY) is None
        sql(path, "UPDATE records SET value = 7, ends_at = 'never'")
        assert await cache.get(KEY) is None


async def test_the_loop_goes_on_while_it_works(path: Path) -> None:
    async with SqliteCache(path) as cache:
        writing = asyncio.ensure_future(cache.set(KEY, b"value", 60))
        await asyncio.sleep(0)
        assert not writing.done(), "it does not run in another thread"
        await writing


async def test_a_cancelled_call_leaves_it_usable(path: Path) -> None:
    async with SqliteCache(path) as cache:
        calls = [asyncio.ensure_future(cache.set(f"{KEY}{number}", b"value", 60)) for number in range(50)]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        await cache.set(KEY, b"value", 60)
        assert await cache.get(KEY) == b"value"


async def test_a_closed_cache_says_so(path: Path) -> None:
    cache = SqliteCache(path)
    await cache.set(KEY, b"value", 60)
    await cache.aclose()
    await cache.aclose()
    with pytest.raises(RuntimeError, match="this SqliteCache is closed"):
        await cache.get(KEY)
    assert not Path(f"{path}-wal").exists(), "SQLite did not remove its log"


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_two_loops_in_turn(path: Path, new_loop: "type[asyncio.AbstractEventLoop]") -> None:
    cache = SqliteCache(path)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(cache.set(KEY, b"value", 60))
    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(cache.get(KEY)) == b"value"
        runner.run(cache.aclose())


def test_a_child_after_a_fork_uses_the_file_anew(path: Path) -> None:
    cache = SqliteCache(path)

    def child() -> bool:
        with asyncio.Runner() as own:
            found = own.run(cache.get(KEY))
            own.run(cache.set(KEY, b"of the child", 60))
            own.run(cache.aclose())
        return found == b"of the parent"

    with asyncio.Runner() as runner:
        runner.run(cache.set(KEY, b"of the parent", 60))
        assert os.waitpid(forked(child), 0)[1] == 0
        assert runner.run(cache.get(KEY)) == b"of the child"
        runner.run(cache.aclose())
