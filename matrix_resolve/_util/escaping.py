"""Text that came from outside, made fit for a message, a log line or a terminal."""

from collections.abc import Iterable
from itertools import islice

_LIMIT = 200
_BYTES = 4  # of a character, at most
FEW = 3  # a few examples show what is wrong; an answer may contain thousands of records


def printable(text: str, *, limit: int = _LIMIT) -> str:
    """Escape what a terminal or a log could act on, and cut what is too long.

    Letters of every script stay as they are; control characters, line ends, direction marks and lone surrogates become backslash escapes.

    Args:
        text: Anything, of any length.
        limit: Characters of *text* that are kept; what was cut is shown as an ellipsis.
    """
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text[:limit]
    )
    return shown + "…" if len(text) > limit else shown


def decoded(raw: bytes, limit: int) -> str:
    """Return the first *limit* characters of UTF-8, and some more if there are, so that `printable` shows that it was cut."""
    return raw[: limit * _BYTES + 1].decode("utf-8", "replace")


def quoted(text: str, *, limit: int = _LIMIT) -> str:
    """Return *text* escaped and in quotation marks, for the middle of a sentence."""
    return f'"{printable(text, limit=limit)}"'


def shortened(text: str, *, limit: int) -> str:
    """Return escaped *text*, cut after *limit* characters and marked with an ellipsis."""
    return text if len(text) <= limit else text[:limit] + "…"


def first_few(parts: Iterable[str], *, total: int, at_most: int = FEW, separator: str = "; ") -> str:
    """Join the first few of *parts*, and say how many more there are: ``"a; b; c and 9 more"``.

    Args:
        parts: Escaped texts; an iterator is only consumed as far as texts are shown.
        total: How many there are in all.
        at_most: How many are shown.
        separator: Text between two parts.
    """
    shown = list(islice(parts, at_most))
    more = f" and {total - len(shown)} more" if total > len(shown) else ""
    return separator.join(shown) + more
