"""``matrix-resolve serve`` drops and counts the lines that do not fit into a pipe that nobody reads. It never waits."""

import os
import select
import signal
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TextIO

import pytest

from matrix_resolve.cli.line_log import LineLog
from matrix_resolve.publish import WELL_KNOWN_PATH
from tests._support.plain_http import ask
from tests._support.serve_command import place_of, start

LINE = "x" * 1000
MANY = 1000  # lines of 1,000 bytes; a pipe holds 65,536 bytes


@contextmanager
def _pipe() -> Generator[tuple[int, TextIO]]:
    ours, its = os.pipe()
    with closing(os.fdopen(its, "w", encoding="utf-8")) as stream:
        try:
            yield ours, stream
        finally:
            os.close(ours)


def _read_all(descriptor: int) -> list[str]:
    """Return the lines in the pipe."""
    return _read_all_bytes(descriptor).decode().splitlines()


def test_lines_without_room_are_dropped_and_counted_once() -> None:
    with _pipe() as (ours, stream):
        log = LineLog(stream)
        for _ in range(MANY):
            log.write(LINE)
        written = _read_all(ours)
        assert set(written) == {LINE}
        log.write("next")
        log.write("last")
        assert _read_all(ours) == [f"lines dropped because nobody read them: {MANY - len(written)}", "next", "last"]
        log.close()
        assert os.get_blocking(stream.fileno())


def test_what_was_dropped_last_is_said_at_the_end() -> None:
    with _pipe() as (ours, stream):
        log = LineLog(stream)
        for _ in range(MANY):
            log.write(LINE)
        written = _read_all(ours)
        log.close()
        assert _read_all(ours) == [f"lines dropped because nobody read them: {MANY - len(written)}"]


def test_a_line_of_which_a_part_was_written_is_completed() -> None:
    """The system may write only a part of a line that is longer than `PIPE_BUF`."""
    long = "\u00e9" * 2000 + "\u20ac"
    with _pipe() as (ours, stream):
        log = LineLog(stream)
        for _ in range(MANY):
            log.write("\u4e2d" * 2000)
        first = _read_all_bytes(ours)
        log.write(long)
        lines = (first + _read_all_bytes(ours)).decode().splitlines()
        assert set(lines[:-2]) == {"\u4e2d" * 2000}
        assert lines[-2] == f"lines dropped because nobody read them: {MANY - len(lines[:-2])}"
        assert lines[-1] == "\u00e9" * 2000 + "…"


def _read_all_bytes(descriptor: int) -> bytes:
    return os.read(descriptor, 1_000_000)


def test_the_loss_of_the_stream_is_said_once() -> None:
    ours, its = os.pipe()
    os.close(ours)
    errors = list[Exception]()
    with os.fdopen(its, "w", encoding="utf-8") as stream:
        log = LineLog(stream, errors.append)
        for _ in range(3):
            log.write(LINE)
    assert [type(error) for error in errors] == [BrokenPipeError]


def test_there_may_be_no_stream() -> None:
    LineLog(None).write(LINE)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
async def test_serving_and_signals_go_on_when_the_pipe_is_full(by: signal.Signals) -> None:
    ours, its = os.pipe()
    process = await start("--listen=127.0.0.1:0", stdout=its)
    with os.fdopen(its, "wb", buffering=0) as other, os.fdopen(ours, "rb", buffering=0) as printed:
        place = place_of(printed.readline().decode())
        _fill(other.fileno())
        for _ in range(3):
            assert (await ask(place, "GET", WELL_KNOWN_PATH)).status == 200
        process.send_signal(by)
        _, complaints = await process.communicate()
    assert (process.returncode, complaints) == (0, b"")


def _fill(descriptor: int) -> None:
    """Fill a pipe without leaving it non-blocking: the server uses the same open file."""
    while select.select([], [descriptor], [], 0)[1]:
        os.write(descriptor, b"x" * select.PIPE_BUF)
