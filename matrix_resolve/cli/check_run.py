"""Running checks, and printing what came of each."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, cast

from .._util.tasks import TaskSet
from ..check import CheckReport, Severity, Verdict, check
from ..check.bounds import AT_ONCE
from ..resolver import ServerNameResolver
from .check_output import Output, waiting_for
from .output import DONE, NOT_RESOLVED, complain

WARNED = 3
NAMES_AT_ONCE = 10
"""Names that are checked at the same time. One with silent servers stays for its whole timeout, but no other name waits for its connections."""
ADDRESSES_AT_ONCE = 80
"""Addresses of all names that are checked at the same time, with at most two connections each: some systems allow only 256 open files."""
Check = Callable[[], Coroutine[Any, Any, CheckReport]]


async def run_checks(
    resolver: ServerNameResolver,
    names: Sequence[str],
    output: Output,
    *,
    timeout: float,  # noqa: ASYNC109 - of each check, not of the whole
    at_once: int = NAMES_AT_ONCE,
) -> int:
    """Check names concurrently, and print the reports in the given order.

    Args:
        resolver: Resolves them; it is closed at the end.
        names: The server names.
        output: Prints the reports.
        timeout: Seconds for each check.
        at_once: How many names are checked at the same time.

    Returns:
        The exit status: that of the worst finding.
    """
    tasks, statuses = TaskSet(), list[int]()
    async with resolver:
        try:
            share = min(AT_ONCE, ADDRESSES_AT_ONCE // min(len(names), at_once))
            checks = [partial(check, resolver, name, timeout=timeout, limit=asyncio.Semaphore(share)) for name in names]
            for name, task in zip(names, _start(tasks, checks, at_once), strict=True):
                statuses.append(await _show(name, task, output))
            output.end()
        finally:
            await tasks.aclose()
    return next((status for status in (NOT_RESOLVED, WARNED) if status in statuses), DONE)


async def _show(name: str, task: "asyncio.Task[CheckReport]", output: Output) -> int:
    """Show what came of one name; a check that breaks down ends no other."""
    try:
        with waiting_for(name):
            report = await task
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a mistake in this library
        complain(f"{name}: the check broke down, which is a mistake of this program: {_innermost(error)!r}")
        return NOT_RESOLVED
    output.show(report)
    return status_of(report)


def _innermost(error: BaseException) -> BaseException:
    """Give the first error of those that tasks are grouped in."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def _start(tasks: TaskSet, checks: Sequence[Check], at_once: int) -> list["asyncio.Task[CheckReport]"]:
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
