"""``matrix-resolve serve`` as a separate process, in which every warning is an error."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping, Sequence

import attrs

from .plain_http import Place

DELEGATE_TO = "matrix.example.org:443"
HERE = "127.0.0.1:0"
ENDED_WELL = (0, "", "")
"""The result of `Serving.end` if the server ended normally and printed nothing more."""


@attrs.define
class Serving:
    """A running server.

    Attributes:
        urls: The URLs that it printed.
    """

    process: Process
    urls: list[str]

    @property
    def place(self) -> Place:
        """Return the address and port of the first URL."""
        return place_of(self.urls[0])

    async def line(self) -> str:
        """Return the next line on stdout."""
        assert self.process.stdout is not None
        return _text(await self.process.stdout.readline())

    async def complaint(self) -> str:
        """Return the next line on stderr."""
        assert self.process.stderr is not None
        return _text(await self.process.stderr.readline())

    async def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int | None, str, str]:
        """Send a signal to the server, and return its exit status and its remaining output on stdout and stderr."""
        self.process.send_signal(by)
        printed, complaints = await self.process.communicate()
        return self.process.returncode, printed.decode(), complaints.decode()


@contextlib.asynccontextmanager
async def serving_command(
    *options: str, listen: tuple[str, ...] = (HERE,), descriptors: int | None = None, **env: str
) -> AsyncGenerator[Serving]:
    """Run the command during the block, and wait until it listens on all given addresses.

    Args:
        options: The options of the command.
        listen: The addresses on which it listens.
        descriptors: How many file descriptors it may have; by default as many as the tests.
        env: Additional environment variables.
    """
    limited = ["sh", "-c", 'ulimit -n "$0"; exec "$@"', str(descriptors)] if descriptors else []
    process = await start(*options, *(f"--listen={address}" for address in listen), env=env, before=limited)
    try:
        serving = Serving(process, [])
        for _ in listen:
            serving.urls.append((await serving.line()).partition(" answers ")[0])
        yield serving
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def start(
    *options: str, stdout: int = PIPE, env: Mapping[str, str] | None = None, before: Sequence[str] = ()
) -> Process:
    """Start the command; the words in *before* come first, for a command that runs it."""
    command = (*before, sys.executable, "-m", "matrix_resolve", "serve", f"--delegate-to={DELEGATE_TO}", *options)
    full_env = {**os.environ, "PYTHONWARNINGS": "error", **(env or {})}
    return await asyncio.create_subprocess_exec(*command, stdout=stdout, stderr=PIPE, env=full_env)


def place_of(url: str) -> Place:
    """Return the IP address and port of a URL."""
    ip, _, port = url.split("/")[2].rpartition(":")
    return ip.strip("[]"), int(port)


def _text(line: bytes) -> str:
    return line.decode().removesuffix("\n")
