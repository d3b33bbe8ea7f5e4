"""Cases 1 to 37: invalid server names, and steps 1 and 2."""

from .testbed import Row, addresses, fed_record, org


def _invalid(*names: str, error: str = "invalid-name") -> list[Row]:
    return [Row(name=name, error=error) for name in names]


ZONE_29 = [fed_record("example.org", "0 0 443 t1.example.com.")]

CASES: dict[int, list[Row]] = {
    1: _invalid(""),
    2: _invalid("example.org:"),
    3: _invalid(":8448"),
    4: _invalid("example.org:123456"),
    5: _invalid("example.org:0"),
    6: _invalid("example.org:65536"),
    7: _invalid("example.org:+443", "example.org: 443", "example.org:4_43", "example.org:８４４８"),
    8: _invalid("::1"),
    9: _invalid("[::1", "::1]", "[]", "[::1]x", "[::1]8448"),
    10: _invalid("[fe80::1%eth0]", "[fe80::1%25eth0]"),
    11: _invalid("[1.2.3.4]", "[:::]", "[2001:db8:::1]", "[g::1]"),
    12: _invalid("256.1.1.1", "1.2.3.4.5", "127.1", "0x7f.1", "2130706433"),
    13: _invalid("1.2.3.04", "001.2.3.4"),
    14: _invalid("exa_mple.org", "ex%61mple.org", "öbb.at", "exam ple.org", "example.org\n"),
    15: _invalid("https://example.org", "example.org/", "user@example.org", "example.org?x"),
    16: _invalid("example.org.", ".example.org", "a..b"),
    17: _invalid("a" * 64 + ".org", error="unresolvable-name"),
    18: _invalid(("a" * 49 + ".") * 5 + "abcd", ("a" * 49 + ".") * 5 + "abcdef", error="unresolvable-name"),
    19: _invalid("example.org:8448:8448"),
    20: [Row(name="192.0.2.1", targets=["192.0.2.1:8448 | 192.0.2.1 | ip:192.0.2.1"], step="1")],
    21: [Row(name="192.0.2.1:443", targets=["192.0.2.1:443 | 192.0.2.1:443 | ip:192.0.2.1"], step="1")],
    22: [Row(name="192.0.2.1:8448", targets=["192.0.2.1:8448 | 192.0.2.1:8448 | ip:192.0.2.1"], step="1")],
    23: [Row(name="[2001:db8::1]", targets=["[2001:db8::1]:8448 | [2001:db8::1] | ip:2001:db8::1"], step="1")],
    24: [
        Row(name="[2001:db8::1]:5678", targets=["[2001:db8::1]:5678 | [2001:db8::1]:5678 | ip:2001:db8::1"], step="1")
    ],
    25: [Row(name="[2001:DB8:0::1]", targets=["[2001:db8::1]:8448 | [2001:DB8:0::1] | ip:2001:db8::1"], step="1")],
    26: [
        Row(
            name="[::ffff:192.0.2.1]",
            targets=["[::ffff:192.0.2.1]:8448 | [::ffff:192.0.2.1] | ip:::ffff:192.0.2.1"],
            step="1",
        )
    ],
    27: [Row(name="192.0.2.1:00443", targets=["192.0.2.1:443 | 192.0.2.1:00443 | ip:192.0.2.1"], step="1")],
    28: [Row(name="example.org:8448", targets=org(8448, "example.org:8448"), step="2", asked=addresses("example.org"))],
    29: [
        Row(
            name="example.org:443",
            wk="hs.example.net",
            zone=ZONE_29,
            targets=org(443, "example.org:443"),
            step="2",
            asked=addresses("example.org"),
        )
    ],
    30: [
        Row(
            name="v6.example.com:9000",
            targets=["[2001:db8::c6]:9000 | v6.example.com:9000 | dns:v6.example.com"],
            step="2",
            asked=addresses("v6.example.com"),
        )
    ],
    31: [
        Row(
            name="t1.example.com:9000",
            targets=["203.0.113.1:9000 | t1.example.com:9000 | dns:t1.example.com"],
            step="2",
            asked=addresses("t1.example.com"),
        )
    ],
    32: [
        Row(
            name="alias.example.net:8448",
            targets=[
                "[2001:db8::20]:8448 | alias.example.net:8448 | dns:alias.example.net",
                "198.51.100.20:8448 | alias.example.net:8448 | dns:alias.example.net",
            ],
            step="2",
            asked=addresses("alias.example.net"),
        )
    ],
    33: [Row(name="nohost.example:8448", error="no-address", asked=addresses("nohost.example"))],
    34: [Row(name="EXAMPLE.org:8448", targets=org(8448, "EXAMPLE.org:8448"), step="2", asked=addresses("example.org"))],
    35: [
        Row(name="example.org:08448", targets=org(8448, "example.org:08448"), step="2", asked=addresses("example.org"))
    ],
    36: [
        Row(
            name="example.org:8448",
            zone=["example.org AAAA SERVFAIL"],
            targets=org(8448, "example.org:8448")[1:],
            step="2",
            asked=addresses("example.org"),
            warnings=["address-question-failed"],
        )
    ],
    37: [
        Row(
            name="example.org:8448",
            zone=["example.org AAAA SERVFAIL", "example.org A SERVFAIL"],
            error="dns-temporary",
            asked=addresses("example.org"),
        )
    ],
}
