"""Unusual and invalid SRV records and targets."""

from tests.spec.testbed import org

from .row import Row
from .row_makers import T1, T2, srv_asks, with_srv

SRV: dict[str, Row] = {
    "upper-case-target": with_srv("0 0 7 T1.Example.COM", targets=[T1.format(7)], asked=srv_asks("t1.example.com")),
    "underscore-target": with_srv(
        "0 0 7 a_b.example.com",
        zone=["a_b.example.com A 203.0.113.1"],
        targets=[T1.format(7)],
        asked=srv_asks("a_b.example.com"),
    ),
    "target-is-the-name": with_srv("0 0 7 example.org", targets=org(7, "example.org"), asked=srv_asks()),
    "three-priorities": with_srv(
        "30 0 3 t3.example.com",
        "10 0 1 t1.example.com",
        "20 0 2 t2.example.com",
        targets=[T1.format(1), T2.format(2), "203.0.113.3:3 | example.org | dns:example.org"],
        asked=srv_asks("t1.example.com", "t2.example.com", "t3.example.com"),
    ),
    "equal-addresses": with_srv(
        "1 0 7 t1.example.com",
        "2 0 7 u1.example.com",
        zone=["u1.example.com A 203.0.113.1"],
        targets=[T1.format(7)],
        asked=srv_asks("t1.example.com", "u1.example.com"),
    ),
    "one-private-target": with_srv(
        "1 0 7 in.example.com",
        "2 0 7 t1.example.com",
        zone=["in.example.com A 10.0.0.5"],
        bait=["10.0.0.5"],
        targets=[T1.format(7)],
        asked=srv_asks("in.example.com", "t1.example.com"),
    ),
    "only-private-target": with_srv(
        "1 0 8448 in.example.com",
        zone=["in.example.com A 10.0.0.5", "_matrix._tcp.example.org SRV 0 0 7 t1.example.com"],
        bait=["10.0.0.5"],
        error="address-blocked",
        asked=srv_asks("in.example.com"),
    ),
    "port-0-beside-good": with_srv(
        "1 0 0 t2.example.com", "2 0 7 t1.example.com", targets=[T1.format(7)], asked=srv_asks("t1.example.com")
    ),
    "dot": with_srv("0 0 0 .", error="service-not-provided", asked=srv_asks()),
    "one-target-servfail": with_srv(
        "1 0 7 t2.example.com",
        "2 0 7 t1.example.com",
        zone=["t2.example.com A SERVFAIL", "t2.example.com AAAA SERVFAIL"],
        targets=[T1.format(7)],
        asked=srv_asks("t1.example.com", "t2.example.com"),
    ),
    "target-silent": with_srv(
        "1 0 7 t1.example.com",
        zone=["t1.example.com A TIMEOUT", "t1.example.com AAAA TIMEOUT"],
        error="dns-temporary",
        asked=srv_asks("t1.example.com"),
    ),
    "target-localhost": with_srv("1 0 8448 localhost", error="address-blocked", asked=srv_asks()),
    "many-equal-weights": with_srv(
        *(f"0 5 {n} t1.example.com" for n in range(1, 9)),
        targets=[T1.format(n) for n in range(1, 9)],
        in_order=False,
        asked=srv_asks("t1.example.com"),
    ),
}
