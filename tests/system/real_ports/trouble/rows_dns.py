"""Faults in the answers of name servers."""

from tests.spec.testbed import FALLBACK, FALLBACK_LOOKUPS, addresses, fed, hs, old, org, well_known

from .row import HS, Row
from .row_makers import ONLY_V4, T1, T2, UNSEEN, V4, delegated, fallback, followed, srv_asks, with_srv

_LONG_SRV = tuple(f"{n} 0 {n} t1.example.com" for n in range(1, 201))
_CHAIN = tuple(f"c{n}.example.net CNAME c{n + 1}.example.net" for n in range(8))

DNS: dict[str, Row] = {
    "aaaa-servfail": fallback(zone=["example.org AAAA SERVFAIL"], targets=V4),
    "a-servfail": fallback(zone=["example.org A SERVFAIL"], targets=FALLBACK[:1]),
    "aaaa-refused": fallback(zone=["example.org AAAA REFUSED"], targets=V4),
    "aaaa-silent": fallback(zone=["example.org AAAA TIMEOUT"], targets=V4),
    "a-silent-with-port": Row(
        name="example.org:8448",
        zone=["example.org A TIMEOUT"],
        targets=org(8448, "example.org:8448")[:1],
        step="2",
        asked=addresses("example.org"),
    ),
    "all-silent": Row(
        zone=[f"example.org {kind} TIMEOUT" for kind in ("A", "AAAA")]
        + [f"{ask('example.org')[4:]} SRV TIMEOUT" for ask in (fed, old)],
        error="dns-temporary",
        asked=UNSEEN,
    ),
    "all-servfail": Row(
        zone=[f"example.org {kind} SERVFAIL" for kind in ("A", "AAAA")]
        + [f"{ask('example.org')[4:]} SRV SERVFAIL" for ask in (fed, old)],
        error="dns-temporary",
        asked=UNSEEN,
    ),
    "notimp-aaaa": fallback(zone=["example.org AAAA NOTIMP"], targets=V4),
    "formerr-srv": fallback(zone=[f"{fed('example.org')[4:]} SRV FORMERR"]),
    "srv-fed-servfail-old-there": Row(
        zone=["_matrix-fed._tcp.example.org SRV SERVFAIL", "_matrix._tcp.example.org SRV 0 0 7 t2.example.com"],
        targets=[T2.format(7)],
        step="5",
        asked=[*FALLBACK_LOOKUPS, *addresses("t2.example.com")],
    ),
    "delegated-silent": Row(
        wk=HS,
        zone=["hs.example.net A TIMEOUT", "hs.example.net AAAA TIMEOUT"],
        error="dns-temporary",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
    "delegated-nxdomain": Row(
        wk="gone.example.net:1", error="no-address", asked=[*well_known("example.org"), *addresses("gone.example.net")]
    ),
    "delegated-nodata": Row(
        wk=HS,
        zone=["hs.example.net A -", "hs.example.net AAAA -"],
        error="no-address",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
    "cname-chain": delegated(
        wk="c0.example.net:443",
        zone=[*_CHAIN, "c8.example.net A 198.51.100.9"],
        targets=["198.51.100.9:443 | c0.example.net:443 | dns:c0.example.net"],
        asked=[*well_known("example.org"), *addresses("c0.example.net")],
    ),
    "cname-loop": Row(
        name="example.org:1",
        zone=[
            "example.org A -",
            "example.org AAAA -",
            "example.org CNAME l.example.org",
            "l.example.org CNAME example.org",
        ],
        error="no-address",
        asked=addresses("example.org"),
    ),
    "cname-loop-in-one-reply": Row(
        name="example.org:1",
        raw={
            kind: ["example.org 60 CNAME l.example.org.", "l.example.org 60 CNAME example.org."]
            for kind in addresses("example.org")
        },
        error="no-address",
        asked=addresses("example.org"),
    ),
    "cname-to-nowhere": Row(
        name="l.example.org:1",
        zone=["l.example.org CNAME gone.example.org"],
        error="no-address",
        asked=addresses("l.example.org"),
    ),
    "cname-at-srv-owner": Row(
        zone=["_matrix-fed._tcp.example.org CNAME srv.example.net", "srv.example.net SRV 0 0 7 t1.example.com"],
        targets=[T1.format(7)],
        step="4",
        asked=srv_asks("t1.example.com"),
    ),
    "cname-at-srv-owner-to-nowhere": fallback(zone=["_matrix-fed._tcp.example.org CNAME gone.example.net"]),
    "foreign-owner": Row(
        name="example.org:1",
        raw={"A example.org": ["other.example.org 60 A 203.0.113.9"]},
        targets=org(1, "example.org:1")[:1],
        step="2",
        asked=addresses("example.org"),
    ),
    "foreign-beside-own": Row(
        name="example.org:1",
        zone=ONLY_V4,
        raw={"A example.org": ["other.example.org 60 A 203.0.113.9", "example.org 60 A 192.0.2.10"]},
        targets=org(1, "example.org:1")[1:],
        step="2",
        asked=addresses("example.org"),
    ),
    "wrong-types": Row(
        name="example.org:1",
        raw={
            "AAAA example.org": ["example.org 60 A 203.0.113.9"],
            "A example.org": ['example.org 60 TXT "x"', "example.org 60 A 192.0.2.10"],
        },
        targets=org(1, "example.org:1")[1:],
        step="2",
        asked=addresses("example.org"),
    ),
    "mixed-case-answers": Row(
        name="example.org:1",
        zone=ONLY_V4,
        raw={"A example.org": ["EXAMPLE.oRg 60 CNAME A.EXAMPLE.net.", "a.example.NET 60 A 192.0.2.10"]},
        targets=org(1, "example.org:1")[1:],
        step="2",
        asked=addresses("example.org"),
    ),
    "ttl-0-and-2-31": Row(
        name="example.org:1",
        raw={
            "A example.org": ["example.org 0 A 192.0.2.10"],
            "AAAA example.org": ["example.org 2147483648 AAAA 2001:db8::10"],
        },
        targets=org(1, "example.org:1"),
        step="2",
        asked=addresses("example.org"),
    ),
    "truncated": Row(
        name="example.org:1",
        zone=["example.org A TRUNCATED", "example.org A 192.0.2.10"],
        targets=org(1, "example.org:1"),
        step="2",
        asked=addresses("example.org"),
    ),
    "truncated-srv": with_srv(
        "TRUNCATED", *_LONG_SRV, targets=[T1.format(n) for n in range(1, 65)], asked=srv_asks("t1.example.com")
    ),
    "100-addresses": Row(
        name="example.org:1",
        zone=[*ONLY_V4, "example.org A TRUNCATED", *(f"example.org A 192.0.2.{n}" for n in range(100, 200))],
        targets=[f"192.0.2.{n}:1 | example.org:1 | dns:example.org" for n in range(100, 164)],
        step="2",
        asked=addresses("example.org"),
    ),
    "wrong-replies-first": Row(
        name="example.org:1", noise=True, targets=org(1, "example.org:1"), step="2", asked=addresses("example.org")
    ),
    "slow-dns": fallback(slow=1.2),
    "slow-dns-srv": with_srv(
        "1 0 7 t1.example.com", slow=1.2, targets=[T1.format(7)], asked=srv_asks("t1.example.com")
    ),
    "slow-dns-delegated": Row(
        wk="hs.example.net",
        slow=1.2,
        targets=hs(8448, "hs.example.net"),
        step="3.5",
        asked=[*well_known("example.org"), fed("hs.example.net"), old("hs.example.net"), *addresses("hs.example.net")],
    ),
    "slow-dns-with-port": Row(
        name="example.org:1", slow=1.2, targets=org(1, "example.org:1"), step="2", asked=addresses("example.org")
    ),
    "slow-dns-redirect": followed(
        "https://www.example.org/w", "https://www.example.org/w", "www.example.org", slow=1.2
    ),
    "one-private-address": fallback(
        zone=["example.org AAAA -", "example.org A 10.0.0.5", "example.org A 192.0.2.10"], targets=V4, bait=["10.0.0.5"]
    ),
    "only-private-addresses": Row(
        zone=["example.org AAAA fd00::1", "example.org A 10.0.0.5"],
        error="address-blocked",
        bait=["10.0.0.5"],
        asked=UNSEEN,
    ),
    "rebinding": fallback(
        zone=ONLY_V4, turns={"A example.org": ("192.0.2.10", "127.0.9.1")}, bait=["127.0.9.1"], targets=V4
    ),
    "rebinding-delegated": Row(
        wk="hs.example.net:1",
        zone=["hs.example.net AAAA -"],
        turns={"A hs.example.net": ("198.51.100.20", "127.0.9.1")},
        bait=["127.0.9.1"],
        targets=hs(1, "hs.example.net:1")[1:],
        step="3.2",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
}
