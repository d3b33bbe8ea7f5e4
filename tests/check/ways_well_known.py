"""Well-knowns that are broken."""

import math

from matrix_resolve.testing import LoopbackFederation, Reply, SeenRequest
from matrix_resolve.testing.loopback.certificates import CertificateKind
from matrix_resolve.testing.loopback.dead_ends import Death

from .breaking import (
    ERROR,
    IMPATIENT,
    NAME,
    OTHER_V4,
    V4,
    V6,
    WARNING,
    WELL_KNOWN,
    Build,
    Row,
    delegated,
    everybody,
    homeserver,
    html,
    nobody,
    some,
    with_well_known,
)

_URL = f"https://{NAME}{WELL_KNOWN}"
_GOOD = Reply.json({"m.server": "hs.example:443"})


def _says(document: object) -> Build:
    return with_well_known(Reply.json(document))


def _redirects(to: str, status: int = 302) -> Build:
    return with_well_known(Reply(status=status, headers={"Location": to}))


def _delegated_with(reply: Reply) -> Build:
    """Give a deployment that delegates with an odd, but valid reply."""

    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.server(NAME, port=443).reply(WELL_KNOWN, reply)

    return build


def _redirected(federation: LoopbackFederation) -> None:
    delegated(federation)
    federation.server("www.example", port=443).reply(WELL_KNOWN, _GOOD)
    federation.server(NAME, port=443).reply(
        WELL_KNOWN, Reply(status=301, headers={"Location": f"https://www.example{WELL_KNOWN}"})
    )


def _presents(kind: CertificateKind) -> Build:
    """Give a deployment that delegates, with a bad certificate on port 443."""

    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.server(NAME, port=443, certificate=kind)

    return build


def _port_443(death: Death) -> Build:
    def build(federation: LoopbackFederation) -> None:
        homeserver(federation)
        federation.server(NAME, port=443).stop(death)

    return build


def _by_address(odd: Reply) -> Build:
    """Give a deployment that delegates at one address, and answers oddly at the other one."""

    def answer(request: SeenRequest) -> Reply:
        return _GOOD if request.ip == V4 else odd

    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.server(NAME, port=443, addresses=[V4, OTHER_V4]).reply(WELL_KNOWN, answer)

    return build


def _stale(federation: LoopbackFederation) -> None:
    homeserver(federation, "old.example", port=443)
    _by_address(Reply.json({"m.server": "old.example:443"}))(federation)


def _one_address_dead(dead: str, death: Death = "refuse") -> Build:
    """Give a deployment that delegates at two addresses, one of which is dead."""

    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.server("dead.example", port=443, addresses=[dead]).stop(death)
        federation.server(NAME, port=443, addresses=[V4 if dead != V4 else V6])
        federation.zone.a(NAME, V4)
        federation.zone.aaaa(NAME, V6)

    return build


def _ipv6_only(federation: LoopbackFederation) -> None:
    federation.server(NAME, port=443, addresses=[V6])
    delegated(federation)


def _broken_and_alone(federation: LoopbackFederation) -> None:
    federation.server(NAME, port=443).reply(WELL_KNOWN, html())


ROWS: dict[str, Row] = {
    "web page": everybody("well-known-html", with_well_known(html()), "404", WELL_KNOWN, cause=_URL, severity=WARNING),
    "web page, and nothing else": nobody(
        "well-known-html", _broken_and_alone, "application/json", cause=f"{_URL} 8448"
    ),
    "no JSON": everybody("well-known-not-json", with_well_known(Reply(body=b"hs.example:443")), _URL, severity=WARNING),
    "byte-order mark": everybody(
        "well-known-not-json",
        with_well_known(Reply(body=b'\xef\xbb\xbf{"m.server": "hs.example:443"}')),
        _URL,
        cause="byte-order mark",
        severity=WARNING,
    ),
    "single quotes": everybody(
        "well-known-not-json", with_well_known(Reply(body=b"{'m.server': 'hs.example:443'}")), _URL, severity=WARNING
    ),
    "empty": everybody("well-known-not-json", with_well_known(Reply()), _URL, cause="empty", severity=WARNING),
    "a list": everybody("well-known-no-m-server", _says(["hs.example"]), _URL, cause="object", severity=WARNING),
    "no m.server": everybody("well-known-no-m-server", _says({"server": "x"}), _URL, severity=WARNING),
    "client's document": everybody(
        "well-known-client-file",
        _says({"m.homeserver": {"base_url": "https://hs.example"}}),
        _URL,
        cause="m.homeserver",
        severity=WARNING,
    ),
    "m.server a URL": everybody(
        "well-known-m-server-url",
        _says({"m.server": "https://hs.example:8448"}),
        'be "hs.example:8448"',
        cause="https://hs.example:8448",
        severity=WARNING,
    ),
    "m.server with a path": everybody(
        "well-known-m-server-invalid",
        _says({"m.server": "hs.example:443/"}),
        'be "hs.example:443"',
        cause="hs.example:443/",
        severity=WARNING,
    ),
    "m.server empty": everybody("well-known-m-server-invalid", _says({"m.server": ""}), "m.server", severity=WARNING),
    "m.server an object": everybody(
        "well-known-m-server-invalid", _says({"m.server": {"host": "hs.example"}}), "m.server", severity=WARNING
    ),
    "m.server with a space": everybody(
        "well-known-m-server-invalid", _says({"m.server": "hs.example:443 "}), "m.server", severity=WARNING
    ),
    "too large": everybody(
        "well-known-too-large",
        with_well_known(Reply(body=b'{"m.server": "hs.example:443"}'.ljust(60_000))),
        _URL,
        cause="51,200",
        severity=WARNING,
    ),
    "compressed": everybody(
        "well-known-compressed",
        with_well_known(Reply(body=b"\x1f\x8b\x08\x00rest", headers={"Content-Encoding": "gzip"})),
        _URL,
        cause="gzip",
        severity=WARNING,
    ),
    "redirect to HTTP": everybody(
        "well-known-redirect-insecure", _redirects("http://hs.example/x"), "https", cause=_URL, severity=WARNING
    ),
    "redirect to itself": everybody(
        "well-known-redirect-endless", _redirects(_URL), _URL, cause=_URL, severity=WARNING
    ),
    "redirect to nowhere": everybody(
        "well-known-redirect-broken", _redirects("https://me@hs.example/"), _URL, cause=_URL, severity=WARNING
    ),
    "redirect to a host without address": everybody(
        "well-known-redirect-broken",
        _redirects("https://gone.example/x"),
        "https",
        cause="gone.example",
        severity=WARNING,
    ),
    "redirect to a private address": everybody(
        "well-known-redirect-broken",
        _redirects("https://10.0.0.7/x"),
        "https",
        cause="10.0.0.7 private",
        severity=WARNING,
    ),
    "redirect to a dead host": everybody(
        "well-known-redirect-broken",
        _redirects("https://203.0.113.7/x"),
        "https",
        cause="203.0.113.7 refused",
        severity=WARNING,
    ),
    "redirect without Location": everybody(
        "well-known-status", with_well_known(Reply(status=302)), _URL, cause="302", severity=WARNING
    ),
    "401": everybody(
        "well-known-forbidden", with_well_known(Reply(status=401)), WELL_KNOWN, cause="401", severity=WARNING
    ),
    "403": everybody("well-known-forbidden", with_well_known(html(403)), WELL_KNOWN, cause=_URL, severity=WARNING),
    "429": everybody("well-known-forbidden", with_well_known(Reply(status=429)), WELL_KNOWN, severity=WARNING),
    "500": everybody("well-known-server-error", with_well_known(html(500)), "404", _URL, cause="500", severity=WARNING),
    "502": everybody("well-known-server-error", with_well_known(html(502)), _URL, severity=WARNING),
    "204": everybody("well-known-status", with_well_known(Reply(status=204)), _URL, cause="204", severity=WARNING),
    "challenge with 200": everybody(
        "well-known-challenge",
        with_well_known(html(headers={"cf-mitigated": "challenge"})),
        WELL_KNOWN,
        severity=WARNING,
    ),
    "challenge with 403": everybody(
        "well-known-challenge",
        with_well_known(html(403, headers={"server": "cloudflare"})),
        WELL_KNOWN,
        cause=_URL,
        severity=WARNING,
    ),
    "no response": everybody(
        "well-known-failed",
        with_well_known(Reply(delay=math.inf)),
        _URL,
        severity=WARNING,
        options={"policy": IMPATIENT},
    ),
    "no HTTP": everybody(
        "well-known-failed", with_well_known(Reply(raw=b"SSH-2.0-OpenSSH_9\r\n\r\n")), _URL, severity=WARNING
    ),
    "cut short": everybody(
        "well-known-failed", with_well_known(Reply(body=b'{"m.server": ', cut_after=5)), _URL, severity=WARNING
    ),
    "certificate expired": nobody(
        "well-known-certificate", _presents("expired"), "port 443", "a.example", cause="expired"
    ),
    "certificate for another name": nobody(
        "well-known-certificate", _presents("wrong-name"), "port 443", "wrong-name.invalid", cause=_URL
    ),
    "certificate self-signed": nobody("well-known-certificate", _presents("self-signed"), "port 443"),
    "certificate of an unknown authority": nobody("well-known-certificate", _presents("unknown-issuer"), "port 443"),
    "port 443 drops": everybody(
        "well-known-timeout", _port_443("drop"), "443", "a.example", options={"policy": IMPATIENT}
    ),
    "port 443 hangs": everybody(
        "well-known-timeout", _port_443("hang"), "443", "a.example", options={"policy": IMPATIENT}
    ),
    "stale at one address": some("well-known-differs", _stale, V4, OTHER_V4, WELL_KNOWN),
    "404 at one address": some("well-known-differs", _by_address(Reply(status=404)), V4, OTHER_V4),
    "web page at one address": some("well-known-html", _by_address(html()), _URL, cause=OTHER_V4),
    "502 at one address": some("well-known-server-error", _by_address(html(502)), _URL, cause=OTHER_V4),
    "one address of two dead": everybody("well-known-address-dead", _one_address_dead(V6), V6, cause="443"),
    "IPv4 address dead": some("well-known-address-dead", _one_address_dead(V4), V4, cause="IPv4", severity=ERROR),
    "delegation over IPv6 only": some("well-known-ipv6-only", _ipv6_only, "A record for a.example", cause="IPv6"),
    "m.server twice": everybody(
        "well-known-ambiguous",
        _delegated_with(
            Reply(
                body=b'{"m.server": "x.example", "m.server": "hs.example:443"}',
                headers={"Content-Type": "application/json"},
            )
        ),
        "m.server",
        cause=_URL,
    ),
    "octet stream": everybody(
        "well-known-content-type",
        _delegated_with(Reply(body=_GOOD.body, headers={"Content-Type": "application/octet-stream"})),
        "application/json",
        cause="application/octet-stream",
    ),
    "no content type": everybody(
        "well-known-content-type",
        _delegated_with(Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + _GOOD.body)),
        "application/json",
        cause=_URL,
    ),
    "never fresh": everybody(
        "well-known-never-fresh",
        _delegated_with(Reply.json({"m.server": "hs.example:443"}, headers={"Cache-Control": "no-store"})),
        "max-age",
        cause=_URL,
    ),
    "redirected": everybody("well-known-redirects", _redirected, _URL, cause="www.example"),
}
"""Each way to break a well-known."""
