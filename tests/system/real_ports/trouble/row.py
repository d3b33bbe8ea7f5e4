"""One situation: what the network does, and what the resolver must do."""

from collections.abc import Mapping, Sequence

import attrs

from matrix_resolve import HttpResponse
from tests._support.listeners import Behaviour

Answer = HttpResponse | bytes | Behaviour
FIRST = "https://example.org/.well-known/matrix/server"
HS = "hs.example.net:443"


@attrs.frozen(kw_only=True)
class Row:
    """One situation.

    Attributes:
        name: The server name.
        zone: Lines that replace those of the base zone with the same name and type; the data ``-`` is NODATA.
        raw: The answers to queries, as records with their owners, for name servers that lie.
        turns: The data of successive answers to a query, with TTL 0.
        slow: Seconds before each DNS answer.
        noise: True if wrong replies come before each right one.
        wk: The response to the first well-known request; a string is an ``m.server``.
        http: The responses of other URLs.
        at: What listens at addresses, such as ``{"192.0.2.10:443": "blackhole"}``: web, wrong (certificate), mute,
            reset, plain, refuse.
        bait: Addresses that nobody may contact; ports 80, 443 and 8448 listen there.
        targets: The expected targets, in order.
        in_order: False if SRV weights make the order random.
        error: The expected error code.
        step: The expected step.
        asked: All expected queries and requests; those of type SRV and GET in this order.
        connects_to: The target that `open_connection` must reach; ``"error"`` if it must fail.
    """

    name: str = "example.org"
    zone: Sequence[str] = ()
    raw: Mapping[str, Sequence[str]] = attrs.Factory(dict[str, "Sequence[str]"])
    turns: Mapping[str, Sequence[str]] = attrs.Factory(dict[str, "Sequence[str]"])
    slow: float = 0.0
    noise: bool = False
    wk: Answer | str | None = None
    http: Mapping[str, Answer] = attrs.Factory(dict[str, "Answer"])
    at: Mapping[str, str] = attrs.Factory(dict[str, str])
    bait: Sequence[str] = ()
    targets: Sequence[str] = ()
    in_order: bool = True
    error: str | None = None
    step: str | None = None
    asked: Sequence[str] = ()
    connects_to: str | None = None
