"""What the name server says about the names of the load."""

import dns.message

from matrix_resolve.testing.loopback.zone import Zone

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


class LoadZone(Zone):
    """All names of the load. Their records are made when the first query comes; queries about dead names get no reply."""

    def __init__(self) -> None:
        super().__init__()
        self._made = set[str]()

    def answer(self, wire: bytes, *, over_tcp: bool) -> tuple[bytes | None, float]:
        """Answer a query.

        Raises:
            dns.exception.DNSException: If the query cannot be read.
        """
        zone = zone_of(dns.message.from_wire(wire).question[0].name.to_text(omit_final_dot=True).lower())
        kind, number = kind_and_number(zone)
        if kind == "dead":
            return None, 0.0
        if zone not in self._made:
            self._made.add(zone)
            self._make(f"{zone}.test", kind, number)
        return super().answer(wire, over_tcp=over_tcp)

    def _make(self, name: str, kind: str, number: int) -> None:
        if kind == "honest":
            for host in (name, delegated_host(name)):
                self.aaaa(host, WEB_HOST[0])
                self.a(host, WEB_HOST[1])
            return
        self.a(name, *_addresses(kind, number))
        if kind == "srv":
            self.srv(f"_matrix-fed._tcp.{name}", *(f"10 0 8448 {target}." for target in srv_targets(number)))


def _addresses(kind: str, number: int) -> tuple[str, ...]:
    match kind:
        case "hanging":
            return (HANGING_HOST,)
        case "flood":
            return (flood_address(number),)
        case "addresses":
            return MANY_ADDRESSES
        case _:
            return (REFUSING_HOST,)
