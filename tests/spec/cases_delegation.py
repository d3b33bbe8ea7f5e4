"""Cases 38 to 63: a valid delegation, steps 3.1 to 3.5."""

from matrix_resolve import HttpResponse, ResolverPolicy

from .testbed import FALLBACK, Row, addresses, fed, fed_record, hs, old, old_record, org, well_known

STRICT = ResolverPolicy(srv_failure="fail")
WK = well_known("example.org")
HS_443 = hs(443, "hs.example.net:443")
TO_HS = [*WK, *addresses("hs.example.net")]
HS_8448_LOOKUPS = [*WK, fed("hs.example.net"), old("hs.example.net"), *addresses("hs.example.net")]


def _json(text: str, *headers: tuple[str, str]) -> HttpResponse:
    return HttpResponse(200, headers, text.encode())


def _at_t1(port: int) -> list[str]:
    return [f"203.0.113.1:{port} | hs.example.net | dns:hs.example.net"]


CASES: dict[int, list[Row]] = {
    38: [Row(wk="198.51.100.7", targets=["198.51.100.7:8448 | 198.51.100.7 | ip:198.51.100.7"], step="3.1", asked=WK)],
    39: [
        Row(
            wk="198.51.100.7:443",
            targets=["198.51.100.7:443 | 198.51.100.7:443 | ip:198.51.100.7"],
            step="3.1",
            asked=WK,
        )
    ],
    40: [
        Row(wk="[2001:db8::7]", targets=["[2001:db8::7]:8448 | [2001:db8::7] | ip:2001:db8::7"], step="3.1", asked=WK)
    ],
    41: [
        Row(
            wk="[2001:db8::7]:8000",
            targets=["[2001:db8::7]:8000 | [2001:db8::7]:8000 | ip:2001:db8::7"],
            step="3.1",
            asked=WK,
        )
    ],
    42: [
        Row(
            wk="hs.example.net:443",
            zone=[fed_record("hs.example.net", "0 0 1 t1.example.com.")],
            targets=HS_443,
            step="3.2",
            asked=TO_HS,
        )
    ],
    43: [Row(wk="hs.example.net:8448", targets=hs(8448, "hs.example.net:8448"), step="3.2", asked=TO_HS)],
    44: [
        Row(
            wk="alias.example.net:443",
            targets=[
                "[2001:db8::20]:443 | alias.example.net:443 | dns:alias.example.net",
                "198.51.100.20:443 | alias.example.net:443 | dns:alias.example.net",
            ],
            step="3.2",
            asked=[*WK, *addresses("alias.example.net")],
        )
    ],
    45: [Row(wk="HS.example.net:443", targets=hs(443, "HS.example.net:443"), step="3.2", asked=TO_HS)],
    46: [
        Row(
            wk="hs.example.net",
            zone=[fed_record("hs.example.net", "10 0 8443 t1.example.com.")],
            targets=_at_t1(8443),
            step="3.3",
            asked=[*WK, fed("hs.example.net"), *addresses("t1.example.com")],
        )
    ],
    47: [
        Row(
            wk="hs.example.net",
            zone=[old_record("hs.example.net", "10 0 8443 t1.example.com.")],
            targets=_at_t1(8443),
            step="3.4",
            asked=[*WK, fed("hs.example.net"), old("hs.example.net"), *addresses("t1.example.com")],
        )
    ],
    48: [
        Row(
            wk="hs.example.net",
            zone=[
                fed_record("hs.example.net", "0 0 1001 t1.example.com."),
                old_record("hs.example.net", "0 0 1002 t2.example.com."),
            ],
            targets=_at_t1(1001),
            step="3.3",
            asked=[*WK, fed("hs.example.net"), *addresses("t1.example.com")],
        )
    ],
    49: [Row(wk="hs.example.net", targets=hs(8448, "hs.example.net"), step="3.5", asked=HS_8448_LOOKUPS)],
    50: [
        Row(
            wk="hs.example.net",
            zone=[fed_record("example.org", "0 0 1 t1.example.com.")],
            targets=hs(8448, "hs.example.net"),
            step="3.5",
            asked=HS_8448_LOOKUPS,
        )
    ],
    51: [
        Row(
            wk="alias.example.net",
            targets=[
                "[2001:db8::20]:8448 | alias.example.net | dns:alias.example.net",
                "198.51.100.20:8448 | alias.example.net | dns:alias.example.net",
            ],
            step="3.5",
            asked=[*WK, fed("alias.example.net"), old("alias.example.net"), *addresses("alias.example.net")],
        )
    ],
    52: [
        Row(
            wk="hs.example.net",
            http={"https://hs.example.net/.well-known/matrix/server": _json('{"m.server": "other.example"}')},
            targets=hs(8448, "hs.example.net"),
            step="3.5",
            asked=HS_8448_LOOKUPS,
        )
    ],
    53: [Row(wk="example.org", targets=FALLBACK, step="3.5", asked=[*WK, fed("example.org"), old("example.org")])],
    54: [Row(wk="example.org:443", targets=org(443, "example.org:443"), step="3.2", asked=WK)],
    55: [
        Row(
            wk="gone.example",
            zone=[fed_record("example.org", "0 0 1 t1.example.com.")],
            error="no-address",
            asked=[*WK, fed("gone.example"), old("gone.example"), *addresses("gone.example")],
        )
    ],
    56: [Row(wk="gone.example:443", error="no-address", asked=[*WK, *addresses("gone.example")])],
    57: [
        Row(
            wk="v6.example.com",
            targets=["[2001:db8::c6]:8448 | v6.example.com | dns:v6.example.com"],
            step="3.5",
            asked=[*WK, fed("v6.example.com"), old("v6.example.com"), *addresses("v6.example.com")],
        )
    ],
    58: [
        Row(
            wk="hs.example.net",
            zone=[fed_record("hs.example.net", "0 0 0 .")],
            error="service-not-provided",
            asked=[*WK, fed("hs.example.net")],
        )
    ],
    59: [
        Row(
            wk="hs.example.net",
            zone=["_matrix-fed._tcp.hs.example.net SRV SERVFAIL"],
            error="dns-temporary",
            asked=[*WK, fed("hs.example.net")],
            policy=STRICT,
        ),
        Row(
            wk="hs.example.net",
            zone=["_matrix-fed._tcp.hs.example.net SRV SERVFAIL"],
            targets=hs(8448, "hs.example.net"),
            step="3.5",
            asked=HS_8448_LOOKUPS,
            warnings=["srv-question-failed"],
        ),
    ],
    60: [
        Row(
            wk=_json('{"m.server":"hs.example.net:443","x":[1],"m.homeserver":{}}'),
            targets=HS_443,
            step="3.2",
            asked=TO_HS,
        )
    ],
    61: [
        Row(wk=_json('{"m.server":"hs.example.net:443"}', *headers), targets=HS_443, step="3.2", asked=TO_HS)
        for headers in ([("Content-Type", "text/html")], [])
    ],
    62: [
        Row(
            wk=_json('{"m.server":"a.example:1","m.server":"hs.example.net:443"}'),
            targets=HS_443,
            step="3.2",
            asked=TO_HS,
            warnings=["well-known-ambiguous"],
        )
    ],
    63: [Row(wk=_json('{"m.server":"hs.example.net:443"}'.ljust(51_200)), targets=HS_443, step="3.2", asked=TO_HS)],
}
