"""The name server's answers about the names of the load."""

import dns.message
import dns.rdatatype

from matrix_resolve.testing.loopback.zone import Zone

from .large_replies import address_data, large_reply, srv_data
from .names import (
    HANGING_HOST,
    MANY_ADDRESSES,
    REFUSING_HOST,
    WEB_HOST,
    delegated_host,
    flood_address,
    kind_and_number,
    srv_targets,
    zone_of,
)

_MANY_ADDRESSES = [address_data(ip) for ip in MANY_ADDRESSES]
_PORT = 8448


class LoadZone(Zone):
    """All names of the load. Their records are created at the first query; queries for dead names get no reply."""

    def __init__(self) -> None:
        super().__init__()
        self._made = set[str]()

    def answer(self, wire: bytes, *, over_tcp: bool) -> tuple[bytes | None, float]:
        """Return the reply to a query, and the delay before it.

        Raises:
            dns.exception.DNSException: If the query cannot be read.
        """
        question = dns.message.from_wire(wire).question[0]
        name, record_type = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        zone = zone_of(name)
        kind, number = kind_and_number(zone)
        if kind == "dead":
            return None, 0.0
        if kind == "addresses" and record_type == "A":
            return large_reply(wire, _MANY_ADDRESSES, over_tcp=over_tcp), 0.0
        if kind == "srv" and record_type == "SRV" and name.startswith("_matrix-fed."):
            data = [srv_data(_PORT, target) for target in srv_targets(number)]
            return large_reply(wire, data, over_tcp=over_tcp), 0.0
        self._make(zone, kind, number)
        return super().answer(wire, over_tcp=over_tcp)

    def _make(self, zone: str, kind: str, number: int) -> None:
        """Create the records of a name, if they do not exist yet."""
        if zone in self._made:
            return
        self._made.add(zone)
        name = f"{zone}.test"
        if kind == "honest":
            for host in (name, delegated_host(name)):
                self.aaaa(host, WEB_HOST[0])
                self.a(host, WEB_HOST[1])
        else:
            self.a(name, _address(kind, number))


def _address(kind: str, number: int) -> str:
    match kind:
        case "hanging":
            return HANGING_HOST
        case "flood":
            return flood_address(number)
        case _:
            return REFUSING_HOST
