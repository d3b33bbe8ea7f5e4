"""Waiting for the reader or the writer at the other end of a pipe without blocking the event loop."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import IO, Any


async def until_readable(file: IO[Any]) -> None:
    """Wait until reading from *file* would not block."""
    loop = asyncio.get_running_loop()
    await _until(file, loop.add_reader, loop.remove_reader)


async def until_writable(file: IO[Any] | None) -> None:
    """Wait until writing a line to *file* would not block; None is a standard output that the shell has closed."""
    loop = asyncio.get_running_loop()
    if file is not None:
        await _until(file, loop.add_writer, loop.remove_writer)


async def _until(file: IO[Any], add: Callable[..., None], remove: Callable[[int], object]) -> None:
    ready = asyncio.get_running_loop().create_future()
    try:
        descriptor = file.fileno()
        add(descriptor, _set, ready)
    except (OSError, ValueError, NotImplementedError):  # it is a regular file, which never blocks, or none at all
        return
    try:
        await ready
    finally:
        remove(descriptor)


def _set(future: "asyncio.Future[None]") -> None:
    # An interrupt may cancel it at any moment, so that asking whether it is done would not be enough.
    with contextlib.suppress(asyncio.InvalidStateError):
        future.set_result(None)
