"""Letting work come to its end without looking at a clock."""

import asyncio


async def settle() -> None:
    """Let everything run that never waits for anything but the event loop."""
    for _ in range(50):
        await asyncio.sleep(0)
