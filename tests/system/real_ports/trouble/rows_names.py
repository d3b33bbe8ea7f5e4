"""Unusual and invalid server names, and names to which a server delegates."""

from tests.spec.testbed import FALLBACK, FALLBACK_LOOKUPS, addresses, fed, hs, old, org, well_known

from .row import HS, Row
from .row_makers import well_known_json

_LONG = "example." + "a" * 63 + "." + "b" * 63 + "." + "c" * 63 + "." + "d" * (253 - 3 - 8 - 192)
NAMES: dict[str, Row] = {
    "delegated-to-itself": Row(wk="example.org", targets=FALLBACK, step="3.5", asked=FALLBACK_LOOKUPS),
    "delegated-has-a-well-known": Row(
        wk="hs.example.net",
        http={"https://hs.example.net/.well-known/matrix/server": well_known_json("t1.example.com:1")},
        targets=hs(8448, "hs.example.net"),
        step="3.5",
        asked=[*well_known("example.org"), fed("hs.example.net"), old("hs.example.net"), *addresses("hs.example.net")],
    ),
    "delegated-to-localhost": Row(wk="localhost", error="address-blocked", asked=well_known("example.org")),
    "delegated-to-localhost-with-port": Row(
        wk="localhost:8448", error="address-blocked", asked=well_known("example.org")
    ),
    "delegated-to-private-literal": Row(
        wk="10.0.0.5", bait=["10.0.0.5"], error="address-blocked", asked=well_known("example.org")
    ),
    "delegated-to-mapped-literal": Row(
        wk="[::ffff:127.0.9.1]:443", bait=["127.0.9.1"], error="address-blocked", asked=well_known("example.org")
    ),
    "delegated-to-private-name": Row(
        wk=HS,
        zone=["hs.example.net A 10.0.0.5", "hs.example.net AAAA -"],
        bait=["10.0.0.5"],
        error="address-blocked",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
    "delegated-to-onion": Row(wk="example.onion:1", error="zone-refused", asked=well_known("example.org")),
    "delegated-upper-case": Row(
        wk="HS.Example.NET:0443",
        targets=hs(443, "HS.Example.NET:0443"),
        step="3.2",
        asked=[*well_known("example.org"), *addresses("hs.example.net")],
    ),
    "upper-case": Row(name="EXAMPLE.Org", targets=org(8448, "EXAMPLE.Org"), step="6", asked=FALLBACK_LOOKUPS),
    "punycode": Row(
        name="xn--bb-eka.example.org:1",
        zone=["xn--bb-eka.example.org A 192.0.2.10"],
        targets=["192.0.2.10:1 | xn--bb-eka.example.org:1 | dns:xn--bb-eka.example.org"],
        step="2",
        asked=addresses("xn--bb-eka.example.org"),
    ),
    "63-character-label": Row(
        name=f"{'a' * 63}.example.org:1",
        zone=[f"{'a' * 63}.example.org A 192.0.2.10"],
        targets=[f"192.0.2.10:1 | {'a' * 63}.example.org:1 | dns:{'a' * 63}.example.org"],
        step="2",
        asked=addresses(f"{'a' * 63}.example.org"),
    ),
    "253-characters": Row(
        name=_LONG,
        zone=[f"{_LONG} A 192.0.2.10"],
        targets=[f"192.0.2.10:8448 | {_LONG} | dns:{_LONG}"],
        step="6",
        asked=well_known(_LONG),
    ),
    "single-label": Row(
        name="example",
        zone=["example A 192.0.2.10"],
        targets=["192.0.2.10:8448 | example | dns:example"],
        step="6",
        asked=[*well_known("example"), fed("example"), old("example")],
    ),
    "single-label-nowhere": Row(
        name="example", error="no-address", asked=[*addresses("example"), fed("example"), old("example")]
    ),
    "localhost": Row(name="localhost", error="address-blocked"),
    "localhost-with-port": Row(name="localhost:8448", error="address-blocked"),
    "below-localhost": Row(name="example.localhost", error="address-blocked"),
    "onion": Row(name="example.onion", error="zone-refused"),
    "onion-with-port": Row(name="example.ONION:8448", error="zone-refused"),
    "private-literal": Row(name="10.0.0.5", bait=["10.0.0.5"], error="address-blocked"),
    "url": Row(name="https://example.org", error="invalid-name"),
}
