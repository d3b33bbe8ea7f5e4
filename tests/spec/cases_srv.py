"""Cases 104 to 130: SRV on the server name."""

from matrix_resolve import ResolverPolicy

from .cases_delegation import STRICT
from .testbed import (
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


def on_fed(*records: str) -> list[str]:
    return [fed_record("example.org", record) for record in records]


def on_old(*records: str) -> list[str]:
    return [old_record("example.org", record) for record in records]


def at(*places: str, name: str = "example.org") -> list[str]:
    return [f"{place} | {name} | dns:{name}" for place in places]


def hosts(*names: str) -> list[str]:
    return [question for name in names for question in addresses(name)]


def _unusable(*records: str) -> Row:
    zone = [*on_fed(*records), *on_old("0 0 2 t2.example.com.")]
    return Row(zone=zone, error="srv-unusable", asked=FED_LOOKUPS)


OLD_T2 = on_old("0 0 2 t2.example.com.")
AT_OLD_T2 = at("203.0.113.2:2")

CASES: dict[int, list[Row]] = {
    104: [Row(targets=FALLBACK, step="6", asked=FALLBACK_LOOKUPS)],
    105: [
        Row(
            zone=on_fed("10 0 8443 t1.example.com."),
            targets=at("203.0.113.1:8443"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts(T1)],
        )
    ],
    106: [
        Row(
            zone=on_old("10 0 443 t1.example.com."),
            targets=at("203.0.113.1:443"),
            step="5",
            asked=[*OLD_LOOKUPS, *hosts(T1)],
        )
    ],
    107: [
        Row(
            zone=[*on_fed("0 0 1001 t1.example.com."), *on_old("0 0 1002 t2.example.com.")],
            targets=at("203.0.113.1:1001"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts(T1)],
        )
    ],
    108: [
        Row(
            zone=["_matrix-fed._tcp.example.org A 203.0.113.9", *on_old("0 0 1002 t2.example.com.")],
            targets=at("203.0.113.2:1002"),
            step="5",
            asked=[*OLD_LOOKUPS, *hosts(T2)],
        )
    ],
    109: [
        Row(
            zone=on_fed("20 0 2 t2.example.com.", "10 0 1 t1.example.com."),
            targets=at("203.0.113.1:1", "203.0.113.2:2"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts(T1, T2)],
        )
    ],
    110: [
        Row(
            zone=on_fed("10 0 1 both.example.com."),
            targets=at("[2001:db8::b]:1", "203.0.113.11:1"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts("both.example.com")],
        )
    ],
    111: [
        Row(
            zone=on_fed("10 0 1 v6.example.com."),
            targets=at("[2001:db8::c6]:1"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts("v6.example.com")],
        )
    ],
    115: [Row(zone=on_fed("0 0 0 ."), error="service-not-provided", asked=FED_LOOKUPS)],
    116: [Row(zone=on_old("0 0 0 ."), error="service-not-provided", asked=OLD_LOOKUPS)],
    117: [
        Row(
            zone=on_fed("0 0 0 .", "10 0 1 t1.example.com."),
            targets=at("203.0.113.1:1"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts(T1)],
        )
    ],
    118: [
        Row(
            zone=[*on_fed("0 0 8448 nohost.example."), *OLD_T2],
            error="no-address",
            asked=[*FED_LOOKUPS, *hosts("nohost.example")],
        )
    ],
    119: [
        Row(
            zone=on_fed("0 0 1 nohost.example.", "10 0 2 t2.example.com."),
            targets=AT_OLD_T2,
            step="4",
            asked=[*FED_LOOKUPS, *hosts("nohost.example", T2)],
        )
    ],
    120: [
        Row(
            zone=[*on_fed("0 0 1 ct.example.com."), *OLD_T2],
            error="srv-unusable",
            asked=[*FED_LOOKUPS, *hosts("ct.example.com")],
            policy=SKIP_CNAME,
        ),
        Row(
            zone=on_fed("0 0 1 ct.example.com."),
            targets=at("203.0.113.1:1"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts("ct.example.com")],
            warnings=["srv-target-is-cname"],
        ),
    ],
    121: [
        Row(
            zone=on_fed("0 0 1 ct.example.com.", "10 0 2 t2.example.com."),
            targets=AT_OLD_T2,
            step="4",
            asked=[*FED_LOOKUPS, *hosts("ct.example.com", T2)],
            warnings=["srv-target-is-cname"],
            policy=SKIP_CNAME,
        ),
        Row(
            zone=on_fed("0 0 1 ct.example.com.", "10 0 2 t2.example.com."),
            targets=at("203.0.113.1:1", "203.0.113.2:2"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts("ct.example.com", T2)],
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
                asked=[*OLD_LOOKUPS, *hosts(T2)],
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
            targets=at("203.0.113.1:7"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts(T1)],
        )
    ],
    128: [
        Row(
            zone=on_fed("0 0 5 example.org."),
            targets=at("[2001:db8::10]:5", "192.0.2.10:5"),
            step="4",
            asked=FED_LOOKUPS,
        )
    ],
    129: [
        Row(
            zone=on_fed("0 0 8448 T1.Example.COM."),
            targets=at("203.0.113.1:8448"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts(T1)],
        )
    ],
    130: [
        Row(
            zone=on_fed("0 0 1 t1.example.com.", "0 0 1 t1.example.com."),
            targets=at("203.0.113.1:1"),
            step="4",
            asked=[*FED_LOOKUPS, *hosts(T1)],
        )
    ],
}
