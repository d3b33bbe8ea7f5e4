"""Text that came from outside, made fit for a message, a log line or a terminal."""

_LIMIT = 200
_BYTES = 4  # of a character, at most


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
    """Give the first *limit* characters of UTF-8, and some more if there are, so that `printable` shows that it was cut."""
    return raw[: limit * _BYTES + 1].decode("utf-8", "replace")


def quoted(text: str, *, limit: int = _LIMIT) -> str:
    """Give *text* escaped and in quotation marks, for the middle of a sentence."""
    return f'"{printable(text, limit=limit)}"'
