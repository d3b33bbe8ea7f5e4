"""What a report consists of for people: lines with an indent, made of spans that have a look each."""

import textwrap
from collections.abc import Iterator
from typing import Literal, Self

import attrs

from ..escaping import printable
from .output import LONGEST_LINE

Look = Literal["plain", "strong", "faint", "good", "bad", "odd", "note"]
Span = tuple[str, Look]
_NARROWEST = 20


@attrs.frozen
class Line:
    """One line, before it is wrapped.

    Attributes:
        indent: Columns of white space before it, and before what it continues on.
        spans: Its parts, which may hold anything from the network: whoever prints them escapes them.
    """

    indent: int
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, indent: int, text: str, look: Look = "plain") -> Self:
        """Make a line of one look."""
        return cls(indent, ((text, look),))

    def wrapped(self, width: int | None) -> Iterator[str]:
        """Give its rows without looks, escaped.

        Args:
            width: Columns of the terminal; None to leave it in one row.
        """
        text = printable("".join(span for span, _ in self.spans), limit=LONGEST_LINE)
        room = len(text) or 1 if width is None else max(width - self.indent, _NARROWEST)
        for row in textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]:
            yield (" " * self.indent + row).rstrip()
