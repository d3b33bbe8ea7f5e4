"""Running checks, and printing what came of them: as JSON, in colour, or as plain text."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from ..check import CheckReport, Severity, Verdict, check
from ..owned_tasks import OwnedTasks
from ..resolver import ServerNameResolver
from .check_page import Line
from .check_report import report_lines
from .output import DONE, NOT_RESOLVED, print_lines

WARNED = 3
AT_ONCE = 30
"""Names; each may need a dozen connections or more, and a machine without any left finds faults that are its own."""
Show = Callable[[CheckReport], None]
Check = Callable[[], Coroutine[Any, Any, CheckReport]]


async def run_checks(
    resolver: ServerNameResolver,
    names: Sequence[str],
    show: Show,
    *,
    timeout: float,  # noqa: ASYNC109 - of each request, not of the whole
    at_once: int = AT_ONCE,
) -> int:
    """Check all names at once, and show them in the order given.

    Args:
        resolver: Resolves them; it is closed at the end.
        names: The server names.
        show: Prints a report.
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
                show(report)
                statuses.append(status_of(report))
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
    return WARNED if report.worst is Severity.WARNING else DONE


def output_for(*, in_json: bool, verbose: bool) -> Show:
    """Choose how to print: in colour where the standard output is a terminal that wants it, and rich is there.

    Args:
        in_json: One JSON object per line.
        verbose: Everything that was seen, too.
    """
    if in_json:
        return lambda report: print(json.dumps(report.to_dict()), flush=True)
    print_page = _in_colour() or print_plain
    return lambda report: print_page(report_lines(report, verbose=verbose))


def _in_colour() -> Callable[[Sequence[Line]], None] | None:
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return None
    try:
        from .check_rich import print_rich  # noqa: PLC0415 - only here is rich of use
    except ImportError:
        return None
    return print_rich


def print_plain(lines: Sequence[Line]) -> None:
    """Print lines without colour, wrapped to the terminal if there is one, or to ``COLUMNS``."""
    is_wrapped = "COLUMNS" in os.environ or (sys.stdout is not None and sys.stdout.isatty())
    width = shutil.get_terminal_size().columns if is_wrapped else None
    print_lines(row for line in lines for row in line.wrapped(width))


def waiting_for(name: str) -> AbstractContextManager[object]:
    """Show on the standard error that *name* is under way, if that is a terminal and rich is there."""
    if sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    try:
        from .check_rich import spinner  # noqa: PLC0415 - only here is rich of use
    except ImportError:
        return nullcontext()
    return spinner(name)
