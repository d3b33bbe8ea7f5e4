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
        spans: Its parts, which may hold anything from the network.
    """

    indent: int
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, indent: int, text: str, look: Look = "plain") -> Self:
        """Make a line of one look."""
        return cls(indent, ((text, look),))

    @property
    def shown(self) -> tuple[Span, ...]:
        """Its parts, escaped."""
        return tuple((printable(text, limit=LONGEST_LINE), look) for text, look in self.spans)

    def rows(self, width: int | None) -> list[str]:
        """Break what is shown between words; what is longer than a row stays whole, so that it can be copied.

        Args:
            width: Columns of the terminal; None to leave it in one row.

        Returns:
            Parts of what is shown, without indent and looks.
        """
        text = "".join(span for span, _ in self.shown)
        room = len(text) or 1 if width is None else max(width - self.indent, _NARROWEST)
        return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]

    def wrapped(self, width: int | None) -> Iterator[str]:
        """Give its `rows` with their indent."""
        for row in self.rows(width):
            yield (" " * self.indent + row).rstrip()
