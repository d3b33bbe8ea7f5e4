"""Print lines of a report in colour, and show a spinner. Needs the extra ``[cli]``.

rich gets only `Text` values, never strings: in a string it would interpret markup, including markup from the network.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from rich.console import Console
from rich.text import Text

from .._util.escaping import printable
from ..check.page import Emphasis, Line

_STYLES: Mapping[Emphasis, str] = {
    "plain": "",
    "strong": "bold",
    "faint": "dim",
    "good": "bold green",
    "bad": "bold red",
    "odd": "bold yellow",
    "note": "bold blue",
}


def print_rich(lines: Sequence[Line], console: Console | None = None) -> None:
    """Print lines in colour, wrapped to the terminal.

    Args:
        lines: The lines.
        console: Where to print; standard output by default.
    """
    console = console or Console()
    for line in lines:
        text, end = Text.assemble(*((span, _STYLES[emphasis]) for span, emphasis in line.shown)), 0
        for columns, row in line.rows(console.width):
            start = text.plain.index(row, end)
            end = start + len(row)
            console.print(Text(" " * columns if row else "") + text[start:end], soft_wrap=True)


def spinner(name: str) -> AbstractContextManager[object]:
    """Return a context manager that shows on standard error that *name* is being checked.

    Args:
        name: The server name, as it was passed.
    """
    return Console(stderr=True).status(Text(f"checking {printable(name)}"))
