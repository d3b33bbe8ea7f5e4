"""A zone written in lines such as ``"example.org A 192.0.2.1"``.

Instead of data, a line may end in SERVFAIL, REFUSED, NOTIMP, FORMERR, TIMEOUT (no reply), TRUNCATED (over UDP) or
NODATA (the name exists).
"""

from collections.abc import Iterable
from typing import cast

from matrix_resolve import RecordType
from matrix_resolve.testing import Zone
from matrix_resolve.testing.loopback.zone import DnsFailure

_FAULTS: dict[str, DnsFailure] = {
    "SERVFAIL": "SERVFAIL",
    "REFUSED": "REFUSED",
    "NOTIMP": "NOTIMP",
    "FORMERR": "FORMERR",
    "TIMEOUT": "silence",
    "TRUNCATED": "truncated",
}


class LineZone(Zone):
    """A `Zone` to which lines can be added."""

    def __init__(self, lines: Iterable[str] = (), *, ttl: int = 300) -> None:
        super().__init__()
        self._ttl = ttl
        self.add(*lines)

    def add(self, *lines: str, ttl: int | None = None) -> None:
        add_lines(self, *lines, ttl=self._ttl if ttl is None else ttl)


def add_lines(zone: Zone, *lines: str, ttl: int = 300) -> None:
    """Add lines to a zone. Lines with the same name and type are combined."""
    for line in lines:
        name, kind, data = line.split(" ", 2)
        record_type = cast("RecordType", kind)
        if kind == "CNAME":
            zone.cname(name, data, ttl=ttl)
        elif data in _FAULTS:
            zone.fail(name, record_type, _FAULTS[data])
        else:
            known = zone.texts(name, record_type)
            set_records = {"A": zone.a, "AAAA": zone.aaaa, "SRV": zone.srv}[kind]
            set_records(name, *known, *([] if data == "NODATA" else [data]), ttl=ttl)
