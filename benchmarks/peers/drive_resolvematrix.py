"""Measures the asynchronous resolver of the package ``resolvematrix`` from PyPI."""

# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
# mypy and pyright run without the peer installed.

import asyncio
import ssl
from importlib.metadata import version

import httpx
from resolvematrix.async_.server import AsyncServerResolver

from .driving import Task, measure, read_task, report


async def main(task: Task) -> None:
    """Resolve the names."""
    context = ssl.create_default_context(cafile=task.authority)
    async with httpx.AsyncClient(verify=context, timeout=30.0) as client:
        resolver = AsyncServerResolver(client=client)

        async def resolve(name: str) -> int:
            return int((await resolver.resolve(name)).hostname.rpartition(":")[2])

        report(await measure(version("resolvematrix"), resolve, task, asyncio.gather))


if __name__ == "__main__":
    asyncio.run(main(read_task()))
