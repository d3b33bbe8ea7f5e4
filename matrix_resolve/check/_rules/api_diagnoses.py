"""Why an answer is not that of a homeserver: one function for each case, tried in their order."""

from collections.abc import Callable

from ..._util.escaping import printable
from ..evidence import TargetProbe
from ..exchanges import HttpExchange
from .cloudflare import is_by_cloudflare, meaning
from .diagnosis import Diagnosis
from .working import is_json, json_object

_OK, _DENIED, _NO_BACKEND = 200, {401, 403}, 503
_FORBIDDEN, _BACKEND_DOWN = {401, 403, 429}, {502, 503, 504}
_UNRECOGNIZED = "M_UNRECOGNIZED"
_REDIRECTS, _SERVER_ERRORS = range(300, 400), range(500, 600)
_CLIENT_PATH = "/_matrix/client/versions"
_CLOSED = {"network", "reset", "tls"}
"""How a connection ends whose TLS is set up before the server says that it wants a certificate (RFC 8446, section 4.4.2.4)."""
_TWISTED = b"404 - No Such Resource"
"""What Synapse says outside of /_matrix, where it serves nothing."""
_UNCHANGED = (
    "Forward /_matrix with the path as it is: in nginx with nothing after the port in proxy_pass, in Caddy with handle instead of "
    "handle_path, in Apache with /_matrix/ at the end of both parts of ProxyPass."
)


def api_diagnosis(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis:
    """Say why *exchange*, the version or the keys, is not what a homeserver says."""
    diagnoses = (case(probe, exchange) for case in _CASES)
    return next(diagnosis for diagnosis in diagnoses if diagnosis is not None)


def path_of(exchange: HttpExchange) -> str:
    """Give the path that was asked for."""
    return "/" + exchange.url.split("/", 3)[3]


def _place(probe: TargetProbe) -> str:
    return f"port {probe.target.port} of {probe.target.dns_name or probe.target.ip}"


def _proxy(probe: TargetProbe) -> str:
    return f"The proxy on port {probe.target.port}"


def _all_of_it(probe: TargetProbe) -> str:
    return f"Forward all of /_matrix on {_place(probe)} to the homeserver, with the path as it is"


def _no_response(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    trouble, path, place = exchange.trouble, path_of(exchange), _place(probe)
    if trouble is None:
        return None
    if trouble.code == "timeout":
        cause = f"A connection to {place} comes about, and {path} gets no answer."
        repair = f"See whether the homeserver behind {place} is overloaded, and whether the proxy reaches it."
        return Diagnosis("api-silent", cause, repair)
    or_demands, repair = "", f"Let {place} lead to the HTTP listener of the homeserver or its proxy"
    if trouble.code in _CLOSED:
        or_demands, repair = ", or it demands client certificates", f"{repair}, and demand no client certificates there"
    cause = f"What answers {path} is no HTTP, or is cut short{or_demands}: {trouble.message}."
    return Diagnosis("api-not-http", cause, f"{repair}.")


def is_compressed(exchange: HttpExchange) -> bool:
    """Say whether a response is compressed; nobody asked for that."""
    return exchange.status == _OK and exchange.header("content-encoding").lower() not in {"", "identity"}


def _compressed(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if not is_compressed(exchange):
        return None
    encoding, place = exchange.header("content-encoding"), _place(probe)
    cause = (
        f"{path_of(exchange)} on {place} is compressed although nobody asked for that (Content-Encoding {encoding})."
    )
    repair = f"Switch compression off for /_matrix on {place}, or let it heed Accept-Encoding."
    return Diagnosis("api-compressed", cause, repair)


def _by_other_host(probe: TargetProbe, _: HttpExchange) -> Diagnosis | None:
    if not is_json(probe.elsewhere):
        return None
    host, machine = probe.target.host_header, probe.target.dns_name
    cause = f"{_proxy(probe)} knows the homeserver by the Host {machine} only, while servers send Host {host}."
    repair = f"Let the virtual host on {_place(probe)} that forwards /_matrix be there for {host}, too."
    return Diagnosis("api-by-other-host", cause, repair)


def _cloudflare(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    told = meaning(exchange)
    if told is None:
        return None
    cause = f"{path_of(exchange)} on {_place(probe)} answers {exchange.status}: Cloudflare {told[0]}."
    repair = f"{told[1][:1].upper()}{told[1][1:]} (for {_place(probe)})."
    return Diagnosis("api-backend-down", cause, repair)


def _backend_down(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _BACKEND_DOWN:
        return None
    # HAProxy says 503 for both.
    or_none = f", or has none for the Host {probe.target.host_header}" if exchange.status == _NO_BACKEND else ""
    cause = f"{_proxy(probe)} answers {exchange.status} for {path_of(exchange)}: it cannot reach the homeserver behind it{or_none}."
    repair = f"Start the homeserver, and let the proxy on {_place(probe)} have its address and port."
    return Diagnosis("api-backend-down", cause, repair)


def _server_error(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _SERVER_ERRORS:
        return None
    cause = f"{path_of(exchange)} on {_place(probe)} answers {exchange.status}."
    return Diagnosis("api-server-error", cause, f"See the log of the homeserver behind {_place(probe)}.")


def _errcode(exchange: HttpExchange | None) -> str:
    """Give the errcode that homeservers put into their errors, or an empty text."""
    errcode = (json_object(exchange) or {}).get("errcode", "")
    return printable(errcode) if isinstance(errcode, str) else ""


def _switched_off(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _DENIED or not _errcode(exchange):
        return None
    cause = f"The homeserver itself answers {path_of(exchange)} with {exchange.status} ({_errcode(exchange)}): its federation is switched off."
    repair = f"Switch federation on in the configuration of the homeserver behind {_place(probe)}."
    return Diagnosis("api-no-federation", cause, repair)


def _forbidden(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _FORBIDDEN:
        return None
    who = " (Cloudflare)" if is_by_cloudflare(exchange) else ""
    cause = f"{path_of(exchange)} answers {exchange.status}: something in front of the homeserver{who} keeps other servers away."
    repair = f"Exempt /_matrix on {_place(probe)} from access rules, bot protection and rate limits."
    return Diagnosis("api-forbidden", cause, repair)


def _redirected(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status not in _REDIRECTS:
        return None
    where = exchange.header("location") or "nowhere"
    cause = f"{path_of(exchange)} is redirected to {where}, which servers do not follow."
    repair = f"{_all_of_it(probe)}, for the Host {probe.target.host_header}, without redirects."
    return Diagnosis("api-redirected", cause, repair)


def _wrong_site(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if exchange.status != _OK:
        return None
    host = probe.target.host_header
    cause = f"{path_of(exchange)} is answered by a web site, not by a homeserver: the request with Host {host} reaches the wrong virtual host."
    return Diagnosis("api-not-a-homeserver", cause, f"{_all_of_it(probe)}, for the Host {host}.")


def _partly_forwarded(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    other = probe.keys if exchange is probe.version else probe.version
    if not is_json(other) or other is None or (other is probe.keys and _is_fault(probe)):
        return None
    cause = (
        f"{_proxy(probe)} forwards a part of /_matrix only: {path_of(other)} reaches the homeserver, "
        f"{path_of(exchange)} does not ({_what(exchange)})."
    )
    return Diagnosis("api-partly-forwarded", cause, f"{_all_of_it(probe)}.")


def _is_fault(probe: TargetProbe) -> bool:
    return probe.key_facts is None or bool(probe.key_facts.fault)


def _what(exchange: HttpExchange) -> str:
    return "200, but not with JSON" if exchange.status == _OK else f"{exchange.status}"


def _path_changed(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if _TWISTED in exchange.body:
        cause = f"{_proxy(probe)} changes the path: Synapse answers, and to {path_of(exchange)} it says that there is no such thing."
        return Diagnosis("api-path-changed", cause, _UNCHANGED)
    if any(_errcode(each) != _UNRECOGNIZED for each in (probe.version, probe.keys, probe.client)):
        return None
    cause = f"{_proxy(probe)} probably changes the path: a homeserver answers, and knows nothing of what it is asked for, not even {_CLIENT_PATH}."
    return Diagnosis("api-path-changed", cause, _UNCHANGED)


def _no_federation(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if not _errcode(exchange):
        return None
    if is_json(probe.version):
        cause = f"The homeserver on {_place(probe)} answers, and does not serve its signing keys there: {path_of(exchange)} is {exchange.status}."
        repair = f"Let the listener behind {_place(probe)} serve the keys (in Synapse, and in its workers: resources: [keys]), or forward {path_of(exchange)} to one that does."
        return Diagnosis("api-no-federation", cause, repair)
    cause = f"A homeserver answers, and does not serve federation there: {path_of(exchange)} is {exchange.status}."
    repair = f"Let its listener behind {_place(probe)} serve federation (Synapse: resources: [client, federation])."
    return Diagnosis("api-no-federation", cause, repair)


def _client_only(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis | None:
    if not is_json(probe.client):
        return None
    cause = f"{_proxy(probe)} forwards /_matrix/client only: {path_of(exchange)} is not answered by the homeserver ({_what(exchange)})."
    return Diagnosis("api-client-only", cause, f"{_all_of_it(probe)}.")


def _not_found(probe: TargetProbe, exchange: HttpExchange) -> Diagnosis:
    host = probe.target.host_header
    cause = (
        f"{path_of(exchange)} answers {exchange.status}: what answers for the Host {host} is no homeserver, "
        "and forwards nothing to one."
    )
    return Diagnosis("api-not-found", cause, f"{_all_of_it(probe)}, for the Host {host}.")


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
