"""Measures the floor, with which the others are compared."""

import asyncio
import ssl
from contextlib import aclosing

from ..floor import Floor
from .driving import Task, measure, read_task, report


async def main(task: Task) -> None:
    """Resolve the names."""
    context = ssl.create_default_context(cafile=task.authority)
    async with aclosing(Floor(None, context, lambda ip, port: (ip, port))) as floor:
        report(await measure("", floor.resolve, task, asyncio.gather))


if __name__ == "__main__":
    asyncio.run(main(read_task()))
