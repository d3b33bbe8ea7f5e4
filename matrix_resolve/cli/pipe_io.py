"""Wait for the process at the other end of a pipe without blocking the event loop."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import IO, Any


async def until_readable(file: IO[Any]) -> None:
    """Wait until reading from *file* would not block."""
    loop = asyncio.get_running_loop()
    await _until(file, loop.add_reader, loop.remove_reader)


async def until_writable(file: IO[Any] | None) -> None:
    """Wait until writing a line to *file* would not block. *file* is None if the shell has closed standard output."""
    loop = asyncio.get_running_loop()
    if file is not None:
        await _until(file, loop.add_writer, loop.remove_writer)


async def _until(file: IO[Any], add: Callable[..., None], remove: Callable[[int], object]) -> None:
    ready = asyncio.get_running_loop().create_future()
    try:
        descriptor = file.fileno()
        add(descriptor, _set, ready)
    except (OSError, ValueError, NotImplementedError):  # a regular file, which never blocks, or a closed one
        return
    try:
        await ready
    finally:
        remove(descriptor)


def _set(future: "asyncio.Future[None]") -> None:
    # An interrupt may cancel the future at any moment, so a check with done() is not enough.
    with contextlib.suppress(asyncio.InvalidStateError):
        future.set_result(None)
