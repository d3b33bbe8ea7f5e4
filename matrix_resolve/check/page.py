"""The lines of a report. A line has an indent and spans, and each span has an emphasis."""

import textwrap
from collections.abc import Iterator
from typing import Literal, Self

import attrs

from .._util.escaping import printable

Emphasis = Literal["plain", "strong", "faint", "good", "bad", "odd", "note"]
Span = tuple[str, Emphasis]
_LONGEST = 2000  # the largest number of characters in a span
_NARROWEST = 20
_SMALL_HANG = 2


@attrs.frozen
class Line:
    """One line before wrapping.

    Attributes:
        indent: The columns of white space before the line.
        spans: The parts of the line, unescaped; they may contain any text from the network.
        hang: The additional columns of white space before continuation rows; fewer in a narrow terminal.
    """

    indent: int
    spans: tuple[Span, ...]
    hang: int = 0

    @classmethod
    def of(cls, indent: int, text: str, emphasis: Emphasis = "plain") -> Self:
        """Return a line with one span."""
        return cls(indent, ((text, emphasis),))

    @property
    def shown(self) -> tuple[Span, ...]:
        """The spans, escaped."""
        return tuple((printable(text, limit=_LONGEST), emphasis) for text, emphasis in self.spans)

    def rows(self, width: int | None) -> list[tuple[int, str]]:
        """Break the line between words into rows. A word longer than a row stays whole, so that it can be copied.

        Args:
            width: The columns of the terminal; None for no wrapping.

        Returns:
            For each row, the columns of white space before it, and its text, without emphasis.
        """
        text = "".join(span for span, _ in self.shown)
        room = len(text) or 1 if width is None else max(width - self.indent, _NARROWEST)
        hang = self.hang if room - self.hang >= _NARROWEST else min(self.hang, _SMALL_HANG)
        rows = textwrap.wrap(
            text, room, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
        ) or [""]
        return [(self.indent, rows[0]), *((self.indent + hang, row[hang:]) for row in rows[1:])]

    def wrapped(self, width: int | None) -> Iterator[str]:
        """Yield each row with its white space."""
        for columns, row in self.rows(width):
            yield (" " * columns + row).rstrip()
