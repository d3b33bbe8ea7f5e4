"""Cases 64 to 103: well-known requests that fail (and always end in step 6), and redirects."""

import json
import ssl
from itertools import pairwise

from matrix_resolve import AddressPolicy, HttpResponse

from .testbed import FALLBACK, FALLBACK_LOOKUPS, MAPPED_DOCUMENTATION, Row, addresses, fed, hs, old, well_known


def _falls_back(*answers: HttpResponse | Exception, warnings: tuple[str, ...] = ()) -> list[Row]:
    return [Row(wk=answer, targets=FALLBACK, step="6", asked=FALLBACK_LOOKUPS, warnings=warnings) for answer in answers]


def _status(*numbers: int) -> list[HttpResponse]:
    return [HttpResponse(number) for number in numbers]


def _bodies(*bodies: bytes | str) -> list[Row]:
    answers = [HttpResponse(200, (), body if isinstance(body, bytes) else body.encode()) for body in bodies]
    return _falls_back(*answers, warnings=("well-known-invalid",))


def _values(*values: object) -> list[Row]:
    return _bodies(*(json.dumps({"m.server": value}) for value in values))


GOOD = '{"m.server":"hs.example.net"}'
VALID = HttpResponse(201, (), GOOD.encode())
EXPIRED = ssl.SSLCertVerificationError(1, "certificate has expired")
EXPIRED.verify_message = "certificate has expired"

FAILURES: dict[int, list[Row]] = {
    64: _falls_back(*_status(404)),
    65: _falls_back(*_status(500, 502, 503, 429), warnings=("well-known-failed",)),
    66: _falls_back(HttpResponse(204), VALID, HttpResponse(206, (), GOOD.encode()), warnings=("well-known-invalid",)),
    67: _falls_back(*_status(410)),
    68: _falls_back(*_status(401), warnings=("well-known-invalid",)),
    69: _falls_back(ConnectionRefusedError("refused"), warnings=("well-known-failed",)),
    70: _falls_back(EXPIRED, warnings=("well-known-failed",)),
    71: _falls_back(TimeoutError(), warnings=("well-known-failed",)),
    72: _bodies(""),
    73: _bodies("not json", "<!DOCTYPE html><title>Hello</title>"),
    74: _bodies("[]", '"hs.example.net"', "null", "1"),
    75: _bodies("{}"),
    76: _values(None, 1, ["a"], {}, True),
    77: _values(""),
    78: _values("https://hs.example.net"),
    79: _values("hs.example.net/", "hs.example.net/path"),
    80: _values("hs.example.net ", " hs.example.net", "hs.example.net\n"),
    81: _values("hs.example.net:", "hs.example.net:0", "hs.example.net:65536", "hs.example.net:abc"),
    82: _values("[fe80::1%eth0]", "::1", "256.1.1.1", "127.1"),
    83: _values("hs.example.net."),
    84: _values("öbb.at", "a_b.example"),
    85: _bodies(b"\xef\xbb\xbf" + GOOD.encode()),
    86: _bodies(GOOD.encode("utf-16"), b'{"m.server":"hs.example.net","x":"\xe4"}'),
    87: _bodies(GOOD + "x", '{"m.server":"hs.example.net","x":NaN}'),
    88: _bodies(GOOD.ljust(51_201)),
    89: _bodies('{"M.Server":"hs.example.net"}'),
    90: _bodies("[" * 50_000, '{"m.server":' + "1" * 5_000 + "}"),
    91: _falls_back(ConnectionResetError("body cut short"), warnings=("well-known-failed",)),
}

FIRST = "https://example.org/.well-known/matrix/server"
WWW_ZONE = ["www.example.org A 203.0.113.80"]
DELEGATES = HttpResponse(200, (), b'{"m.server":"hs.example.net:443"}')


def _to(location: str, status: int = 302) -> HttpResponse:
    return HttpResponse(status, (("Location", location),))


def _followed(
    second: str, *lookups: str, status: int = 302, location: str | None = None, pinned: tuple[str, ...]
) -> Row:
    """Return a row with a redirect to *second*, which delegates."""
    return Row(
        wk=_to(location or second, status),
        zone=WWW_ZONE,
        http={second: DELEGATES},
        targets=hs(443, "hs.example.net:443"),
        step="3.2",
        asked=[*well_known("example.org"), *lookups, f"GET {second}", *addresses("hs.example.net")],
        pinned={second: pinned},
    )


def _chain(hops: int) -> dict[str, HttpResponse | Exception]:
    """Return the responses of this many redirects on one host, followed by a delegation."""
    urls = [FIRST, *(f"https://example.org/{hop}" for hop in range(1, hops + 1))]
    answers: dict[str, HttpResponse | Exception] = {url: _to(following) for url, following in pairwise(urls)}
    return {**answers, urls[-1]: DELEGATES}


def _gets(hops: int) -> list[str]:
    return [f"GET https://example.org/{hop}" for hop in range(1, hops + 1)]


def _not_followed(*locations: HttpResponse) -> list[Row]:
    return _falls_back(*locations, warnings=("well-known-invalid",))


def _refused(
    second: HttpResponse | Exception, policy: AddressPolicy = MAPPED_DOCUMENTATION, *, is_asked: bool = True
) -> Row:
    """Return a row with a redirect to www.example.org that fails, so the SRV queries are for example.org."""
    url = "https://www.example.org/x"
    asked = [*well_known("example.org"), *addresses("www.example.org"), *([f"GET {url}"] if is_asked else [])]
    return Row(
        wk=_to(url),
        zone=WWW_ZONE,
        http={url: second},
        targets=FALLBACK,
        step="6",
        asked=[*asked, fed("example.org"), old("example.org")],
        address_policy=policy,
    )


WWW = "https://www.example.org/x"
HOST_80 = ("203.0.113.80",)

REDIRECTS: dict[int, list[Row]] = {
    92: [_followed(WWW, *addresses("www.example.org"), status=301, pinned=HOST_80)],
    93: [
        _followed(WWW, *addresses("www.example.org"), status=status, pinned=HOST_80) for status in (302, 303, 307, 308)
    ],
    94: [_followed("https://example.org/other", location="/other", pinned=("2001:db8::10", "192.0.2.10"))],
    95: [_followed("https://t1.example.com:8443/w", *addresses("t1.example.com"), pinned=("203.0.113.1",))],
    96: [_followed("https://203.0.113.3/w", pinned=("203.0.113.3",))],
    97: _not_followed(_to("http://www.example.org/x")),
    98: [
        Row(
            wk=_to("https://example.org/b"),
            http={"https://example.org/b": _to(FIRST)},
            targets=FALLBACK,
            step="6",
            asked=[*well_known("example.org"), "GET https://example.org/b", fed("example.org"), old("example.org")],
            warnings=["well-known-invalid"],
        )
    ],
    99: [
        Row(
            http=_chain(10),
            targets=hs(443, "hs.example.net:443"),
            step="3.2",
            asked=[*well_known("example.org"), *_gets(10), *addresses("hs.example.net")],
        ),
        Row(
            http=_chain(11),
            targets=FALLBACK,
            step="6",
            asked=[*well_known("example.org"), *_gets(10), fed("example.org"), old("example.org")],
            warnings=["well-known-invalid"],
        ),
    ],
    100: _not_followed(
        _to(WWW, 300),
        _to(WWW, 304),
        _to(WWW, 305),
        HttpResponse(302),
        _to("ftp://www.example.org/x"),
        _to("https://[::1"),
        _to("https://user@www.example.org/x"),
        _to("https://www.example.org:99999/x"),
        _to("https://127.1/x"),
        _to("//"),
    ),
    101: [
        Row(
            wk=_to("https://hs.example.net/w"),
            targets=FALLBACK,
            step="6",
            asked=[
                *well_known("example.org"),
                *addresses("hs.example.net"),
                "GET https://hs.example.net/w",
                fed("example.org"),
                old("example.org"),
            ],
        )
    ],
    102: [_refused(EXPIRED)],
    103: [_refused(DELEGATES, AddressPolicy(allow=["192.0.2.0/24", "2001:db8::/32"]), is_asked=False)],
}
