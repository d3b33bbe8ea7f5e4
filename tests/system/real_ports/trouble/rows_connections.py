"""Faults on the connection to a target."""

from typing import Any

import attrs

from tests.spec.testbed import addresses, hs, well_known

from .row import Row
from .row_makers import T1, T2, srv_asks, with_srv


def _connects(where: str, **trouble: Any) -> Row:
    """Return a row that delegates to port 8448 of a host with two addresses, where web servers listen."""
    row = Row(
        wk="hs.example.net:8448",
        targets=hs(8448, "hs.example.net:8448"),
        step="3.2",
        connects_to=where,
        at={"2001:db8::20:8448": "web", "198.51.100.20:8448": "web"},
        asked=[*well_known("example.org"), *addresses("hs.example.net"), "GET https://hs.example.net:8448/"],
    )
    return attrs.evolve(row, **trouble)


_HS_V4, _HS_V6 = "198.51.100.20:8448", "2001:db8::20:8448"
_NO_REQUEST = [*well_known("example.org"), *addresses("hs.example.net")]
CONNECTIONS: dict[str, Row] = {
    "connect": _connects(f"[{_HS_V6[:-5]}]:8448"),
    "connect-v6-refused": _connects(_HS_V4, at={_HS_V4: "web"}),
    "connect-v6-blackholed": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "blackhole"}),
    "connect-v6-wrong-certificate": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "wrong"}),
    "connect-v6-mute": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "mute"}),
    "connect-v6-resets": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "reset"}),
    "connect-v6-plain": _connects(_HS_V4, at={_HS_V4: "web", _HS_V6: "plain"}),
    "connect-all-wrong": _connects("error", at={_HS_V4: "wrong", _HS_V6: "wrong"}, asked=_NO_REQUEST),
    "connect-all-blackholed": _connects("error", at={_HS_V4: "blackhole", _HS_V6: "blackhole"}, asked=_NO_REQUEST),
    "connect-all-mute": _connects("error", at={_HS_V4: "mute", _HS_V6: "mute"}, asked=_NO_REQUEST),
    "connect-srv-first-priority-dead": with_srv(
        "1 0 7 t1.example.com",
        "2 0 8443 t2.example.com",
        at={"203.0.113.2:8443": "web"},
        targets=[T1.format(7), T2.format(8443)],
        connects_to="203.0.113.2:8443",
        asked=[*srv_asks("t1.example.com", "t2.example.com"), "GET https://example.org/"],
    ),
    "connect-srv-first-priority-blackholed": with_srv(
        "1 0 7 t1.example.com",
        "2 0 8443 t2.example.com",
        at={"203.0.113.1:7": "blackhole", "203.0.113.2:8443": "web"},
        targets=[T1.format(7), T2.format(8443)],
        connects_to="203.0.113.2:8443",
        asked=[*srv_asks("t1.example.com", "t2.example.com"), "GET https://example.org/"],
    ),
    "connect-literal": Row(
        name="192.0.2.10",
        at={"192.0.2.10:8448": "web"},
        targets=["192.0.2.10:8448 | 192.0.2.10 | ip:192.0.2.10"],
        step="1",
        connects_to="192.0.2.10:8448",
        asked=["GET https://192.0.2.10/"],
    ),
    "connect-v6-literal": Row(
        name="[2001:db8::10]:443",
        targets=["[2001:db8::10]:443 | [2001:db8::10]:443 | ip:2001:db8::10"],
        step="1",
        connects_to="[2001:db8::10]:443",
        asked=["GET https://[2001:db8::10]:443/"],
    ),
    "connect-literal-wrong-certificate": Row(
        name="192.0.2.10",
        at={"192.0.2.10:8448": "wrong"},
        targets=["192.0.2.10:8448 | 192.0.2.10 | ip:192.0.2.10"],
        step="1",
        connects_to="error",
    ),
}
