"""The code that all drivers share. It runs in the environments of the peers, so it may only use the standard library.

A driver reads a task from standard input, resolves the names twice, and prints the CPU time of both. A peer may cache
what it likes.
"""

import gc
import json
import sys
from collections.abc import Awaitable, Callable
from time import process_time
from typing import Any, NamedTuple

PORTS = {"step32": 443, "step4": 8443, "step6": 8448}
Resolve = Callable[[str], Awaitable[int]]
"""Resolves a name and returns the port of its first target."""


class Task(NamedTuple):
    """The task of a driver.

    Attributes:
        authority: The PEM file of the authority to trust.
        names: The names to measure.
        first_names: The names to resolve before the measurement, so that everything is loaded.
        concurrency: How many names to resolve at the same time.
    """

    authority: str
    names: list[str]
    first_names: list[str]
    concurrency: int


class Figures(NamedTuple):
    """The results of a driver.

    Attributes:
        version: The version of the peer.
        cold: CPU seconds for all names.
        warm: CPU seconds for the same names again, one after the other.
        right: The number of names that were resolved to the right port.
    """

    version: str
    cold: float
    warm: float
    right: int


def read_task() -> Task:
    """Read the task from standard input."""
    return Task(**json.load(sys.stdin))


def report(figures: Figures) -> None:
    """Print the results as JSON."""
    json.dump(figures, sys.stdout)


async def measure(version: str, resolve: Resolve, task: Task, gather: Callable[..., Awaitable[Any]]) -> Figures:
    """Resolve all names twice, and return the figures.

    Args:
        version: The version of the peer.
        resolve: Resolves a name with the peer.
        task: The names.
        gather: Runs coroutines concurrently.
    """
    for name in task.first_names:
        await resolve(name)
    waiting, ports = iter(task.names), dict[str, int]()

    async def work() -> None:
        for name in waiting:
            ports[name] = await resolve(name)

    began = _now()
    await gather(*(work() for _ in range(task.concurrency)))
    cold, began = process_time() - began, _now()
    for name in task.names:
        await resolve(name)
    warm = process_time() - began
    return Figures(version, cold, warm, sum(port == PORTS[name.partition("-")[0]] for name, port in ports.items()))


def _now() -> float:
    gc.collect()
    return process_time()
