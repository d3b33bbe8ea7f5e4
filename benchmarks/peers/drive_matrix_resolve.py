"""Measures this library."""

import asyncio
import ssl

import matrix_resolve
from matrix_resolve import ServerNameResolver

from .driving import Task, measure, read_task, report


async def main(task: Task) -> None:
    """Resolve the names."""
    async with ServerNameResolver(ssl_context=ssl.create_default_context(cafile=task.authority)) as resolver:

        async def resolve(name: str) -> int:
            return (await resolver.resolve(name)).targets[0].port

        report(await measure(matrix_resolve.__version__, resolve, task, asyncio.gather))


if __name__ == "__main__":
    asyncio.run(main(read_task()))
