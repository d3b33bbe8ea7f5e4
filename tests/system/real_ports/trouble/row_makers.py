"""Functions that make rows with a common outcome, and parts of rows."""

from typing import Any

import attrs

from matrix_resolve import HttpResponse
from tests.spec.testbed import FALLBACK, FALLBACK_LOOKUPS, addresses, fed, hs, old, well_known

from .row import HS, Row

UNSEEN = [*addresses("example.org"), fed("example.org"), old("example.org")]
"""The DNS queries of the fallback when no request gets through."""
T1 = "203.0.113.1:{} | example.org | dns:example.org"
T2 = "203.0.113.2:{} | example.org | dns:example.org"


def fallback(**trouble: Any) -> Row:
    return attrs.evolve(Row(targets=FALLBACK, step="6", asked=FALLBACK_LOOKUPS), **trouble)


def delegated(**trouble: Any) -> Row:
    row = Row(targets=hs(443, HS), step="3.2", asked=[*well_known("example.org"), *addresses("hs.example.net")])
    return attrs.evolve(row, **trouble)


def redirect(location: str, status: int = 302) -> HttpResponse:
    return HttpResponse(status, (("Location", location),))


def followed(location: str, url: str, *hosts: str, **trouble: Any) -> Row:
    """Return a row in which a redirect to *location* leads to *url* and the delegation there."""
    asked = [*well_known("example.org"), *(line for host in hosts for line in addresses(host)), f"GET {url}"]
    asked += addresses("hs.example.net")
    return delegated(wk=redirect(location), http={url: well_known_json(HS)}, asked=asked, **trouble)


def well_known_json(server: str) -> HttpResponse:
    return HttpResponse(200, (), f'{{"m.server": "{server}"}}'.encode())


ONLY_V4 = ("example.org AAAA -",)
V4 = FALLBACK[1:]


def with_srv(*data: str, **trouble: Any) -> Row:
    """Return a row without a well-known document and with these `_matrix-fed` records."""
    zone = tuple(f"_matrix-fed._tcp.example.org SRV {one}" for one in data)
    more = trouble.pop("zone", ())
    return attrs.evolve(Row(step="4", zone=(*zone, *more)), **trouble)


def srv_asks(*hosts: str) -> list[str]:
    return [*well_known("example.org"), fed("example.org"), *(line for host in hosts for line in addresses(host))]
