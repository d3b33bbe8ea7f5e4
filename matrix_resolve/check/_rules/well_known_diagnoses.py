"""What is wrong with one answer to the well-known request."""

import json
from collections.abc import Iterator
from typing import NoReturn, cast

from ..._util.escaping import quoted
from ...errors import InvalidServerName
from ...server_name import ServerName
from ..evidence import Certificate, Evidence, WellKnownProbe
from ..exchanges import HttpExchange
from .certificate_diagnoses import or_clock
from .cloudflare import is_by_cloudflare, meaning
from .connection_diagnoses import dhe_diagnosis
from .diagnosis import Diagnosis
from .repairs import HOST, sentence, serve, serve_or_404
from .well_known_places import host_and_port

_REDIRECTS = range(300, 400)
_SERVER_ERRORS = range(500, 600)
_OK, _FORBIDDEN, _UNAUTHORIZED, _TOO_MANY = 200, 403, 401, 429
_PLACEHOLDER = f'"HOST:443" ({HOST})'
_SCHEMES = ("http://", "https://", "matrix://")


def failure_diagnosis(probe: WellKnownProbe, evidence: Evidence) -> Diagnosis | None:
    """Say why an address gave no valid document; None if it did, or rightly has none."""
    last = probe.last
    if probe.outcome in {"delegated", "absent"} or last is None:
        return None
    if last.trouble is not None:
        return _trouble(probe, last, evidence)
    if last.status in _REDIRECTS and last.header("location"):
        return _redirect(probe)
    if last.status == _OK:
        return _content(probe, last, evidence)
    return _status(probe, last, evidence)


def _first(probe: WellKnownProbe) -> str:
    return probe.exchanges[0].url


def _trouble(probe: WellKnownProbe, last: HttpExchange, evidence: Evidence) -> Diagnosis:
    trouble = last.trouble
    code, message, first = *((trouble.code, trouble.message) if trouble else ("", "")), _first(probe)
    if code.startswith("certificate"):
        return _certificate(last, probe.certificate, message, evidence)
    if probe.accepts_dhe:
        return dhe_diagnosis(*host_and_port(last))
    if code == "not-tls":
        host, port = host_and_port(last)
        cause = f"Port {port} of {host} does not speak TLS."
        return Diagnosis("well-known-not-tls", cause, f"Let the web server of {host} speak HTTPS on port {port}.")
    if last.url != first:
        cause = f"{first} is redirected to {last.url}, which gives no usable answer: {message}."
        return Diagnosis("well-known-redirect-broken", cause, _redirect_well(first))
    cause = f"{last.url} gives no usable answer: {message}."
    return Diagnosis("well-known-failed", cause, sentence(serve_or_404(first, evidence)))


def _certificate(last: HttpExchange, certificate: Certificate | None, message: str, evidence: Evidence) -> Diagnosis:
    host, port = host_and_port(last)
    cause = f"{last.url} cannot be trusted, so servers ignore it: {message.partition(';')[0]}."
    if certificate is None:
        repair = f"Install a valid certificate for {host} on port {port}."
    elif certificate.not_after <= evidence.checked_at:
        repair = f"Renew the certificate for {host} on port {port}, and let the web server load the new one{or_clock(evidence)}."
    else:
        names = ", ".join(certificate.names[:5]) or "nobody"
        repair = f"Install a valid certificate for {host} on port {port}; the one there is for {names}, from {certificate.issuer}."
    return Diagnosis("well-known-certificate", cause, repair)


def _redirect(probe: WellKnownProbe) -> Diagnosis:
    first = _first(probe)
    if probe.detail.endswith("which is not https and is not followed"):
        cause = f"{first} is redirected to plain HTTP, which servers do not follow."
        return Diagnosis("well-known-redirect-insecure", cause, _redirect_well(first))
    if probe.detail.endswith((" redirects in a circle", " redirects")):
        cause = f"{first} is redirected without end."
        return Diagnosis("well-known-redirect-endless", cause, f"Serve the document at {first} instead of redirecting.")
    cause = f"{first} is redirected to where nothing can be asked for: {probe.detail}."
    return Diagnosis("well-known-redirect-broken", cause, _redirect_well(first))


def _redirect_well(first: str) -> str:
    return f"Serve the document at {first} itself, or redirect to an https URL that works."


def _status(probe: WellKnownProbe, last: HttpExchange, evidence: Evidence) -> Diagnosis:
    out = serve_or_404(_first(probe), evidence)
    if last.header("cf-mitigated") or last.status in {_FORBIDDEN, _UNAUTHORIZED, _TOO_MANY}:
        return _forbidden(last)
    if last.status in _SERVER_ERRORS:
        why, repair = meaning(last) or ("", "repair the web server")
        told = f" (Cloudflare {why})" if why else ""
        cause = f"{last.url} answers {last.status}{told}, so servers do not know whether the domain delegates."
        return Diagnosis("well-known-server-error", cause, sentence(f"{repair}; then {out}"))
    cause = f"{last.url} answers {last.status}; only 200 counts."
    return Diagnosis("well-known-status", cause, sentence(out))


def _forbidden(last: HttpExchange) -> Diagnosis:
    if last.header("cf-mitigated") or (is_by_cloudflare(last) and _is_html(last)):
        return _challenge(last)
    cause = f"{last.url} answers {last.status}: something keeps programs away that are no browsers."
    return Diagnosis(
        "well-known-forbidden", cause, f"Exempt {last.url} from access rules, bot protection and rate limits."
    )


def _challenge(last: HttpExchange) -> Diagnosis:
    cause = f"A bot protection answers {last.url} with a challenge that no server can solve."
    return Diagnosis("well-known-challenge", cause, f"Exempt {last.url} from the CDN's bot protection and challenges.")


def _content(probe: WellKnownProbe, last: HttpExchange, evidence: Evidence) -> Diagnosis:
    """Say what is wrong with a body that came with status 200."""
    if last.header("cf-mitigated"):
        return _challenge(last)
    first = _first(probe)
    if last.header("content-encoding").lower() not in {"", "identity"}:
        cause = f"{last.url} is compressed although nobody asked for that (Content-Encoding {last.header('content-encoding')})."
        return Diagnosis("well-known-compressed", cause, f"Switch compression off for {last.url}.")
    try:
        document: object = None if last.truncated else json.loads(last.body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _page(probe, last, evidence) if _is_html(last) else _no_json(first, last)
    if last.truncated and _is_html(last):
        return _page(probe, last, evidence)
    if last.truncated:
        cause = f"{last.url} is larger than the 51,200 bytes that servers read."
        return Diagnosis("well-known-too-large", cause, sentence(serve(first)))
    return _document(probe, last, document)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _page(probe: WellKnownProbe, last: HttpExchange, evidence: Evidence) -> Diagnosis:
    first = _first(probe)
    out = serve_or_404(first, evidence)
    if last.url == first:
        cause = f"{last.url} is a web page, not JSON: a site that answers every path with 200 takes the place of the document."
        return Diagnosis("well-known-html", cause, sentence(out))
    cause = f"{first} redirects to {last.url}, which is a web page."
    return Diagnosis("well-known-html", cause, sentence(f"exempt the path from the redirect, and {out}"))


def _no_json(first: str, last: HttpExchange) -> Diagnosis:
    cause = f"{last.url} is {'not JSON (in UTF-8, without a byte-order mark)' if last.body else 'empty'}."
    return Diagnosis("well-known-not-json", cause, sentence(serve(first)))


def _document(probe: WellKnownProbe, last: HttpExchange, document: object) -> Diagnosis:
    repair = sentence(serve(_first(probe)))
    if not isinstance(document, dict):
        return Diagnosis("well-known-no-m-server", f"{last.url} is JSON, but not an object.", repair)
    fields = cast("dict[str, object]", document)
    if "m.server" not in fields and "m.homeserver" in fields:
        cause = f'{last.url} holds what belongs into /.well-known/matrix/client ("m.homeserver").'
        both = f"{repair.removesuffix('.')}; clients and servers have a document each."
        return Diagnosis("well-known-client-file", cause, both)
    if "m.server" not in fields:
        return Diagnosis("well-known-no-m-server", f'{last.url} has no "m.server".', repair)
    return _invalid_name(probe, last, fields["m.server"])


def _invalid_name(probe: WellKnownProbe, last: HttpExchange, value: object) -> Diagnosis:
    """Part the detail, which says what to write instead."""
    told, _, instead = probe.detail.partition("; pass ")
    instead = instead.removeprefix("only host and port, ").partition(", ")[0].replace('""', "")
    text = value if isinstance(value, str) else ""
    is_url = text.strip().lower().startswith(_SCHEMES)
    instead = _name_in(text, is_url=is_url) or instead
    repair = f'Let "m.server" in {_first(probe)} be {instead or _PLACEHOLDER}.'
    if is_url:
        cause = f'{last.url} has a URL as its "m.server", where a server name belongs: {quoted(text)}.'
        return Diagnosis("well-known-m-server-url", cause, repair)
    return Diagnosis("well-known-m-server-invalid", f"{told}.", repair)


def _name_in(value: str, *, is_url: bool) -> str:
    """Give the server name that was meant, quoted, or an empty text: a URL without a port means 443, a server name means 8448."""
    text = value.strip()
    if is_url:
        text = text.partition("://")[2]
        for mark in "/?#":
            text = text.partition(mark)[0]
        text = text.rpartition("@")[2]
    try:
        name = ServerName.parse(text)
    except InvalidServerName:
        return ""
    return quoted(f"{name}:443" if is_url and name.port is None else str(name))


def document_diagnoses(probe: WellKnownProbe) -> Iterator[Diagnosis]:
    """Say what is odd about a valid document."""
    last = probe.last
    if probe.delegated is None or last is None:
        return
    if "several times" in probe.detail:
        cause = f'{last.url} has "m.server" several times; which one counts depends on who reads it.'
        yield Diagnosis("well-known-ambiguous", cause, f'Leave one "m.server" in {last.url}.')
    kind = last.header("content-type").partition(";")[0].strip().lower()
    if kind != "application/json":
        cause = f"{last.url} is sent {f'as {kind}' if kind else 'without a content type'} instead of as application/json, which some readers insist on."
        yield Diagnosis("well-known-content-type", cause, f"Send {last.url} with Content-Type: application/json.")
    if probe.lifetime == 0:
        cause = f"{last.url} may not be kept (Cache-Control, Expires), so servers ask for it again and again."
        repair = f"Send {last.url} with Cache-Control: max-age=86400, or without such a header."
        yield Diagnosis("well-known-never-fresh", cause, repair)
    if len(probe.exchanges) > 1:
        cause = f"{probe.exchanges[0].url} is redirected to {last.url}, which some implementations do not follow."
        yield Diagnosis("well-known-redirects", cause, f"Serve the document at {_first(probe)}.")


def _is_html(exchange: HttpExchange) -> bool:
    """Say whether it is a web page: one that begins like JSON is none, whatever its content type."""
    beginning = exchange.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    is_sent_as_one = "html" in exchange.header("content-type").lower()
    return beginning == b"<" or (is_sent_as_one and beginning not in {b"{", b"[", b""})
