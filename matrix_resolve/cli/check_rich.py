"""Lines of a report in colour, and a spinner, which need the extra ``[cli]``.

Only `Text` values are given to rich, never strings: in a string it would find markup, also in what the network says.
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
        console: Where to print; the standard output by default.
    """
    console = console or Console()
    for line in lines:
        text, end = Text.assemble(*((span, _STYLES[emphasis]) for span, emphasis in line.shown)), 0
        for columns, row in line.rows(console.width):
            start = text.plain.index(row, end)
            end = start + len(row)
            console.print(Text(" " * columns if row else "") + text[start:end], soft_wrap=True)


def spinner(name: str) -> AbstractContextManager[object]:
    """Show on the standard error that *name* is under way.

    Args:
        name: The server name, as it was given.
    """
    return Console(stderr=True).status(Text(f"checking {printable(name)}"))
