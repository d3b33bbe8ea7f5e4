"""Letting work come to its end."""

import asyncio
from collections.abc import Callable


async def settle() -> None:
    """Let everything run that never waits for anything but the event loop."""
    for _ in range(50):
        await asyncio.sleep(0)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait, with an end, for what servers, threads or the kernel have to do first."""
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)
