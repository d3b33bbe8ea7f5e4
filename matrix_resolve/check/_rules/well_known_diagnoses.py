"""Diagnose the response of one address to the well-known request."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NoReturn, cast

from ..._util.escaping import quoted
from ...errors import InvalidServerName
from ...server_name import ServerName
from ..evidence import Certificate, WellKnownProbe
from ..exchanges import HttpExchange
from ..faults import Diagnosis, diagnose
from ..findings import FindingCode
from ..resolver_facts import cause_of, facts_of_error
from .assessed import AssessedEvidence
from .cloudflare import is_by_cloudflare
from .repairs import remedy_for
from .well_known_places import host_and_port

_REDIRECTS = range(300, 400)
_SERVER_ERRORS = range(500, 600)
_FORBIDDEN = {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}
_SHOWN_NAMES = 5
_SCHEMES = ("http://", "https://", "matrix://")


def failure_diagnosis(probe: WellKnownProbe, evidence: AssessedEvidence) -> Diagnosis | None:
    """Return why an address served no valid document; None if it did, or if it correctly says that there is none."""
    last = probe.last
    if probe.outcome in {"delegated", "absent"} or last is None:
        return None
    if last.trouble is not None:
        return _trouble(probe, last, evidence)
    if last.status in _REDIRECTS and last.header("location"):
        return _redirect(probe)
    if last.status == HTTPStatus.OK:
        return _content(probe, last, evidence)
    return _status(probe, last, evidence)


def _first(probe: WellKnownProbe) -> str:
    return probe.exchanges[0].url


def _trouble(probe: WellKnownProbe, last: HttpExchange, evidence: AssessedEvidence) -> Diagnosis:
    trouble, first = last.trouble, _first(probe)
    code, message = (trouble.code, trouble.message) if trouble else ("", "")
    host, port = host_and_port(last)
    if code.startswith("certificate"):
        return _certificate(last, probe.certificate, evidence)
    if probe.accepts_dhe:
        return diagnose("tls-dhe-only", host=host, port=port)
    if code == "not-tls":
        return diagnose("well-known-not-tls", host=host, port=port)
    if last.url != first:
        return diagnose("well-known-redirect-broken", "no-response", first=first, url=last.url, message=message)
    return diagnose("well-known-failed", url=last.url, message=message, remedy=remedy_for(first, evidence))


def _certificate(last: HttpExchange, certificate: Certificate | None, evidence: AssessedEvidence) -> Diagnosis:
    host, port = host_and_port(last)
    message = cause_of(last.trouble) if last.trouble else ""
    facts: dict[str, Any] = {"url": last.url, "host": host, "port": port, "message": message}
    if certificate is None:
        return diagnose("well-known-certificate", **facts)
    if certificate.not_after <= evidence.checked_at:
        is_wrong = evidence.is_clock_wrong_here
        return diagnose("well-known-certificate", "expired", **facts, is_clock_wrong_here=is_wrong)
    names = certificate.names[:_SHOWN_NAMES]
    return diagnose("well-known-certificate", "other", **facts, names=names, issuer=certificate.issuer)


def _redirect(probe: WellKnownProbe) -> Diagnosis:
    first = _first(probe)
    if probe.reason == "redirect-insecure":
        return diagnose("well-known-redirect-insecure", first=first)
    if probe.reason == "redirect-endless":
        return diagnose("well-known-redirect-endless", first=first)
    return diagnose("well-known-redirect-broken", first=first, detail=probe.detail)


def _status(probe: WellKnownProbe, last: HttpExchange, evidence: AssessedEvidence) -> Diagnosis:
    if last.header("cf-mitigated") or last.status in _FORBIDDEN:
        return _forbidden(last)
    code: FindingCode = "well-known-server-error" if last.status in _SERVER_ERRORS else "well-known-status"
    return diagnose(code, url=last.url, status=last.status, remedy=remedy_for(_first(probe), evidence))


def _forbidden(last: HttpExchange) -> Diagnosis:
    if last.header("cf-mitigated") or (is_by_cloudflare(last) and _is_html(last)):
        return diagnose("well-known-challenge", url=last.url)
    return diagnose("well-known-forbidden", url=last.url, status=last.status)


def _content(probe: WellKnownProbe, last: HttpExchange, evidence: AssessedEvidence) -> Diagnosis:
    """Return what is wrong with the body of a response with status 200."""
    first, encoding = _first(probe), last.header("content-encoding")
    if last.header("cf-mitigated"):
        return diagnose("well-known-challenge", url=last.url)
    if encoding.lower() not in {"", "identity"}:
        return diagnose("well-known-compressed", url=last.url, encoding=encoding)
    is_json = True
    try:
        document: object = None if last.truncated else json.loads(last.body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        document = None
        is_json = False
    if (last.truncated or not is_json) and _is_html(last):
        return _page(first, last, evidence)
    if not is_json:
        return diagnose("well-known-not-json", first=first, url=last.url, is_empty=not last.body)
    if last.truncated:
        return diagnose("well-known-too-large", first=first, url=last.url)
    return _document(first, last, document)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _page(first: str, last: HttpExchange, evidence: AssessedEvidence) -> Diagnosis:
    remedy = remedy_for(first, evidence)
    if last.url == first:
        return diagnose("well-known-html", url=last.url, remedy=remedy)
    return diagnose("well-known-html", "redirected", first=first, url=last.url, remedy=remedy)


def _document(first: str, last: HttpExchange, document: object) -> Diagnosis:
    if not isinstance(document, dict):
        return diagnose("well-known-no-m-server", "no-object", first=first, url=last.url)
    fields = cast("dict[str, object]", document)
    if "m.server" in fields:
        return _invalid_name(first, last, fields["m.server"])
    code: FindingCode = "well-known-client-file" if "m.homeserver" in fields else "well-known-no-m-server"
    return diagnose(code, first=first, url=last.url)


def _invalid_name(first: str, last: HttpExchange, value: object) -> Diagnosis:
    text = value if isinstance(value, str) else ""
    is_url = text.strip().lower().startswith(_SCHEMES)
    why, instead = _why_invalid(text) if isinstance(value, str) else ("", "")
    instead = _name_in(text, is_url=is_url) or instead
    if is_url:
        return diagnose("well-known-m-server-url", first=first, url=last.url, value=text, instead=instead)
    return diagnose("well-known-m-server-invalid", first=first, url=last.url, why=why, instead=instead)


def _why_invalid(text: str) -> tuple[str, str]:
    """Return why *text* is not a server name, and the name that was probably meant, quoted."""
    try:
        ServerName.parse(text)
    except InvalidServerName as error:
        facts = facts_of_error(error)
        return facts.sentence, facts.instead
    return "", ""


def _name_in(value: str, *, is_url: bool) -> str:
    """Return the name that was probably meant, quoted, or an empty string. A URL without a port means 443, a server name means 8448."""
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
    """Yield what should be changed about a valid document."""
    last = probe.last
    if probe.delegated is None or last is None:
        return
    if probe.reason == "ambiguous":
        yield diagnose("well-known-ambiguous", url=last.url)
    content_type = last.header("content-type").partition(";")[0].strip().lower()
    if content_type != "application/json":
        yield diagnose("well-known-content-type", url=last.url, content_type=content_type)
    if probe.lifetime == 0:
        yield diagnose("well-known-never-fresh", url=last.url)
    if len(probe.exchanges) > 1:
        yield diagnose("well-known-redirects", first=_first(probe), url=last.url)


def _is_html(exchange: HttpExchange) -> bool:
    """Return whether the body is a web page. A body that begins like JSON is not one, whatever its content type."""
    beginning = exchange.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    is_sent_as_one = "html" in exchange.header("content-type").lower()
    return beginning == b"<" or (is_sent_as_one and beginning not in {b"{", b"[", b""})
