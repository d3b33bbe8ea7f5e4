"""What is wrong with one answer to the well-known request."""

import json
from collections.abc import Iterator
from typing import cast

from .evidence import Certificate, HttpExchange, WellKnownProbe
from .stories import Story

_SERVE = 'Serve {"m.server": "HOST:443"} with status 200 and Content-Type application/json at this very path'
_OR_404 = "or 404 if nothing is to be delegated"
_REDIRECTS = range(300, 400)
_SERVER_ERRORS = range(500, 600)
_OK, _FORBIDDEN, _UNAUTHORIZED, _TOO_MANY = 200, 403, 401, 429
_SCHEMES = ("http://", "https://", "matrix://")


def failure_story(probe: WellKnownProbe) -> Story | None:
    """Say why an address gave no valid document; None if it did, or rightly has none."""
    last = probe.last
    if probe.outcome in {"delegated", "absent"} or last is None:
        return None
    if last.trouble is not None:
        return _trouble(probe, last)
    if last.status in _REDIRECTS and last.header("location"):
        return _redirect(probe)
    if last.status == _OK:
        return _content(probe, last)
    return _status(last)


def _trouble(probe: WellKnownProbe, last: HttpExchange) -> Story:
    trouble = last.trouble
    code, message = (trouble.code, trouble.message) if trouble else ("", "")
    if code.startswith("certificate"):
        cause = f"{last.url} cannot be trusted, so servers ignore it: {message}."
        return Story(
            "well-known-certificate",
            cause,
            f"Install a valid certificate for {_host(last)} on port 443{_has(probe.certificate)}.",
        )
    if code == "not-tls":
        cause = f"Port 443 of {_host(last)} does not speak TLS."
        return Story("well-known-not-tls", cause, "Let the web server speak HTTPS on port 443.")
    cause = f"{last.url} gives no usable answer: {message}."
    return Story("well-known-failed", cause, f"{_SERVE}, {_OR_404}.")


def _has(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    return f"; the one there is for {', '.join(certificate.names[:5]) or 'nobody'}, from {certificate.issuer}"


def _redirect(probe: WellKnownProbe) -> Story:
    first = probe.exchanges[0].url
    if "not https" in probe.detail:
        cause = f"{first} is redirected to plain HTTP, which servers do not follow."
        return Story("well-known-redirect-insecure", cause, "Redirect to an https URL, or serve the document itself.")
    if "circle" in probe.detail or "more than" in probe.detail:
        cause = f"{first} is redirected without end."
        return Story("well-known-redirect-endless", cause, "Serve the document itself instead of redirecting.")
    cause = f"{first} is redirected to where nothing can be asked for: {probe.detail}."
    return Story(
        "well-known-redirect-broken", cause, "Redirect to an https URL that works, or serve the document itself."
    )


def _status(last: HttpExchange) -> Story:
    if last.header("cf-mitigated") or last.status in {_FORBIDDEN, _UNAUTHORIZED, _TOO_MANY}:
        return _forbidden(last)
    if last.status in _SERVER_ERRORS:
        cause = f"{last.url} answers {last.status}, so servers do not know whether the domain delegates."
        return Story("well-known-server-error", cause, f"Repair the web server: {_SERVE}, {_OR_404}.")
    cause = f"{last.url} answers {last.status}; only 200 counts."
    return Story("well-known-status", cause, f"{_SERVE}, {_OR_404}.")


def _forbidden(last: HttpExchange) -> Story:
    if last.header("cf-mitigated") or (last.header("server").lower() == "cloudflare" and _is_html(last)):
        return _challenge(last)
    cause = f"{last.url} answers {last.status}: something keeps programs away that are no browsers."
    return Story(
        "well-known-forbidden", cause, "Exempt /.well-known/matrix/ from access rules, bot protection and rate limits."
    )


def _challenge(last: HttpExchange) -> Story:
    cause = f"A bot protection answers {last.url} with a challenge that no server can solve."
    return Story(
        "well-known-challenge", cause, "Exempt /.well-known/matrix/ from the CDN's bot protection and challenges."
    )


def _content(probe: WellKnownProbe, last: HttpExchange) -> Story:
    """Say what is wrong with a body that came with status 200."""
    if last.header("cf-mitigated"):
        return _challenge(last)
    if last.truncated:
        cause = f"{last.url} is larger than the 51,200 bytes that servers read."
        return Story("well-known-too-large", cause, f"{_SERVE}.")
    if last.header("content-encoding").lower() not in {"", "identity"}:
        cause = f"{last.url} is compressed although nobody asked for that (Content-Encoding {last.header('content-encoding')})."
        return Story("well-known-compressed", cause, "Switch compression off for this path.")
    if _is_html(last):
        cause = f"{last.url} is a web page, not JSON: a site that answers every path with 200 takes the place of the document."
        return Story("well-known-html", cause, f"{_SERVE}, {_OR_404}.")
    try:
        document: object = json.loads(last.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return Story(
            "well-known-not-json", f"{last.url} is not JSON (in UTF-8, without a byte-order mark).", f"{_SERVE}."
        )
    return _document(probe, last, document)


def _document(probe: WellKnownProbe, last: HttpExchange, document: object) -> Story:
    fields = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    value = fields.get("m.server")
    if "m.server" not in fields and "m.homeserver" in fields:
        cause = f'{last.url} holds what belongs into /.well-known/matrix/client ("m.homeserver").'
        return Story("well-known-client-file", cause, f"{_SERVE}; clients and servers have a document each.")
    if "m.server" not in fields:
        return Story("well-known-no-m-server", f'{last.url} has no "m.server".', f"{_SERVE}.")
    if isinstance(value, str) and value.lower().startswith(_SCHEMES):
        cause = f"{last.url} names a URL where a server name belongs: {probe.detail.partition(': ')[2]}."
        return Story(
            "well-known-m-server-url", cause, "Write host and port alone, without https:// and without a path."
        )
    cause = f'{last.url} has an "m.server" that is no server name: {probe.detail.partition(": ")[2] or probe.detail}.'
    return Story(
        "well-known-m-server-invalid",
        cause,
        'Let "m.server" be a host, or host:port, such as "matrix.example.com:443".',
    )


def document_story(probe: WellKnownProbe) -> Iterator[Story]:
    """Say what is odd about a valid document."""
    last = probe.last
    if probe.delegated is None or last is None:
        return
    if "several times" in probe.detail:
        yield Story(
            "well-known-ambiguous",
            f'{last.url} has "m.server" several times; which one counts depends on who reads it.',
            "Leave one.",
        )
    kind = last.header("content-type").partition(";")[0].strip().lower()
    if kind != "application/json":
        cause = f"{last.url} is sent as {kind or 'nothing'} instead of application/json, which some readers insist on."
        yield Story("well-known-content-type", cause, "Send it with Content-Type: application/json.")
    if probe.lifetime == 0:
        cause = f"{last.url} may not be kept (Cache-Control, Expires), so servers ask for it again and again."
        yield Story("well-known-never-fresh", cause, "Send Cache-Control: max-age=86400, or no such header.")
    if len(probe.exchanges) > 1:
        cause = f"{probe.exchanges[0].url} is redirected to {last.url}, which some implementations do not follow."
        yield Story("well-known-redirects", cause, "Serve the document at the first URL.")


def _is_html(exchange: HttpExchange) -> bool:
    return "html" in exchange.header("content-type").lower() or exchange.body.lstrip()[:1] == b"<"


def _host(exchange: HttpExchange) -> str:
    return exchange.url.split("/")[2]
