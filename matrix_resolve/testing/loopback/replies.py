"""What a loopback server replies."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import cast

import attrs

from .seen import SeenRequest


def _pairs(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    if isinstance(given, Mapping):
        given = cast("Mapping[str, str]", given).items()  # pyright takes any iterable for a possible mapping
    return tuple(given)


@attrs.frozen(kw_only=True)
class Reply:
    """What a loopback server replies.

    Attributes:
        status: The status code.
        headers: Headers, as a mapping or (name, value) pairs.
        body: The body.
        delay: Seconds before the first byte; ``math.inf`` for never.
        drip: Seconds between one byte of the body and the next; 0 to send it as a whole.
        cut_after: After so many bytes of the body the connection is reset; None to send all.
        raw: Bytes to send instead of all this, right or wrong HTTP; the connection is closed after them.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_pairs)
    body: bytes = b""
    delay: float = 0.0
    drip: float = 0.0
    cut_after: int | None = None
    raw: bytes | None = None

    @classmethod
    def json(cls, content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> "Reply":
        """Make a reply with a JSON body."""
        return cls(
            status=status,
            headers=(("Content-Type", "application/json"), *(headers or {}).items()),
            body=json.dumps(content).encode(),
        )


Answer = Reply | Callable[[SeenRequest], Reply]
"""A reply, or a function that makes one for a request."""
