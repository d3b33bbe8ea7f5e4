"""Makes strings from outside safe for messages, log lines and terminals."""

from collections.abc import Iterable
from itertools import islice

_LIMIT = 200
_BYTES = 4  # of a character, at most
FEW = 3  # a few examples show what is wrong; an answer may contain thousands of records


def printable(text: str, *, limit: int = _LIMIT) -> str:
    """Return *text* with everything escaped that could affect a terminal or a log, and cut if it is too long.

    Letters of all scripts stay as they are. Control characters, line ends, direction marks and lone surrogates become backslash escapes.

    Args:
        text: Any string, of any length.
        limit: Characters of *text* that are kept. An ellipsis shows that some were cut.
    """
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text[:limit]
    )
    return shown + "…" if len(text) > limit else shown


def decoded(raw: bytes, limit: int) -> str:
    """Decode the first *limit* characters of UTF-8, and a few more if there are, so that `printable` can show that some were cut."""
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
        parts: Escaped strings. An iterator is consumed only as far as they are shown.
        total: How many parts there are.
        at_most: How many parts are shown.
        separator: The string between two parts.
    """
    shown = list(islice(parts, at_most))
    more = f" and {total - len(shown)} more" if total > len(shown) else ""
    return separator.join(shown) + more
