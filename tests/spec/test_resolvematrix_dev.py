"""The hosts of the public resolvematrix.dev suite, offline: the names, ports and Host headers of its table.

The table has eight hosts. Its step numbers are those from before Matrix 1.8, so each ID has both numbers. Two IP
literals make ten rows; the suite has no hosts for them.
"""

import pytest

from tests.spec.testbed import Row, Testbed, addresses, check_lookups, check_resolution, fed, old, well_known

IP = "203.0.113.77"
DOMAIN = "resolvematrix.dev"


def _at(port: int, host: str) -> list[str]:
    return [f"{IP}:{port} | {host} | dns:{host.partition(':')[0]}"]


def _zone(*lines: str) -> list[str]:
    return [line.replace("$", DOMAIN) for line in lines]


def _name(label: str) -> str:
    return f"{label}.{DOMAIN}"


def _srv(owner: str, port: int, target: str) -> str:
    return f"{owner}.$ SRV 10 10 {port} {target}.$"


TWO, WK3B, WK3C, WK3D = _name("2.s"), _name("wk.3b.s"), _name("wk.3c.s"), _name("wk.3d.s")
WK3C_FED, S4, S4_FED, S5 = _name("wk.3c.msc4040.s"), _name("4.s"), _name("4.msc4040.s"), _name("5.s")
B3, C3, C3_FED, D3 = _name("3b.s"), _name("3c.s"), _name("3c.msc4040.s"), _name("3d.s")

ROWS = {
    "2": Row(
        name=f"{TWO}:7652",
        zone=_zone(f"2.s.$ A {IP}"),
        targets=_at(7652, f"{TWO}:7652"),
        step="2",
        asked=addresses(TWO),
    ),
    "3b-now-3.2": Row(
        name=B3,
        wk=f"{WK3B}:7753",
        zone=_zone(f"3b.s.$ A {IP}", f"wk.3b.s.$ A {IP}"),
        targets=_at(7753, f"{WK3B}:7753"),
        step="3.2",
        asked=[*well_known(B3), *addresses(WK3B)],
    ),
    "3c-now-3.4": Row(
        name=C3,
        wk=WK3C,
        zone=_zone(f"3c.s.$ A {IP}", _srv("_matrix._tcp.wk.3c.s", 7754, "srv.wk.3c.s"), f"srv.wk.3c.s.$ A {IP}"),
        targets=_at(7754, WK3C),
        step="3.4",
        asked=[*well_known(C3), fed(WK3C), old(WK3C), *addresses(_name("srv.wk.3c.s"))],
    ),
    "3c-msc4040-now-3.3": Row(
        name=C3_FED,
        wk=WK3C_FED,
        zone=_zone(
            f"3c.msc4040.s.$ A {IP}",
            _srv("_matrix-fed._tcp.wk.3c.msc4040.s", 7053, "srv.wk.3c.msc4040.s"),
            f"srv.wk.3c.msc4040.s.$ A {IP}",
        ),
        targets=_at(7053, WK3C_FED),
        step="3.3",
        asked=[*well_known(C3_FED), fed(WK3C_FED), *addresses(_name("srv.wk.3c.msc4040.s"))],
    ),
    "3d-now-3.5": Row(
        name=D3,
        wk=WK3D,
        zone=_zone(f"3d.s.$ A {IP}", f"wk.3d.s.$ A {IP}"),
        targets=_at(8448, WK3D),
        step="3.5",
        asked=[*well_known(D3), fed(WK3D), old(WK3D), *addresses(WK3D)],
    ),
    "4-now-5": Row(
        name=S4,
        zone=_zone(f"4.s.$ A {IP}", _srv("_matrix._tcp.4.s", 7855, "srv.4.s"), f"srv.4.s.$ A {IP}"),
        targets=_at(7855, S4),
        step="5",
        asked=[*well_known(S4), fed(S4), old(S4), *addresses(_name("srv.4.s"))],
    ),
    "4-msc4040-now-4": Row(
        name=S4_FED,
        zone=_zone(
            f"4.msc4040.s.$ A {IP}",
            _srv("_matrix-fed._tcp.4.msc4040.s", 7054, "srv.4.msc4040.s"),
            f"srv.4.msc4040.s.$ A {IP}",
        ),
        targets=_at(7054, S4_FED),
        step="4",
        asked=[*well_known(S4_FED), fed(S4_FED), *addresses(_name("srv.4.msc4040.s"))],
    ),
    "5-now-6": Row(
        name=S5, zone=_zone(f"5.s.$ A {IP}"), targets=_at(8448, S5), step="6", asked=[*well_known(S5), fed(S5), old(S5)]
    ),
    "ip-literal-1": Row(name=IP, targets=[f"{IP}:8448 | {IP} | ip:{IP}"], step="1"),
    "ip-literal-with-port-1": Row(name=f"{IP}:7651", targets=[f"{IP}:7651 | {IP}:7651 | ip:{IP}"], step="1"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_host(row: Row) -> None:
    testbed = Testbed(*row.zone)
    if isinstance(row.wk, str):
        testbed.well_known(row.wk, hostname=row.name)
    async with testbed.resolver() as resolver:
        check_resolution(row, await resolver.resolve(row.name))
    check_lookups(testbed.log, row.asked)
