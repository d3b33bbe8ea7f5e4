"""Cases 104 to 142 without 131 and 132: SRV on the server name, and other inputs."""

from matrix_resolve import AddressPolicy, ResolverPolicy

from .cases_delegation import STRICT
from .world import (
    FALLBACK,
    FALLBACK_LOOKUPS,
    Row,
    addresses,
    fed,
    fed_record,
    old,
    old_record,
    well_known,
)

SKIP_CNAME = ResolverPolicy(srv_cname="skip")
FED_LOOKUPS = [*well_known("example.org"), fed("example.org")]
OLD_LOOKUPS = [*FED_LOOKUPS, old("example.org")]
T1, T2, T3 = "t1.example.com", "t2.example.com", "t3.example.com"


def _fed(*records: str) -> list[str]:
    return [fed_record("example.org", record) for record in records]


def _old(*records: str) -> list[str]:
    return [old_record("example.org", record) for record in records]


def _at(*places: str, name: str = "example.org") -> list[str]:
    return [f"{place} | {name} | dns:{name}" for place in places]


def _hosts(*names: str) -> list[str]:
    return [question for name in names for question in addresses(name)]


def _unusable(*records: str) -> Row:
    zone = [*_fed(*records), *_old("0 0 2 t2.example.com.")]
    return Row(zone=zone, error="srv-unusable", asked=FED_LOOKUPS)


OLD_T2 = _old("0 0 2 t2.example.com.")
AT_OLD_T2 = _at("203.0.113.2:2")
LONG = ".".join(["a" * 59] * 3 + ["b" * 57])
VERY_LONG = ".".join(["a" * 59] * 3 + ["b" * 60])

CASES: dict[int, list[Row]] = {
    104: [Row(targets=FALLBACK, step="6", asked=FALLBACK_LOOKUPS)],
    105: [
        Row(
            zone=_fed("10 0 8443 t1.example.com."),
            targets=_at("203.0.113.1:8443"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts(T1)],
        )
    ],
    106: [
        Row(
            zone=_old("10 0 443 t1.example.com."),
            targets=_at("203.0.113.1:443"),
            step="5",
            asked=[*OLD_LOOKUPS, *_hosts(T1)],
        )
    ],
    107: [
        Row(
            zone=[*_fed("0 0 1001 t1.example.com."), *_old("0 0 1002 t2.example.com.")],
            targets=_at("203.0.113.1:1001"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts(T1)],
        )
    ],
    108: [
        Row(
            zone=["_matrix-fed._tcp.example.org A 203.0.113.9", *_old("0 0 1002 t2.example.com.")],
            targets=_at("203.0.113.2:1002"),
            step="5",
            asked=[*OLD_LOOKUPS, *_hosts(T2)],
        )
    ],
    109: [
        Row(
            zone=_fed("20 0 2 t2.example.com.", "10 0 1 t1.example.com."),
            targets=_at("203.0.113.1:1", "203.0.113.2:2"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts(T1, T2)],
        )
    ],
    110: [
        Row(
            zone=_fed("10 0 1 both.example.com."),
            targets=_at("[2001:db8::b]:1", "203.0.113.11:1"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts("both.example.com")],
        )
    ],
    111: [
        Row(
            zone=_fed("10 0 1 v6.example.com."),
            targets=_at("[2001:db8::c6]:1"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts("v6.example.com")],
        )
    ],
    115: [Row(zone=_fed("0 0 0 ."), error="service-not-provided", asked=FED_LOOKUPS)],
    116: [Row(zone=_old("0 0 0 ."), error="service-not-provided", asked=OLD_LOOKUPS)],
    117: [
        Row(
            zone=_fed("0 0 0 .", "10 0 1 t1.example.com."),
            targets=_at("203.0.113.1:1"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts(T1)],
        )
    ],
    118: [
        Row(
            zone=[*_fed("0 0 8448 nohost.example."), *OLD_T2],
            error="no-address",
            asked=[*FED_LOOKUPS, *_hosts("nohost.example")],
        )
    ],
    119: [
        Row(
            zone=_fed("0 0 1 nohost.example.", "10 0 2 t2.example.com."),
            targets=AT_OLD_T2,
            step="4",
            asked=[*FED_LOOKUPS, *_hosts("nohost.example", T2)],
        )
    ],
    120: [
        Row(
            zone=[*_fed("0 0 1 ct.example.com."), *OLD_T2],
            error="srv-unusable",
            asked=[*FED_LOOKUPS, *_hosts("ct.example.com")],
            policy=SKIP_CNAME,
        ),
        Row(
            zone=_fed("0 0 1 ct.example.com."),
            targets=_at("203.0.113.1:1"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts("ct.example.com")],
            warnings=["srv-target-is-cname"],
        ),
    ],
    121: [
        Row(
            zone=_fed("0 0 1 ct.example.com.", "10 0 2 t2.example.com."),
            targets=AT_OLD_T2,
            step="4",
            asked=[*FED_LOOKUPS, *_hosts("ct.example.com", T2)],
            warnings=["srv-target-is-cname"],
            policy=SKIP_CNAME,
        ),
        Row(
            zone=_fed("0 0 1 ct.example.com.", "10 0 2 t2.example.com."),
            targets=_at("203.0.113.1:1", "203.0.113.2:2"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts("ct.example.com", T2)],
            warnings=["srv-target-is-cname"],
        ),
    ],
    122: [_unusable("0 0 8448 192.0.2.9.")],
    123: [_unusable("0 0 0 t1.example.com.")],
    124: [_unusable("0 0 8448 127.1."), _unusable("0 0 8448 0x7f.1.")],
    125: [
        *(
            Row(
                zone=[f"_matrix-fed._tcp.example.org SRV {failure}", *OLD_T2],
                error="dns-temporary",
                asked=FED_LOOKUPS,
                policy=STRICT,
            )
            for failure in ("SERVFAIL", "TIMEOUT", "REFUSED")
        ),
        *(
            Row(
                zone=[f"_matrix-fed._tcp.example.org SRV {failure}", *OLD_T2],
                targets=AT_OLD_T2,
                step="5",
                asked=[*OLD_LOOKUPS, *_hosts(T2)],
                warnings=["srv-question-failed"],
            )
            for failure in ("SERVFAIL", "TIMEOUT", "REFUSED")
        ),
    ],
    126: [
        Row(zone=["_matrix._tcp.example.org SRV TIMEOUT"], error="dns-temporary", asked=OLD_LOOKUPS, policy=STRICT),
        Row(
            zone=["_matrix._tcp.example.org SRV TIMEOUT"],
            targets=FALLBACK,
            step="6",
            asked=OLD_LOOKUPS,
            warnings=["srv-question-failed"],
        ),
    ],
    127: [
        Row(
            zone=["_matrix-fed._tcp.example.org CNAME srv.example.net", "srv.example.net SRV 0 0 7 t1.example.com."],
            targets=_at("203.0.113.1:7"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts(T1)],
        )
    ],
    128: [
        Row(
            zone=_fed("0 0 5 example.org."),
            targets=_at("[2001:db8::10]:5", "192.0.2.10:5"),
            step="4",
            asked=FED_LOOKUPS,
        )
    ],
    129: [
        Row(
            zone=_fed("0 0 8448 T1.Example.COM."),
            targets=_at("203.0.113.1:8448"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts(T1)],
        )
    ],
    130: [
        Row(
            zone=_fed("0 0 1 t1.example.com.", "0 0 1 t1.example.com."),
            targets=_at("203.0.113.1:1"),
            step="4",
            asked=[*FED_LOOKUPS, *_hosts(T1)],
        )
    ],
    133: [
        Row(
            name="srvonly.example",
            zone=[fed_record("srvonly.example", "0 0 443 t1.example.com.")],
            targets=_at("203.0.113.1:443", name="srvonly.example"),
            step="4",
            asked=[*addresses("srvonly.example"), fed("srvonly.example"), *_hosts(T1)],
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
            targets=_at("203.0.113.1:443", name=LONG),
            step="5",
            asked=[*well_known(LONG), old(LONG), *_hosts(T1)],
        ),
        Row(
            name=VERY_LONG,
            zone=[f"{VERY_LONG} A 203.0.113.60"],
            targets=_at("203.0.113.60:8448", name=VERY_LONG),
            step="6",
            asked=[*well_known(VERY_LONG), old(VERY_LONG)],
        ),
    ],
    139: [
        Row(name="x.onion", error="zone-refused"),
        Row(name="x.onion:8448", error="zone-refused"),
        Row(wk="x.onion", error="zone-refused", asked=well_known("example.org")),
        Row(wk="x.onion:443", error="zone-refused", asked=well_known("example.org")),
        Row(zone=_fed("0 0 1 x.onion."), error="zone-refused", asked=FED_LOOKUPS),
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
