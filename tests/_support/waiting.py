"""Functions that wait until other work has ended."""

import asyncio
from collections.abc import Callable


async def settle() -> None:
    """Let all tasks run that wait only for the event loop."""
    for _ in range(50):
        await asyncio.sleep(0)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait at most ten seconds for something that servers, threads or the kernel have to do."""
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)
