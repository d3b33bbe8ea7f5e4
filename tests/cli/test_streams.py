"""The command line as a separate process, with pipes, terminals and signals."""

import asyncio
import contextlib
import os
import pty
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests._support.name_lists import ALLOW, RESOLVED, counts_in, file_of


@contextlib.asynccontextmanager
async def running(*arguments: str, stdout: int = PIPE, stderr: int = PIPE) -> AsyncGenerator[Process]:
    """Run the command as a separate process, in which every warning is an error."""
    command = (sys.executable, "-m", "matrix_resolve", "resolve", *arguments, *ALLOW)
    env = {**os.environ, "PYTHONWARNINGS": "error", "TERM": "xterm", "COLUMNS": "100"}
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=stdout, stderr=stderr, env=env)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def send(process: Process, text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text.encode())


async def next_line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode()


async def test_the_standard_input_is_answered_line_by_line() -> None:
    async with running("--from", "-") as process:
        for number in (1, 2, 3):
            send(process, f"192.0.2.{number}\n")
            assert await next_line(process) == RESOLVED.format(number)
        printed, errors = await process.communicate(b"192.0.2.4")
    assert printed.decode() == RESOLVED.format(4)
    assert counts_in(errors.decode()) == (4, {"step 1": 4})
    assert process.returncode == 0


def test_the_standard_input_may_be_a_file(tmp_path: Path) -> None:
    with Path(file_of(tmp_path, "192.0.2.1\n")).open("rb") as file:
        done = _run_to_the_end("import matrix_resolve", stdin=file.fileno())
    assert done == (0, RESOLVED.format(1))


def test_there_may_be_no_standard_input() -> None:
    status, complaint = _run_to_the_end("sys.stdin = None")
    assert (status, complaint) == (2, "matrix-resolve: standard input is closed\n")


def _run_to_the_end(first: str, stdin: int | None = None) -> tuple[int, str]:
    """Run the command on standard input, after the code *first*; return its exit status, and its output or errors."""
    code = f"import sys; {first}; from matrix_resolve.cli import main; sys.exit(main({['--from', '-', *ALLOW]}))"
    done = subprocess.run([sys.executable, "-c", code], stdin=stdin, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    return done.returncode, done.stdout or done.stderr


async def test_interrupted_it_sums_up() -> None:
    async with running("--from", "-") as process:
        send(process, "192.0.2.1\n")
        await next_line(process)
        process.send_signal(signal.SIGINT)
        printed, errors = await process.communicate()
    assert (process.returncode, printed) == (130, b"")
    assert counts_in(errors.decode()) == (1, {"step 1": 1})


@pytest.mark.parametrize("line", ["\n", "# none\n"], ids=["blank", "comments"])
async def test_it_can_be_interrupted_while_it_reads_what_never_ends(line: str) -> None:
    async with running("--from", "-") as process:
        assert process.stdin is not None
        send(process, "192.0.2.1\n")
        await next_line(process)
        for _ in range(10):  # much more than the pipe holds, so that it has been read
            send(process, line * 50_000)
            await process.stdin.drain()
        process.send_signal(signal.SIGINT)
        feeding = asyncio.create_task(_feed(process, line * 10_000))
        assert process.stderr is not None
        errors = await process.stderr.read()
        assert await process.wait() == 130
        await feeding
    assert counts_in(errors.decode()) == (1, {"step 1": 1})


async def _feed(process: Process, text: str) -> None:
    """Write until the other end is closed."""
    assert process.stdin is not None
    with contextlib.suppress(ConnectionError):
        while True:
            send(process, text)
            await process.stdin.drain()


async def test_who_does_not_read_on_stops_it_and_it_can_be_interrupted() -> None:
    """The pipe holds 64 KiB, so a few thousand lines fill it."""
    reader, writer = os.pipe()
    async with running("--from", "-", stdout=writer) as process:
        os.close(writer)
        assert process.stdin is not None
        send(process, "192.0.2.1\n" * 200_000)
        while process.stdin.transport.get_write_buffer_size() and not _is_full(reader):
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        errors = await process.stderr.read()
        assert await process.wait() == 130
    os.close(reader)
    assert 1_000 < counts_in(errors.decode())[0] < 100_000


def _is_full(pipe: int) -> bool:
    """Return whether the pipe has no room for another line."""
    import array  # noqa: PLC0415 - used only here
    import fcntl  # noqa: PLC0415
    import termios  # noqa: PLC0415

    waiting = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, waiting)
    return waiting[0] > 60_000


async def test_a_reader_that_goes_away_ends_it() -> None:
    reader, writer = os.pipe()
    async with running("--from", "-", stdout=writer) as process:
        os.close(writer)
        send(process, "192.0.2.1\n")
        assert os.read(reader, 1_000).decode() == RESOLVED.format(1)
        os.close(reader)
        send(process, "192.0.2.2\n")
        assert process.stderr is not None
        assert await process.stderr.read() == b""
        assert await process.wait() == 1


@pytest.mark.parametrize("arguments", [["192.0.2.1"], ["--from", "-"]])
async def test_a_full_disk_is_reported_without_a_traceback(arguments: list[str]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    async with running(*arguments, stdout=full) as process:
        os.close(full)
        _, errors = await process.communicate(b"192.0.2.1\n")
    assert (process.returncode, errors) == (1, b"matrix-resolve: no space left on device\n")


class TestProgress:
    """The progress bar on a terminal."""

    @staticmethod
    def has_bar(shown: str) -> bool:
        """Return whether a bar is shown. Colours may stand between any two characters."""
        return shown.count("\N{BOX DRAWINGS HEAVY HORIZONTAL}") >= 10

    async def test_is_on_the_terminal_and_the_lines_are_where_they_belong(self, tmp_path: Path) -> None:
        file = file_of(tmp_path, "192.0.2.1\n")
        with terminal() as (ours, theirs):
            async with running("--from", file, stderr=theirs) as process:
                printed, _ = await process.communicate()
                shown = await read_until(ours, "step 1\r\n")
        assert printed.decode() == RESOLVED.format(1)
        assert self.has_bar(shown)
        assert "1 names" in shown
        assert "192.0.2.1" not in shown

    async def test_is_below_the_lines_if_both_are_on_one_terminal(self, tmp_path: Path) -> None:
        """The line is longer than the terminal is wide, and is not wrapped."""
        file = file_of(tmp_path, f"{'x' * 150}!\n")
        with terminal() as (ours, theirs):
            async with running("--from", file, stdout=theirs, stderr=theirs) as process:
                await process.wait()
                shown = await read_until(ours, "invalid-name\r\n")
        assert f"{'x' * 150}!: not resolved" in shown
        assert self.has_bar(shown.partition("not resolved")[2])

    async def test_moves_where_nobody_knows_how_much_there_is(self) -> None:
        with terminal() as (ours, theirs):
            async with running("--from", "-", stderr=theirs) as process:
                send(process, "192.0.2.1\n")
                await next_line(process)
                shown = await read_until(ours, "1 names")
        assert self.has_bar(shown)

    async def test_is_left_out_without_rich(self, tmp_path: Path) -> None:
        without = tmp_path / "rich.py"
        without.write_text("raise ImportError('no rich here')")
        file = file_of(tmp_path, "192.0.2.1\n")
        code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from matrix_resolve.cli import main; main()"
        with terminal() as (ours, theirs):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, "--from", file, *ALLOW, stdout=PIPE, stderr=theirs
            )
            printed, _ = await process.communicate()
            shown = await read_until(ours, "step 1\r\n")
        assert printed.decode() == RESOLVED.format(1)
        assert counts_in(shown.replace("\r\n", "\n")) == (1, {"step 1": 1})


@contextlib.contextmanager
def terminal() -> Generator[tuple[int, int]]:
    """Open a pseudo-terminal, and yield our end and the end of the process."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


async def read_until(terminal: int, end: str) -> str:
    """Read from the terminal until *end* is shown."""
    shown = b""
    while end.encode() not in shown:
        shown += await asyncio.to_thread(os.read, terminal, 65_536)
    return shown.decode()
