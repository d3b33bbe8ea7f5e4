"""A row of the parity table, and what a name server may send."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import attrs

from matrix_resolve import RecordType

from .wire import Query

NONE = "no such record"
FAILS = "fails"
TRAP = "192.0.2.66"
"""The address that no contender may return: that of a search domain, of a forged reply, of another owner."""


@attrs.frozen
class Sending:
    """Bytes that a name server sends.

    Attributes:
        wire: The message.
        delay: Seconds to wait before sending.
        source: Where a datagram comes from: the name server, another address, another port.
        is_framed: True to send the length first, over TCP.
    """

    wire: bytes
    delay: float = 0
    source: Literal["server", "address", "port"] = "server"
    is_framed: bool = True


CLOSE = Sending(b"", is_framed=False)
"""Over TCP: close the connection."""
Reply = Callable[[Query], Sequence[Sending]]


@attrs.frozen
class Row:
    """A question, what the name servers do, and the right outcome.

    Attributes:
        id: Names the row; it is part of the name that is looked up.
        does: What the name servers do, in a sentence.
        servers: What each does, by its number; see `name_server.ADDRESSES`. All others send `TRAP`.
        right: The right outcome, or those that are equally right: records in their order, joined by commas, `NONE` or `FAILS`.
        record_type: What is asked for.
        name: The name to look up; ``@`` is a label that belongs to the row and the contender.
        resolv_conf: The configuration; None for one that lists the servers.
        before: A name to look up first, with the same resolver.
        resolv_conf_after: The configuration that replaces the first one between two lookups.
        is_replaced: True if the changed file is a new one.
    """

    id: str
    does: str
    servers: Mapping[int, Reply]
    right: tuple[str, ...]
    record_type: RecordType = "A"
    name: str = "@.example"
    resolv_conf: str | None = None
    before: str | None = None
    resolv_conf_after: str | None = None
    is_replaced: bool = False
