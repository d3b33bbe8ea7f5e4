"""What a report consists of for people: lines with an indent, made of spans with an emphasis each."""

import textwrap
from collections.abc import Iterator
from typing import Literal, Self

import attrs

from .._util.escaping import printable

Emphasis = Literal["plain", "strong", "faint", "good", "bad", "odd", "note"]
Span = tuple[str, Emphasis]
_LONGEST = 2000  # characters of a span
_NARROWEST = 20
_SMALL_HANG = 2


@attrs.frozen
class Line:
    """One line, before it is wrapped.

    Attributes:
        indent: Columns of white space before it.
        spans: Its parts, which may hold anything from the network.
        hang: Columns of white space more before what it continues on; fewer where there is no room.
    """

    indent: int
    spans: tuple[Span, ...]
    hang: int = 0

    @classmethod
    def of(cls, indent: int, text: str, emphasis: Emphasis = "plain") -> Self:
        """Return a line that consists of one span."""
        return cls(indent, ((text, emphasis),))

    @property
    def shown(self) -> tuple[Span, ...]:
        """Its parts, escaped."""
        return tuple((printable(text, limit=_LONGEST), emphasis) for text, emphasis in self.spans)

    def rows(self, width: int | None) -> list[tuple[int, str]]:
        """Break what is shown between words; what is longer than a row stays whole, so that it can be copied.

        Args:
            width: Columns of the terminal; None to leave it in one row.

        Returns:
            The columns of white space before each row, and the part of what is shown, without emphasis.
        """
        text = "".join(span for span, _ in self.shown)
        room = len(text) or 1 if width is None else max(width - self.indent, _NARROWEST)
        hang = self.hang if room - self.hang >= _NARROWEST else min(self.hang, _SMALL_HANG)
        rows = textwrap.wrap(
            text, room, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
        ) or [""]
        return [(self.indent, rows[0]), *((self.indent + hang, row[hang:]) for row in rows[1:])]

    def wrapped(self, width: int | None) -> Iterator[str]:
        """Yield its `rows` with their white space."""
        for columns, row in self.rows(width):
            yield (" " * columns + row).rstrip()
