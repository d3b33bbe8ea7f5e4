"""The outcome of a row, which has its own names and addresses.

``example`` becomes ``example123``, and the documentation and private networks become networks with 123 in them. The log
of a row has every DNS query, every request and every contact with an address that nobody may contact.
"""

import re
from collections.abc import Callable

import attrs

from matrix_resolve import Resolution

from .row import Row


@attrs.define
class Outcome:
    """The outcome of a row."""

    row: Row
    own: Callable[[str], str]
    log: list[str] = attrs.Factory(list[str])
    resolution: Resolution | None = None
    error: BaseException | None = None
    seconds: float = 0.0
    connected: str | None = None
    strange: list[str] = attrs.Factory(list[str])


def own(text: str, number: int) -> str:
    text = re.sub("example", lambda found: f"{found[0]}{number}", text, flags=re.IGNORECASE)
    for shared, own in (
        ("192.0.2.", f"45.76.{number}."),
        ("198.51.100.", f"45.77.{number}."),
        ("203.0.113.", f"45.78.{number}."),
        ("2001:db8::", f"2a01:4f8:{number}::"),
        ("10.0.0.", f"10.{number}.0."),
        ("127.0.9.", f"127.{number}.9."),
        ("fd00::", f"fd00:{number}::"),
    ):
        text = text.replace(shared, own)
    return text
