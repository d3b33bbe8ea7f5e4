"""Why an answer is not that of a homeserver: one function for each case, tried in their order."""

from collections.abc import Callable

from .evidence import HttpExchange, TargetProbe
from .serving import is_json, json_object
from .stories import Story

_OK, _NO_BACKEND = 200, 503
_FORBIDDEN, _BACKEND_DOWN = {401, 403, 429}, {502, 503, 504}
_REDIRECTS, _SERVER_ERRORS = range(300, 400), range(500, 600)
_TWISTED = b"404 - No Such Resource"
"""What Synapse says outside of /_matrix, where it serves nothing."""
_UNCHANGED = (
    "Forward /_matrix with the path as it is: in nginx with nothing after the port in proxy_pass, in Caddy with handle instead of "
    "handle_path, in Apache with /_matrix/ at the end of both parts of ProxyPass."
)


def api_story(probe: TargetProbe, exchange: HttpExchange) -> Story:
    """Say why *exchange*, the version or the keys, is not what a homeserver says."""
    stories = (case(probe, exchange) for case in _CASES)
    return next(story for story in stories if story is not None)


def path_of(exchange: HttpExchange) -> str:
    """Give the path that was asked for."""
    return "/" + exchange.url.split("/", 3)[3]


def _place(probe: TargetProbe) -> str:
    return f"port {probe.target.port} of {probe.target.dns_name or probe.target.ip}"


def _proxy(probe: TargetProbe) -> str:
    return f"The proxy on port {probe.target.port}"


def _all_of_it(probe: TargetProbe) -> str:
    return f"Forward all of /_matrix on {_place(probe)} to the homeserver, with the path as it is"


def _no_response(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    trouble, path, place = exchange.trouble, path_of(exchange), _place(probe)
    if trouble is None:
        return None
    if trouble.code == "timeout":
        cause = f"A connection to {place} comes about, and {path} gets no answer."
        repair = f"See whether the homeserver behind {place} is overloaded, and whether the proxy reaches it."
        return Story("api-silent", cause, repair)
    cause = f"What answers {path} is no HTTP, or is cut short: {trouble.message}."
    return Story("api-not-http", cause, f"Let {place} lead to the HTTP listener of the homeserver or its proxy.")


def _by_other_host(probe: TargetProbe, _: HttpExchange) -> Story | None:
    if not is_json(probe.elsewhere):
        return None
    host, machine = probe.target.host_header, probe.target.dns_name
    cause = f"{_proxy(probe)} knows the homeserver by the Host {machine} only, while servers send Host {host}."
    repair = f"Let the virtual host on {_place(probe)} that forwards /_matrix be there for {host}, too."
    return Story("api-by-other-host", cause, repair)


def _backend_down(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    if exchange.status not in _BACKEND_DOWN:
        return None
    # HAProxy says 503 for both.
    or_none = f", or has none for the Host {probe.target.host_header}" if exchange.status == _NO_BACKEND else ""
    cause = f"{_proxy(probe)} answers {exchange.status} for {path_of(exchange)}: it cannot reach the homeserver behind it{or_none}."
    repair = f"Start the homeserver, and let the proxy on {_place(probe)} have its address and port."
    return Story("api-backend-down", cause, repair)


def _server_error(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    if exchange.status not in _SERVER_ERRORS:
        return None
    cause = f"{path_of(exchange)} on {_place(probe)} answers {exchange.status}."
    return Story("api-server-error", cause, f"See the log of the homeserver behind {_place(probe)}.")


def _forbidden(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    if exchange.status not in _FORBIDDEN:
        return None
    is_cloudflare = exchange.header("cf-ray") or exchange.header("server").lower() == "cloudflare"
    who = " (Cloudflare)" if is_cloudflare else ""
    cause = f"{path_of(exchange)} answers {exchange.status}: something in front of the homeserver{who} keeps other servers away."
    repair = f"Exempt /_matrix on {_place(probe)} from access rules, bot protection and rate limits."
    return Story("api-forbidden", cause, repair)


def _redirected(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    if exchange.status not in _REDIRECTS:
        return None
    where = exchange.header("location") or "nowhere"
    cause = f"{path_of(exchange)} is redirected to {where}, which servers do not follow."
    repair = f"{_all_of_it(probe)}, for the Host {probe.target.host_header}, without redirects."
    return Story("api-redirected", cause, repair)


def _wrong_site(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    if exchange.status != _OK:
        return None
    host = probe.target.host_header
    cause = f"{path_of(exchange)} is answered by a web site, not by a homeserver: the request with Host {host} reaches the wrong virtual host."
    return Story("api-not-a-homeserver", cause, f"{_all_of_it(probe)}, for the Host {host}.")


def _partly_forwarded(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    other = probe.keys if exchange is probe.version else probe.version
    if other is None or other.status != _OK:
        return None
    cause = (
        f"{_proxy(probe)} forwards a part of /_matrix only: {path_of(other)} reaches the homeserver, "
        f"{path_of(exchange)} does not ({exchange.status})."
    )
    return Story("api-partly-forwarded", cause, f"{_all_of_it(probe)}.")


def _path_changed(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    if _TWISTED not in exchange.body:
        return None
    cause = f"{_proxy(probe)} changes the path: Synapse answers, and to {path_of(exchange)} it says that there is no such thing."
    return Story("api-path-changed", cause, _UNCHANGED)


def _no_federation(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    if "errcode" not in (json_object(exchange) or {}):
        return None
    cause = f"A homeserver answers, and does not serve federation there: {path_of(exchange)} is {exchange.status}."
    repair = f"Let its listener behind {_place(probe)} serve federation (Synapse: resources: [client, federation])."
    return Story("api-no-federation", cause, repair)


def _client_only(probe: TargetProbe, exchange: HttpExchange) -> Story | None:
    if not is_json(probe.client):
        return None
    cause = f"{_proxy(probe)} forwards /_matrix/client only: {path_of(exchange)} is {exchange.status}."
    return Story("api-client-only", cause, f"{_all_of_it(probe)}.")


def _not_found(probe: TargetProbe, exchange: HttpExchange) -> Story:
    host = probe.target.host_header
    cause = (
        f"{path_of(exchange)} answers {exchange.status}: what answers for the Host {host} is no homeserver, "
        "and forwards nothing to one."
    )
    return Story("api-not-found", cause, f"{_all_of_it(probe)}, for the Host {host}.")


_CASES: tuple[Callable[[TargetProbe, HttpExchange], Story | None], ...] = (
    _no_response,
    _by_other_host,
    _backend_down,
    _server_error,
    _forbidden,
    _redirected,
    _wrong_site,
    _partly_forwarded,
    _path_changed,
    _no_federation,
    _client_only,
    _not_found,
)
