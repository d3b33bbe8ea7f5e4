"""Print reports: as JSON, in colour, or as plain text."""

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from ..check import CheckReport, Verdict
from ..check.evidence import has_invalid_name
from ..check.page import Line
from ..check.report import lines_of
from .output import print_lines

_Print = Callable[[Sequence[Line]], None]
_SCOPES: Mapping[Verdict, str] = {
    Verdict.EVERYBODY: "for everybody",
    Verdict.SOME: "for some servers only",
    Verdict.NOBODY: "for nobody",
}


class Output(Protocol):
    """Prints reports, one after another."""

    def show(self, report: CheckReport) -> None:
        """Print a report."""

    def end(self) -> None:
        """Print what follows the last report."""


class JsonOutput:
    """Prints one JSON object per line."""

    def show(self, report: CheckReport) -> None:
        """Print a report."""
        print(json.dumps(report.to_dict()), flush=True)

    def end(self) -> None:
        """Print nothing."""


class PageOutput:
    """Prints reports as text, with an empty line between them, and a summary at the end if there are several.

    Args:
        print_page: Prints lines.
        verbose: True to print everything that was seen as well.
    """

    def __init__(self, print_page: _Print, *, verbose: bool) -> None:
        self._print = print_page
        self._verbose = verbose
        self._verdicts: Counter[Verdict | None] = Counter()

    def show(self, report: CheckReport) -> None:
        """Print a report."""
        between = [Line.of(0, "")] if self._verdicts else []
        self._print([*between, *lines_of(report, verbose=self._verbose)])
        self._verdicts[None if has_invalid_name(report.evidence) else report.verdict] += 1

    def end(self) -> None:
        """Print the summary."""
        if self._verdicts.total() > 1:
            text = f"{self._verdicts.total()} names: {', '.join(_counted(self._verdicts))}"
            self._print([Line.of(0, ""), Line.of(0, text)])


def _counted(verdicts: Counter[Verdict | None]) -> Iterator[str]:
    """Yield the number of names with each verdict. The key None counts invalid names."""
    is_first = True
    for verdict, scope in _SCOPES.items():
        number = verdicts[verdict]
        if number:
            verb = ("works " if number == 1 else "work ") if is_first else ""
            yield f"{number} {verb}{scope}"
            is_first = False
    if verdicts[Verdict.UNKNOWN]:
        yield f"{verdicts[Verdict.UNKNOWN]} unknown"
    if verdicts[None]:
        yield f"{verdicts[None]} invalid name{'s' if verdicts[None] > 1 else ''}"


def output_for(*, in_json: bool, verbose: bool) -> Output:
    """Return the output to use: in colour if standard output is a terminal, ``NO_COLOR`` is not set and rich is installed.

    Args:
        in_json: True to print one JSON object per line.
        verbose: True to print everything that was seen as well.
    """
    return JsonOutput() if in_json else PageOutput(_in_colour() or print_plain, verbose=verbose)


def _in_colour() -> _Print | None:
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return None
    try:
        from .check_rich import print_rich  # noqa: PLC0415 - rich is optional, and used only on a terminal
    except ImportError:
        return None
    return print_rich


def print_plain(lines: Sequence[Line]) -> None:
    """Print lines without colour, wrapped to the terminal if there is one, or to ``COLUMNS``."""
    is_wrapped = "COLUMNS" in os.environ or (sys.stdout is not None and sys.stdout.isatty())
    width = shutil.get_terminal_size().columns if is_wrapped else None
    print_lines(row for line in lines for row in line.wrapped(width))


def waiting_for(name: str) -> AbstractContextManager[object]:
    """Return a context manager that shows *name* on standard error while it is checked, if that is a terminal and rich is installed."""
    if sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    try:
        from .check_rich import spinner  # noqa: PLC0415 - rich is optional, and used only on a terminal
    except ImportError:
        return nullcontext()
    return spinner(name)
