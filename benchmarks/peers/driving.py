"""What all drivers share. It runs in the environment of a peer, so it needs nothing but Python.

A driver reads a task from its input, resolves the names twice, and prints what that took. A peer remembers what it remembers.
"""

import gc
import json
import sys
from collections.abc import Awaitable, Callable
from time import process_time
from typing import Any, NamedTuple

PORTS = {"step32": 443, "step4": 8443, "step6": 8448}
Resolve = Callable[[str], Awaitable[int]]
"""Resolves a name, and gives the port of its first target."""


class Task(NamedTuple):
    """What to do.

    Attributes:
        authority: The certificate to trust, as a PEM file.
        names: To be measured.
        first_names: To be resolved before, so that everything is loaded.
        concurrency: How many names at a time.
    """

    authority: str
    names: list[str]
    first_names: list[str]
    concurrency: int


class Figures(NamedTuple):
    """What it took.

    Attributes:
        version: Of the peer.
        cold: CPU seconds for all names.
        warm: CPU seconds for all names once more, one after the other.
        right: How many names led to the right port.
    """

    version: str
    cold: float
    warm: float
    right: int


def read_task() -> Task:
    """Read the task from the input."""
    return Task(**json.load(sys.stdin))


def report(figures: Figures) -> None:
    """Print the result."""
    json.dump(figures, sys.stdout)


async def measure(version: str, resolve: Resolve, task: Task, gather: Callable[..., Awaitable[Any]]) -> Figures:
    """Resolve all names twice.

    Args:
        version: Of the peer.
        resolve: The peer.
        task: The names.
        gather: Runs coroutines at the same time.
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
