"""Cases 133 to 142: several kinds of names, zones, and the address policy."""

from matrix_resolve import AddressPolicy

from .cases_srv import FED_LOOKUPS, T1, at, hosts, on_fed
from .testbed import (
    FALLBACK_LOOKUPS,
    Row,
    addresses,
    fed,
    fed_record,
    old,
    old_record,
    well_known,
)

LONG = ".".join(["a" * 59] * 3 + ["b" * 57])
VERY_LONG = ".".join(["a" * 59] * 3 + ["b" * 60])

CASES: dict[int, list[Row]] = {
    133: [
        Row(
            name="srvonly.example",
            zone=[fed_record("srvonly.example", "0 0 443 t1.example.com.")],
            targets=at("203.0.113.1:443", name="srvonly.example"),
            step="4",
            asked=[*addresses("srvonly.example"), fed("srvonly.example"), *hosts(T1)],
        )
    ],
    134: [
        Row(
            name="nothing.example",
            error="no-address",
            asked=[*addresses("nothing.example"), fed("nothing.example"), old("nothing.example")],
        )
    ],
    136: [
        Row(
            name="EXAMPLE.org",
            targets=[
                "[2001:db8::10]:8448 | EXAMPLE.org | dns:example.org",
                "192.0.2.10:8448 | EXAMPLE.org | dns:example.org",
            ],
            step="6",
            asked=FALLBACK_LOOKUPS,
        )
    ],
    137: [
        Row(
            name="alias.example.net",
            targets=[
                "[2001:db8::20]:8448 | alias.example.net | dns:alias.example.net",
                "198.51.100.20:8448 | alias.example.net | dns:alias.example.net",
            ],
            step="6",
            asked=[*well_known("alias.example.net"), fed("alias.example.net"), old("alias.example.net")],
        )
    ],
    138: [
        Row(
            name=LONG,
            zone=[f"{LONG} A 203.0.113.60", old_record(LONG, "0 0 443 t1.example.com.")],
            targets=at("203.0.113.1:443", name=LONG),
            step="5",
            asked=[*well_known(LONG), old(LONG), *hosts(T1)],
        ),
        Row(
            name=VERY_LONG,
            zone=[f"{VERY_LONG} A 203.0.113.60"],
            targets=at("203.0.113.60:8448", name=VERY_LONG),
            step="6",
            asked=[*well_known(VERY_LONG), old(VERY_LONG)],
        ),
    ],
    139: [
        Row(name="x.onion", error="zone-refused"),
        Row(name="x.onion:8448", error="zone-refused"),
        Row(wk="x.onion", error="zone-refused", asked=well_known("example.org")),
        Row(wk="x.onion:443", error="zone-refused", asked=well_known("example.org")),
        Row(zone=on_fed("0 0 1 x.onion."), error="zone-refused", asked=FED_LOOKUPS),
    ],
    140: [
        Row(
            name="v4dead.example",
            zone=["v4dead.example A SERVFAIL"],
            error="dns-temporary",
            asked=[
                *addresses("v4dead.example"),
                fed("v4dead.example"),
                old("v4dead.example"),
                *addresses("v4dead.example")[1:],
            ],
        )
    ],
    141: [
        Row(
            wk="hs.example.net:443",
            error="address-blocked",
            asked=[*well_known("example.org"), *addresses("hs.example.net")],
            address_policy=AddressPolicy(
                allow=["192.0.2.0/24", "2001:db8::10"], deny=["198.51.100.0/24", "2001:db8::20"]
            ),
        )
    ],
    142: [
        Row(name="[::ffff:127.0.0.1]", error="address-blocked"),
        Row(name="[::ffff:127.0.0.1]:443", error="address-blocked", address_policy=AddressPolicy()),
    ],
}
