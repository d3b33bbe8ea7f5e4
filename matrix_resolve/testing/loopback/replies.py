"""The replies of a loopback server."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import cast

import attrs

from .seen import SeenRequest


def _pairs(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    if isinstance(given, Mapping):
        # A cast, because isinstance leaves the types of keys and values unknown to pyright.
        given = cast("Mapping[str, str]", given).items()
    return tuple(given)


@attrs.frozen(kw_only=True)
class Reply:
    """A reply of a loopback server.

    Attributes:
        status: The status code.
        headers: Headers, as a mapping or (name, value) pairs.
        body: The body.
        delay: Seconds before the first byte; ``math.inf`` for never.
        drip: Seconds between one byte of the body and the next; 0 to send the whole body at once.
        cut_after: The connection is reset after this number of bytes of the body; None to send all of it.
        raw: Bytes to send instead of all of the above, valid HTTP or not. Then the connection is closed.
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
        """Return a reply with a JSON body."""
        return cls(
            status=status,
            headers=(("Content-Type", "application/json"), *(headers or {}).items()),
            body=json.dumps(content).encode(),
        )


Answer = Reply | Callable[[SeenRequest], Reply]
"""A reply, or a function that returns one for a request."""
