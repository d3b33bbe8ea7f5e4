"""Running checks, and printing what came of each."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from ..check import CheckReport, Severity, Verdict, check
from ..owned_tasks import OwnedTasks
from ..resolver import ServerNameResolver
from .check_output import Output, waiting_for
from .output import DONE, NOT_RESOLVED

WARNED = 3
AT_ONCE = 30
"""Names; each may need a dozen connections or more, and a machine without any left finds faults that are its own."""
Check = Callable[[], Coroutine[Any, Any, CheckReport]]


async def run_checks(
    resolver: ServerNameResolver,
    names: Sequence[str],
    output: Output,
    *,
    timeout: float,  # noqa: ASYNC109 - of each request, not of the whole
    at_once: int = AT_ONCE,
) -> int:
    """Check all names at once, and show them in the order given.

    Args:
        resolver: Resolves them; it is closed at the end.
        names: The server names.
        output: Prints the reports.
        timeout: Seconds for each connection and each request to a target.
        at_once: How many names are under way at most.

    Returns:
        The exit status: that of the worst finding.
    """
    tasks, statuses = OwnedTasks(), list[int]()
    async with resolver:
        try:
            started = _start(tasks, [partial(check, resolver, name, timeout=timeout) for name in names], at_once)
            for name, task in zip(names, started, strict=True):
                with waiting_for(name):
                    report = await task
                output.show(report)
                statuses.append(status_of(report))
            output.end()
        finally:
            await tasks.aclose()
    return next((status for status in (NOT_RESOLVED, WARNED) if status in statuses), DONE)


def _start(tasks: OwnedTasks, checks: Sequence[Check], at_once: int) -> list["asyncio.Task[CheckReport]"]:
    limit = asyncio.Semaphore(at_once)

    async def run(check: Check) -> CheckReport:
        async with limit:
            return await check()

    started = [asyncio.create_task(run(check)) for check in checks]
    for task in started:
        tasks.add(task)
    return started


def status_of(report: CheckReport) -> int:
    """Give the exit status that a report leads to."""
    if report.worst is Severity.ERROR or report.verdict is Verdict.NOBODY:
        return NOT_RESOLVED
    return WARNED if report.worst is Severity.WARNING or report.verdict is Verdict.UNKNOWN else DONE
