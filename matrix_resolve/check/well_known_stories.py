"""What is wrong with one answer to the well-known request."""

import json
from collections.abc import Iterator
from typing import cast

from ..escaping import quoted
from .evidence import Certificate, HttpExchange, WellKnownProbe
from .serving import document_for
from .stories import Story

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
    return _status(probe, last)


def _first(probe: WellKnownProbe) -> str:
    return probe.exchanges[0].url


def _serve(url: str, *, small: bool = False) -> str:
    return f"{'serve' if small else 'Serve'} {document_for('HOST')} at {url}, with status 200 and Content-Type application/json"


def _trouble(probe: WellKnownProbe, last: HttpExchange) -> Story:
    trouble = last.trouble
    code, message, first = *((trouble.code, trouble.message) if trouble else ("", "")), _first(probe)
    if code.startswith("certificate"):
        cause = f"{last.url} cannot be trusted, so servers ignore it: {message}."
        return Story(
            "well-known-certificate",
            cause,
            f"Install a valid certificate for {_host(last)} on port 443{_has(probe.certificate)}.",
        )
    if code == "not-tls":
        cause = f"Port 443 of {_host(last)} does not speak TLS."
        return Story("well-known-not-tls", cause, f"Let the web server of {_host(last)} speak HTTPS on port 443.")
    if last.url != first:
        cause = f"{first} is redirected to {last.url}, which gives no usable answer: {message}."
        return Story("well-known-redirect-broken", cause, _redirect_well(first))
    cause = f"{last.url} gives no usable answer: {message}."
    return Story("well-known-failed", cause, f"{_serve(first)}, {_OR_404}.")


def _has(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    return f"; the one there is for {', '.join(certificate.names[:5]) or 'nobody'}, from {certificate.issuer}"


def _redirect(probe: WellKnownProbe) -> Story:
    first = _first(probe)
    if "not https" in probe.detail:
        cause = f"{first} is redirected to plain HTTP, which servers do not follow."
        return Story("well-known-redirect-insecure", cause, _redirect_well(first))
    if "circle" in probe.detail or "more than" in probe.detail:
        cause = f"{first} is redirected without end."
        return Story("well-known-redirect-endless", cause, f"Serve the document at {first} instead of redirecting.")
    cause = f"{first} is redirected to where nothing can be asked for: {probe.detail}."
    return Story("well-known-redirect-broken", cause, _redirect_well(first))


def _redirect_well(first: str) -> str:
    return f"Serve the document at {first} itself, or redirect to an https URL that works."


def _status(probe: WellKnownProbe, last: HttpExchange) -> Story:
    first = _first(probe)
    if last.header("cf-mitigated") or last.status in {_FORBIDDEN, _UNAUTHORIZED, _TOO_MANY}:
        return _forbidden(last)
    if last.status in _SERVER_ERRORS:
        cause = f"{last.url} answers {last.status}, so servers do not know whether the domain delegates."
        return Story(
            "well-known-server-error", cause, f"Repair the web server; then {_serve(first, small=True)}, {_OR_404}."
        )
    cause = f"{last.url} answers {last.status}; only 200 counts."
    return Story("well-known-status", cause, f"{_serve(first)}, {_OR_404}.")


def _forbidden(last: HttpExchange) -> Story:
    if last.header("cf-mitigated") or (last.header("server").lower() == "cloudflare" and _is_html(last)):
        return _challenge(last)
    cause = f"{last.url} answers {last.status}: something keeps programs away that are no browsers."
    return Story("well-known-forbidden", cause, f"Exempt {last.url} from access rules, bot protection and rate limits.")


def _challenge(last: HttpExchange) -> Story:
    cause = f"A bot protection answers {last.url} with a challenge that no server can solve."
    return Story("well-known-challenge", cause, f"Exempt {last.url} from the CDN's bot protection and challenges.")


def _content(probe: WellKnownProbe, last: HttpExchange) -> Story:
    """Say what is wrong with a body that came with status 200."""
    if last.header("cf-mitigated"):
        return _challenge(last)
    first = _first(probe)
    if last.truncated:
        cause = f"{last.url} is larger than the 51,200 bytes that servers read."
        return Story("well-known-too-large", cause, f"{_serve(first)}.")
    if last.header("content-encoding").lower() not in {"", "identity"}:
        cause = f"{last.url} is compressed although nobody asked for that (Content-Encoding {last.header('content-encoding')})."
        return Story("well-known-compressed", cause, f"Switch compression off for {last.url}.")
    if _is_html(last):
        cause = f"{last.url} is a web page, not JSON: a site that answers every path with 200 takes the place of the document."
        return Story("well-known-html", cause, f"{_serve(first)}, {_OR_404}.")
    try:
        document: object = json.loads(last.body.decode("utf-8"))
    except (ValueError, RecursionError):
        cause = f"{last.url} is {'not JSON (in UTF-8, without a byte-order mark)' if last.body else 'empty'}."
        return Story("well-known-not-json", cause, f"{_serve(first)}.")
    return _document(probe, last, document)


def _document(probe: WellKnownProbe, last: HttpExchange, document: object) -> Story:
    first = _first(probe)
    if not isinstance(document, dict):
        return Story("well-known-no-m-server", f"{last.url} is JSON, but not an object.", f"{_serve(first)}.")
    fields = cast("dict[str, object]", document)
    value = fields.get("m.server")
    if "m.server" not in fields and "m.homeserver" in fields:
        cause = f'{last.url} holds what belongs into /.well-known/matrix/client ("m.homeserver").'
        return Story("well-known-client-file", cause, f"{_serve(first)}; clients and servers have a document each.")
    if "m.server" not in fields:
        return Story("well-known-no-m-server", f'{last.url} has no "m.server".', f"{_serve(first)}.")
    return _invalid_name(probe, last, value)


def _invalid_name(probe: WellKnownProbe, last: HttpExchange, value: object) -> Story:
    """Part the detail, which says what to write instead."""
    told, _, instead = probe.detail.partition("; pass ")
    instead = instead.removeprefix("only host and port, ").partition(", the part after")[0]
    repair = f'Let "m.server" in {_first(probe)} be {instead or "a host, or host:port, such as " + quoted("matrix.example.com:443")}.'
    if isinstance(value, str) and value.lower().startswith(_SCHEMES):
        cause = f'{last.url} has a URL as its "m.server", where a server name belongs: {quoted(value)}.'
        return Story("well-known-m-server-url", cause, repair)
    return Story("well-known-m-server-invalid", f"{told}.", repair)


def document_story(probe: WellKnownProbe) -> Iterator[Story]:
    """Say what is odd about a valid document."""
    last = probe.last
    if probe.delegated is None or last is None:
        return
    if "several times" in probe.detail:
        cause = f'{last.url} has "m.server" several times; which one counts depends on who reads it.'
        yield Story("well-known-ambiguous", cause, f'Leave one "m.server" in {last.url}.')
    kind = last.header("content-type").partition(";")[0].strip().lower()
    if kind != "application/json":
        cause = f"{last.url} is sent {f'as {kind}' if kind else 'without a content type'} instead of as application/json, which some readers insist on."
        yield Story("well-known-content-type", cause, f"Send {last.url} with Content-Type: application/json.")
    if probe.lifetime == 0:
        cause = f"{last.url} may not be kept (Cache-Control, Expires), so servers ask for it again and again."
        repair = f"Send {last.url} with Cache-Control: max-age=86400, or without such a header."
        yield Story("well-known-never-fresh", cause, repair)
    if len(probe.exchanges) > 1:
        cause = f"{probe.exchanges[0].url} is redirected to {last.url}, which some implementations do not follow."
        yield Story("well-known-redirects", cause, f"Serve the document at {_first(probe)}.")


def _is_html(exchange: HttpExchange) -> bool:
    return "html" in exchange.header("content-type").lower() or exchange.body.lstrip()[:1] == b"<"


def _host(exchange: HttpExchange) -> str:
    return exchange.url.split("/")[2]
