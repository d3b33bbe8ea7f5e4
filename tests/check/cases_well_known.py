"""Broken well-known documents."""

import math

from matrix_resolve.testing import LoopbackFederation, Reply

from .broken_deployments import (
    IMPATIENT,
    NAME,
    WARNING,
    WELL_KNOWN,
    Build,
    Row,
    everybody,
    html,
    nobody,
    with_well_known,
)

_URL = f"https://{NAME}{WELL_KNOWN}"
_GOOD = Reply.json({"m.server": "hs.example:443"})


def _says(document: object) -> Build:
    return with_well_known(Reply.json(document))


def _redirects(to: str, status: int = 302) -> Build:
    return with_well_known(Reply(status=status, headers={"Location": to}))


def _says_as_page(body: bytes) -> Build:
    return with_well_known(Reply(headers={"Content-Type": "text/html"}, body=body))


def _page_elsewhere(federation: LoopbackFederation) -> None:
    _redirects("https://www.example/")(federation)
    federation.server("www.example", port=443).reply("/*", html())


def _broken_and_alone(federation: LoopbackFederation) -> None:
    federation.server(NAME, port=443).reply(WELL_KNOWN, html())


ROWS: dict[str, Row] = {
    "web page": everybody(
        "well-known-html", with_well_known(html()), f"Answer 404 at {_URL}", "HOST:443", cause=_URL, severity=WARNING
    ),
    "large web page": everybody(
        "well-known-html", with_well_known(html(text="x" * 60_000)), WELL_KNOWN, cause="web page", severity=WARNING
    ),
    "web page after a redirect": everybody(
        "well-known-html",
        _page_elsewhere,
        "Exempt the path from the redirect",
        "404",
        cause=f"{_URL} redirects https://www.example/",
        severity=WARNING,
    ),
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
    "not a number": everybody(
        "well-known-not-json", with_well_known(Reply(body=b'{"m.server": NaN}')), _URL, severity=WARNING
    ),
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
        'to "hs.example:8448"',
        cause="https://hs.example:8448",
        severity=WARNING,
    ),
    "m.server a URL without a port": everybody(
        "well-known-m-server-url",
        _says({"m.server": "https://hs.example/"}),
        'to "hs.example:443".',
        cause="https://hs.example/",
        severity=WARNING,
    ),
    "m.server a URL with a user": everybody(
        "well-known-m-server-url", _says({"m.server": "https://me@hs.example"}), '"hs.example:443"', severity=WARNING
    ),
    "m.server a URL of nothing": everybody(
        "well-known-m-server-url", _says({"m.server": "https://"}), '"HOST:443"', severity=WARNING
    ),
    "m.server a URL, as a web page": everybody(
        "well-known-m-server-url",
        _says_as_page(b'{"m.server": "https://hs.example"}'),
        '"hs.example:443"',
        severity=WARNING,
    ),
    "no JSON, as a web page": everybody(
        "well-known-not-json", _says_as_page(b"{'m.server': 'hs.example'}"), _URL, severity=WARNING
    ),
    "m.server with a path": everybody(
        "well-known-m-server-invalid",
        _says({"m.server": "hs.example:443/"}),
        'to "hs.example:443"',
        cause="hs.example:443/",
        severity=WARNING,
    ),
    "m.server empty": everybody("well-known-m-server-invalid", _says({"m.server": ""}), '"HOST:443"', severity=WARNING),
    "m.server an object": everybody(
        "well-known-m-server-invalid", _says({"m.server": {"host": "hs.example"}}), "m.server", severity=WARNING
    ),
    "m.server with a space": everybody(
        "well-known-m-server-invalid", _says({"m.server": "hs.example:443 "}), 'to "hs.example:443"', severity=WARNING
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
    "redirect to a host called circle": everybody(
        "well-known-redirect-broken", _redirects("https://circle.example/x"), "https", severity=WARNING
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
    "429": everybody(
        "well-known-forbidden", with_well_known(Reply(status=429)), WELL_KNOWN, cause="429", severity=WARNING
    ),
    "500": everybody("well-known-server-error", with_well_known(html(500)), "404", _URL, cause="500", severity=WARNING),
    "502": everybody("well-known-server-error", with_well_known(html(502)), _URL, severity=WARNING),
    "525": everybody(
        "well-known-server-error", with_well_known(Reply(status=525)), "certificate", cause="525 TLS", severity=WARNING
    ),
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
}
"""The ways to break the contents of a well-known document."""
