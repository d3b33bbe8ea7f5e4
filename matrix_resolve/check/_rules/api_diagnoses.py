"""Diagnose why a response does not come from a homeserver: one function for each case, tried in order."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ..._util.escaping import printable
from ..evidence import TargetProbe
from ..exchanges import HttpExchange, path_of
from ..faults import Diagnosis, diagnose
from ..findings import FindingCode
from .cloudflare import is_by_cloudflare, is_of_cloudflare
from .working import is_json, json_object

_DENIED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_FORBIDDEN = {*_DENIED, HTTPStatus.TOO_MANY_REQUESTS}
_BACKEND_DOWN = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
_REDIRECTS, _SERVER_ERRORS = range(300, 400), range(500, 600)
_UNRECOGNIZED = "M_UNRECOGNIZED"
_CLOSED = {"network", "reset", "tls"}
"""Errors of a server that requires a client certificate. In TLS 1.3 they come after the handshake (RFC 8446, section 4.4.2.4)."""
_TWISTED = b"404 - No Such Resource"
"""The body that Synapse sends for paths outside /_matrix, where it serves nothing."""


def api_diagnosis(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis:
    """Return why *exchange*, a request for the version or the keys, has no valid response."""
    diagnoses = (case(probe, exchange) for case in _CASES)
    return next(diagnosis for diagnosis in diagnoses if diagnosis is not None)


def diagnose_answer(
    code: FindingCode, probe: TargetProbe, exchange: HttpExchange, variant: str = "", **facts: Any
) -> Diagnosis:
    """Return a diagnosis of a response, with host, port and path among its facts."""
    host, port = probe.target.dns_name or probe.target.ip, probe.target.port
    return diagnose(code, variant, host=host, port=port, path=path_of(exchange), **facts)


def _no_response(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    trouble = exchange.trouble
    if trouble is None:
        return None
    if trouble.code == "timeout":
        return diagnose_answer("api-silent", probe, exchange)
    may_want_certificate = trouble.code in _CLOSED
    facts: dict[str, Any] = {"message": trouble.message, "may_want_certificate": may_want_certificate}
    return diagnose_answer("api-not-http", probe, exchange, **facts)


def is_compressed(exchange: HttpExchange) -> bool:
    """Return whether a response is compressed, which the request does not allow."""
    return exchange.status == HTTPStatus.OK and exchange.header("content-encoding").lower() not in {"", "identity"}


def _compressed(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if not is_compressed(exchange):
        return None
    return diagnose_answer("api-compressed", probe, exchange, encoding=exchange.header("content-encoding"))


def _by_other_host(probe: TargetProbe, _: HttpExchange) -> Diagnosis | None:
    if not is_json(probe.elsewhere):
        return None
    target = probe.target
    facts: dict[str, Any] = {"host": target.dns_name or target.ip, "port": target.port, "known_as": target.dns_name}
    return diagnose("api-by-other-host", **facts, host_header=target.host_header)


def _cloudflare(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if not is_of_cloudflare(exchange.status):
        return None
    return diagnose_answer("api-backend-down", probe, exchange, "cloudflare", status=exchange.status)


def _backend_down(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _BACKEND_DOWN:
        return None
    is_either = (
        exchange.status == HTTPStatus.SERVICE_UNAVAILABLE
    )  # HAProxy also sends 503 if it has no backend for the host
    other_host = probe.target.host_header if is_either else ""
    return diagnose_answer("api-backend-down", probe, exchange, status=exchange.status, other_host=other_host)


def _server_error(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _SERVER_ERRORS:
        return None
    return diagnose_answer("api-server-error", probe, exchange, status=exchange.status)


def _errcode(exchange: HttpExchange | None) -> str:
    """Return the ``errcode`` of a homeserver's error, or an empty string."""
    errcode = (json_object(exchange) or {}).get("errcode", "")
    return printable(errcode) if isinstance(errcode, str) else ""


def _switched_off(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    errcode = _errcode(exchange)
    if exchange.status not in _DENIED or not errcode:
        return None
    facts: dict[str, Any] = {"status": exchange.status, "errcode": errcode}
    return diagnose_answer("api-no-federation", probe, exchange, "switched-off", **facts)


def _forbidden(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _FORBIDDEN:
        return None
    is_cloudflare = is_by_cloudflare(exchange)
    return diagnose_answer("api-forbidden", probe, exchange, status=exchange.status, is_cloudflare=is_cloudflare)


def _redirected(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _REDIRECTS:
        return None
    facts: dict[str, Any] = {"location": exchange.header("location"), "host_header": probe.target.host_header}
    return diagnose_answer("api-redirected", probe, exchange, **facts)


def _wrong_site(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status != HTTPStatus.OK:
        return None
    return diagnose_answer("api-not-a-homeserver", probe, exchange, host_header=probe.target.host_header)


def _partly_forwarded(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    other = probe.keys if exchange is probe.version else probe.version
    if not is_json(other) or other is None or (other is probe.keys and _is_fault(probe)):
        return None
    facts: dict[str, Any] = {"status": exchange.status, "other_path": path_of(other)}
    return diagnose_answer("api-partly-forwarded", probe, exchange, **facts)


def _is_fault(probe: TargetProbe) -> bool:
    return probe.key_facts is None or bool(probe.key_facts.fault)


def _path_changed(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if _TWISTED in exchange.body:
        return diagnose("api-path-changed", "synapse", port=probe.target.port, path=path_of(exchange))
    if any(_errcode(each) != _UNRECOGNIZED for each in (probe.version, probe.keys, probe.client)):
        return None
    return diagnose("api-path-changed", port=probe.target.port)


def _no_federation(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if not _errcode(exchange):
        return None
    variant = "no-keys" if is_json(probe.version) else ""
    return diagnose_answer("api-no-federation", probe, exchange, variant, status=exchange.status)


def _client_only(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if not is_json(probe.client):
        return None
    return diagnose_answer("api-client-only", probe, exchange, status=exchange.status)


def _not_found(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis:
    facts: dict[str, Any] = {"status": exchange.status, "host_header": probe.target.host_header}
    return diagnose_answer("api-not-found", probe, exchange, **facts)


_CASES: tuple[Callable[[TargetProbe, HttpExchange], Diagnosis | None], ...] = (
    _no_response,
    _compressed,
    _by_other_host,
    _cloudflare,
    _backend_down,
    _server_error,
    _switched_off,
    _forbidden,
    _redirected,
    _path_changed,
    _no_federation,
    _partly_forwarded,
    _client_only,
    _wrong_site,
    _not_found,
)
