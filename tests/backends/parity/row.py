"""A row of the parity table, and what a name server can send."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import attrs

from matrix_resolve import RecordType

from .wire import Query

NONE = "no such record"
FAILS = "fails"
TRAP = "192.0.2.66"
"""The address that no contender may return: it is that of a search domain, a forged reply, or another owner."""


@attrs.frozen
class Sending:
    """Bytes that a name server sends.

    Attributes:
        wire: The message.
        delay: Seconds to wait before sending.
        source: The source of a datagram: the name server, another address, or another port.
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
    """A query, what the name servers do, and the right outcome.

    Attributes:
        id: The name of the row; it is part of the queried name.
        does: What the name servers do, in a sentence.
        servers: What each name server does, by its number; see `name_server.ADDRESSES`. All others send `TRAP`.
        right: The right outcomes: records in order, joined by commas, `NONE` or `FAILS`.
        record_type: The type of the query.
        name: The name to look up; ``@`` is replaced with a label that belongs to the row and the contender.
        resolv_conf: The configuration; None for one that lists the servers.
        before: A name to look up first, with the same resolver.
        resolv_conf_after: The configuration that replaces the first one between two lookups.
        is_replaced: True if the changed file is a new file, False if it is rewritten in place.
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
