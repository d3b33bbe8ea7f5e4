"""Checks of the values that callers pass. Each error names the argument, its value and what is accepted."""

import reprlib
from collections.abc import Iterable
from typing import Literal

import attrs

from .escaping import printable, quoted

_LONGEST = 60  # characters of a value that a message shows
_LONGEST_INTEGER = 64  # bits: Python refuses to print integers of many thousands of digits


def shown(value: object) -> str:
    """Return *value* for a message: strings in quotation marks, everything escaped and cut."""
    if isinstance(value, str):
        return quoted(value, limit=_LONGEST)
    if isinstance(value, int) and value.bit_length() > _LONGEST_INTEGER:
        return f"an integer of {value.bit_length()} bits"
    try:
        return printable(reprlib.repr(value), limit=_LONGEST)
    except ValueError:  # such an integer, inside a tuple
        return f"a {type(value).__name__}"


def refuse_string(name: str, value: object, *, example: str) -> None:
    """Raise TypeError if *value* is a single string, or anything else that is not a list, a tuple or another iterable of strings.

    Args:
        name: The name of the argument.
        value: What was passed.
        example: A correct value.
    """
    if isinstance(value, str | bytes):
        raise TypeError(f"{name} is the single string {shown(value)}; pass a list, such as {example}")
    if not isinstance(value, Iterable):
        raise TypeError(f"{name} is {shown(value)}; pass a list, such as {example}")


@attrs.frozen
class Number:
    """What a numeric argument accepts. `bool` is not a number here, and neither NaN nor infinity is in any range.

    Attributes:
        kind: What the number is; for ``"integer"``, a `float` is refused.
        least: The smallest accepted value.
        most: The largest accepted value.
        or_none: True if None is accepted, too.
    """

    kind: Literal["integer", "number", "number of seconds"]
    least: float
    most: float
    or_none: bool = False

    @property
    def range(self) -> str:
        """The range in a few characters, for a table."""
        return f"{'`None`, or ' if self.or_none else ''}{self.least:,} to {self.most:,}"

    @property
    def accepted(self) -> str:
        """The range as a part of a sentence."""
        article = "an" if self.kind == "integer" else "a"
        return f"{'None, or ' if self.or_none else ''}{article} {self.kind} from {self.least:,} to {self.most:,}"

    def check(self, name: str, value: object) -> None:
        """Check one value.

        Args:
            name: The name of the argument, for the error message.
            value: What was passed.

        Raises:
            TypeError: If *value* is not a number of this kind.
            ValueError: If *value* is outside the range.
        """
        if value is None and self.or_none:
            return
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "integer" else int | float):
            raise TypeError(f"{name} is {shown(value)}; it must be {self.accepted}")
        if not self.least <= value <= self.most:
            raise ValueError(f"{name} is {shown(value)}; it must be {self.accepted}")


ENTRIES = Number("integer", 1, 100_000_000)
"""How many entries a cache keeps."""

IN_FLIGHT = Number("integer", 1, 1_000_000)
"""How many of something may be under way at the same time; with none, nothing would ever be done."""

TIMEOUT = Number("number of seconds", 0.01, 3_600)
"""A timeout: nothing can be done in less, and a longer one would not end anything in time."""
