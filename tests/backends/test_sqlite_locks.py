"""`SqliteCache` while another program has locked or replaced its files.

Each process that could hang has a time limit, which is far longer than what it needs.
"""

import asyncio
import fcntl
import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from matrix_resolve import ResolverPolicy, ServerNameResolver, SqliteCache
from matrix_resolve.testing import FakeDns, FakeHttp

KEY = "matrix-resolve:2:well-known:example.org"
HANGS = 30.0  # seconds after which a call or a process counts as hanging
LOCKER = """
import fcntl, sys
file = open(sys.argv[1], "a+b")
getattr(fcntl, sys.argv[2])(file, getattr(fcntl, sys.argv[3]))
print("locked", flush=True)
sys.stdin.read()
"""
USER = """
import asyncio, sys
from matrix_resolve import SqliteCache
async def main():
    cache = SqliteCache(sys.argv[1])
    try:
        await asyncio.wait_for(cache.get("key"), 0.05)
    except TimeoutError:
        print("nothing")
asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.sqlite"


def lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


@contextmanager
def another_program(file: Path, function: str, mode: str) -> Generator[None]:
    """Hold a lock on *file* in another process during the block."""
    command = [sys.executable, "-c", LOCKER, str(file), function, mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - no input from outside
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"locked\n"
            yield
        finally:
            process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("mode", ["LOCK_SH", "LOCK_EX"])
async def test_a_lock_of_another_program_is_given_up(path: Path, mode: str) -> None:
    async with asyncio.timeout(HANGS):
        cache = SqliteCache(path)
        with another_program(lock_of(path), "flock", mode):
            for _ in range(2):
                with pytest.raises(TimeoutError, match=r"cache\.sqlite\.lock is locked"):
                    await cache.get(KEY)
        await cache.set(KEY, b"value", 60)
        assert await cache.get(KEY) == b"value", "it is not used again after the lock is gone"
        await cache.aclose()


async def test_closing_ends_the_wait_for_a_lock(path: Path) -> None:
    """Waiting calls are not started again, however many there are."""
    cache = SqliteCache(path)
    with another_program(lock_of(path), "flock", "LOCK_SH"):
        calls = [asyncio.ensure_future(cache.get(KEY)) for _ in range(1000)]
        await asyncio.sleep(0)
        async with asyncio.timeout(HANGS):  # 1,000 waits of 0.4 s are 400 s
            await cache.aclose()
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {TimeoutError}


@pytest.mark.parametrize("is_open", [False, True])
async def test_closing_ends_the_wait_for_a_locked_database(path: Path, *, is_open: bool) -> None:
    async with asyncio.timeout(HANGS), SqliteCache(path) as before:
        await before.set(KEY, b"value", 60)
    cache = SqliteCache(path)
    if is_open:
        await cache.get(KEY)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        calls = [asyncio.ensure_future(cache.set(KEY, b"new", 60)) for _ in range(1000)]
        await asyncio.sleep(0)
        async with asyncio.timeout(HANGS):
            await cache.aclose()
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {TimeoutError}


async def test_calls_before_closing_still_work(path: Path) -> None:
    cache = SqliteCache(path)
    writing = asyncio.ensure_future(cache.set(KEY, b"value", 60))
    await asyncio.sleep(0)
    await cache.aclose()
    await writing
    async with SqliteCache(path) as again:
        assert await again.get(KEY) == b"value"


async def test_a_process_ends_while_another_program_has_the_lock(path: Path) -> None:
    """The process ends although it has not closed the cache and has not received an answer."""
    with another_program(lock_of(path), "flock", "LOCK_SH"):
        command = [sys.executable, "-c", USER, str(path)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=HANGS, check=True)
    assert done.stdout == b"nothing\n"


async def test_a_lock_of_the_other_kind_is_no_obstacle(path: Path) -> None:
    async with asyncio.timeout(HANGS), SqliteCache(path) as cache:
        with another_program(lock_of(path), "lockf", "LOCK_EX"):
            await cache.set(KEY, b"value", 60)


@pytest.mark.parametrize("when", ["before it is opened", "while it is used"])
async def test_a_locked_database_is_given_up(path: Path, when: str) -> None:
    """SQLite uses the locks of ``lockf``."""
    async with asyncio.timeout(HANGS), SqliteCache(path) as before:
        await before.set(KEY, b"value", 60)
    async with asyncio.timeout(HANGS), SqliteCache(path) as cache:
        if when == "while it is used":
            await cache.get(KEY)
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await expect_locked(cache)
        else:
            with another_program(path, "lockf", "LOCK_EX"):
                await expect_locked(cache)
        await cache.set(KEY, b"new", 60)
        assert await cache.get(KEY) == b"new"


async def expect_locked(cache: SqliteCache) -> None:
    for call in (cache.set(KEY, b"new", 60), cache.delete(KEY), cache.lock(KEY, 10)):
        with pytest.raises(TimeoutError, match=r"cache\.sqlite is locked"):
            await call


async def test_it_is_reported_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Three names are resolved, but the file is tried only once."""
    caplog.set_level(logging.WARNING, "matrix_resolve")
    dns, http = FakeDns(), FakeHttp()
    names = ["one.example", "two.example", "three.example"]
    for name in names:
        dns.a(name, "1.2.3.4")
        http.well_known(name, f"{name}:443")
    with another_program(lock_of(path), "flock", "LOCK_SH"):
        policy = ResolverPolicy(cache_cooldown=1e6)
        async with (
            asyncio.timeout(HANGS),
            SqliteCache(path) as cache,
            ServerNameResolver(dns=dns, http=http, cache=cache, policy=policy) as resolver,
        ):
            assert [(await resolver.resolve(name)).delegated for name in names] == [f"{name}:443" for name in names]
    said = [record.getMessage() for record in caplog.records if record.name == "matrix_resolve"]
    assert len(said) == 1
    assert said[0].startswith("the cache backend failed: TimeoutError")


async def test_the_lock_file_is_for_its_owner(path: Path) -> None:
    before = os.umask(0)
    try:
        async with SqliteCache(path) as cache:
            await cache.get(KEY)
    finally:
        os.umask(before)
    assert stat.S_IMODE(lock_of(path).stat().st_mode) == 0o600
    assert stat.S_IMODE(path.stat().st_mode) & 0o022 == 0, "others can write to the records"


def a_link(place: Path) -> None:
    place.symlink_to(place.with_name("elsewhere"))


def a_pipe(place: Path) -> None:
    os.mkfifo(place)


def a_folder(place: Path) -> None:
    place.mkdir()


@pytest.mark.parametrize("put", [a_link, a_pipe, a_folder])
async def test_the_lock_file_must_be_a_regular_file(path: Path, put: Callable[[Path], None]) -> None:
    put(lock_of(path))
    async with asyncio.timeout(HANGS), SqliteCache(path) as cache:
        with pytest.raises(OSError, match=r"cache\.sqlite\.lock"):
            await cache.get(KEY)
    assert not path.with_name("elsewhere").exists(), "a link was followed"
    assert not path.exists()


@pytest.mark.parametrize("put", [a_pipe, a_folder])
async def test_the_database_must_be_a_regular_file(path: Path, put: Callable[[Path], None]) -> None:
    put(path)
    async with asyncio.timeout(HANGS), SqliteCache(path) as cache:
        with pytest.raises(OSError, match="not a regular file"):
            await cache.get(KEY)
    assert [file.name for file in path.parent.iterdir() if file.name.endswith(".aside")] == []


def test_the_other_program_is_seen(path: Path) -> None:
    """The lock of the test works: it keeps other processes out."""
    with another_program(path, "flock", "LOCK_SH"), path.open("ab") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
