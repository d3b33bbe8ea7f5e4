"""Run checks and print their reports."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, cast

from .._util.tasks import TaskSet
from ..check import CheckReport, Severity, Verdict, check_server
from ..check.bounds import AT_ONCE
from ..resolver import ServerNameResolver
from .check_output import Output, waiting_for
from .output import DONE, NOT_RESOLVED, print_error

WARNED = 3
CONCURRENT_NAMES = 10
"""Names that are checked at the same time. A name with silent servers takes its whole timeout, but delays no other name."""
CONCURRENT_ADDRESSES = 80
"""Addresses, of all names together, that are checked at the same time, with at most two connections each. Some systems allow only 256 open
files."""
Check = Callable[[], Coroutine[Any, Any, CheckReport]]


async def run_checks(
    resolver: ServerNameResolver,
    names: Sequence[str],
    output: Output,
    *,
    timeout: float,  # noqa: ASYNC109 - the time limit of each check, not of this function
    concurrency: int = CONCURRENT_NAMES,
) -> int:
    """Check names concurrently, and print the reports in the order of *names*.

    Args:
        resolver: The resolver; it is closed at the end.
        names: The server names.
        output: Prints the reports.
        timeout: Seconds for each check.
        concurrency: The largest number of names that are checked at the same time.

    Returns:
        The exit status for the worst finding.
    """
    tasks, statuses = TaskSet(), list[int]()
    async with resolver:
        try:
            share = min(AT_ONCE, CONCURRENT_ADDRESSES // min(len(names), concurrency))
            checks = [
                partial(check_server, resolver, name, timeout=timeout, limit=asyncio.Semaphore(share)) for name in names
            ]
            for name, task in zip(names, _start(tasks, checks, concurrency), strict=True):
                statuses.append(await _show(name, task, output))
            output.end()
        finally:
            await tasks.aclose()
    return next((status for status in (NOT_RESOLVED, WARNED) if status in statuses), DONE)


async def _show(name: str, task: "asyncio.Task[CheckReport]", output: Output) -> int:
    """Wait for the report on one name and print it. An unexpected error in one check does not end the others."""
    try:
        with waiting_for(name):
            report = await task
    except Exception as error:  # noqa: BLE001 - any error here is a bug in this library
        print_error(
            f"{name}: the check failed because of a bug in matrix-resolve; please report it: {_innermost(error)!r}"
        )
        return NOT_RESOLVED
    output.show(report)
    return status_of(report)


def _innermost(error: BaseException) -> BaseException:
    """Return the first error inside nested exception groups."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def _start(tasks: TaskSet, checks: Sequence[Check], concurrency: int) -> list["asyncio.Task[CheckReport]"]:
    limit = asyncio.Semaphore(concurrency)

    async def run(check: Check) -> CheckReport:
        async with limit:
            return await check()

    started = [asyncio.create_task(run(check)) for check in checks]
    for task in started:
        tasks.add(task)
    return started


def status_of(report: CheckReport) -> int:
    """Return the exit status for a report."""
    if report.worst is Severity.ERROR or report.verdict is Verdict.NOBODY:
        return NOT_RESOLVED
    return WARNED if report.worst is Severity.WARNING or report.verdict is Verdict.UNKNOWN else DONE
