"""Targets of well-known redirects."""

from matrix_resolve import HttpResponse
from tests.spec.testbed import addresses, fed, old, well_known

from .row import FIRST, HS, Row
from .row_makers import delegated, fallback, followed, redirect, well_known_json

REDIRECTS: dict[str, Row] = {
    "to-private-name": fallback(
        wk=redirect("https://www.example.org/x"),
        zone=["www.example.org A 10.0.0.5"],
        bait=["10.0.0.5"],
        asked=[*well_known("example.org"), *addresses("www.example.org"), fed("example.org"), old("example.org")],
    ),
    "to-private-literal": fallback(wk=redirect("https://10.0.0.5/x"), bait=["10.0.0.5"]),
    "to-mapped-literal": fallback(wk=redirect("https://[::ffff:127.0.9.1]/x"), bait=["127.0.9.1"]),
    "to-nat64-literal": fallback(wk=redirect("https://[64:ff9b::10.0.0.5]/x"), bait=["10.0.0.5"]),
    "to-hex-literal": fallback(wk=redirect("https://0x7f.0.9.1/x"), bait=["127.0.9.1"]),
    "to-metadata": fallback(wk=redirect("https://169.254.169.254/latest")),
    "to-localhost": fallback(wk=redirect("https://localhost/x")),
    "to-http": fallback(wk=redirect("http://www.example.org/x")),
    "to-user-part": fallback(wk=redirect("https://a:b@www.example.org/x")),
    "to-nothing": fallback(wk=redirect("")),
    "to-public-literal": followed("https://192.0.2.30/w", "https://192.0.2.30/w"),
    "to-port": followed(
        "https://www.example.org:8443/w",
        "https://www.example.org:8443/w",
        "www.example.org",
        at={"192.0.2.30:8443": "web"},
    ),
    "to-port-443": followed("https://www.example.org:443/w", "https://www.example.org/w", "www.example.org"),
    "to-upper-case": followed("HTTPS://WWW.EXAMPLE.ORG/W", "https://www.example.org/W", "www.example.org"),
    "to-trailing-dot": fallback(wk=redirect("https://www.example.org./x")),
    "scheme-relative": followed("//www.example.org/w", "https://www.example.org/w", "www.example.org"),
    "query-only": followed("?a=b", f"{FIRST}?a=b"),
    "dots": followed("../x", "https://example.org/.well-known/x"),
    "too-many-dots": followed("../../../../x", "https://example.org/x"),
    "path-only": followed("/y?z#w", "https://example.org/y?z"),
    "no-path": followed("https://www.example.org", "https://www.example.org/", "www.example.org"),
    "query-after-host": followed("https://www.example.org?x", "https://www.example.org/?x", "www.example.org"),
    "encoded-path": followed("/%2e%2E/a%20b", "https://example.org/%2e%2E/a%20b"),
    "fragment-only": fallback(wk=redirect("#x")),
    "308-with-body": delegated(
        wk=HttpResponse(308, (("Location", "/w"),), b"x" * 100_000),
        http={"https://example.org/w": well_known_json(HS)},
        asked=[*well_known("example.org"), "GET https://example.org/w", *addresses("hs.example.net")],
    ),
    "changing-query": fallback(
        wk=redirect("?0"),
        http={f"{FIRST}?{hop}": redirect(f"?{hop + 1}") for hop in range(20)},
        asked=[
            *well_known("example.org"),
            *(f"GET {FIRST}?{hop}" for hop in range(10)),
            fed("example.org"),
            old("example.org"),
        ],
    ),
    "to-silent-dns": fallback(
        wk=redirect("https://www.example.org/x"),
        zone=["www.example.org A TIMEOUT", "www.example.org AAAA TIMEOUT"],
        asked=[*well_known("example.org"), *addresses("www.example.org"), fed("example.org"), old("example.org")],
    ),
    "to-onion": fallback(wk=redirect("https://example.onion/x")),
    "endless-body": followed(
        "https://www.example.org/w",
        "https://www.example.org/w",
        "www.example.org",
    ),
}
