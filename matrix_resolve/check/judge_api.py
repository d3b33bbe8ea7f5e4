"""The federation API behind the connections: whether a homeserver answers, and what stands in its way."""

from collections.abc import Iterator

from .evidence import Evidence, HttpExchange, TargetProbe
from .report import Finding
from .serving import is_json, is_spared, json_object
from .stories import Sighting, Story, tell

_OK, _FORBIDDEN = 200, {401, 403, 429}
_REDIRECTS, _SERVER_ERRORS = range(300, 400), range(500, 600)
_BACKEND_DOWN, _NO_BACKEND = {502, 503, 504}, 503
_TWISTED = b"404 - No Such Resource"
"""What Synapse says outside of /_matrix, where it serves nothing."""
_UNCHANGED = (
    "Forward /_matrix with the path as it is: in nginx with nothing after the port in proxy_pass, in Caddy with handle instead of "
    "handle_path, in Apache with /_matrix/ at the end of both parts of ProxyPass."
)


def judge_api(evidence: Evidence) -> Iterator[Finding]:
    """Judge the answers of each target."""
    yield from tell(
        Sighting(_story(probe), probe.target.address, _line(probe), is_spared(probe, evidence))
        for probe in evidence.targets
        if probe.version is not None and probe.trouble is None
    )


def _story(probe: TargetProbe) -> Story | None:
    version, keys = probe.version, probe.keys
    if version is None or keys is None:
        return None
    if not is_json(version):
        return _not_served(probe, version)
    if keys.status != _OK:
        return _not_served(probe, keys)
    return None


def _not_served(probe: TargetProbe, exchange: HttpExchange) -> Story:  # noqa: PLR0911 - a table of cases
    """Say why *exchange*, the version or the keys, is not what a homeserver says."""
    host, path = probe.target.host_header, _path(exchange)
    if exchange.trouble is not None:
        return _no_response(exchange, _place(probe))
    if is_json(probe.elsewhere):
        machine = probe.target.dns_name
        cause = f"The proxy on port {probe.target.port} knows the homeserver by the Host {machine} only, while servers send Host {host}."
        return Story(
            "api-by-other-host",
            cause,
            f"Let the virtual host on {_place(probe)} that forwards /_matrix be there for {host}, too.",
        )
    status = exchange.status
    if status in _BACKEND_DOWN:
        cause = f"The proxy on port {probe.target.port} answers {status} for {path}: it cannot reach the homeserver behind it{_or_none(exchange, host)}."
        return Story(
            "api-backend-down",
            cause,
            f"Start the homeserver, and let the proxy on {_place(probe)} have its address and port.",
        )
    if status in _SERVER_ERRORS:
        return Story(
            "api-server-error",
            f"{path} on {_place(probe)} answers {status}.",
            f"See the log of the homeserver behind {_place(probe)}.",
        )
    if status in _FORBIDDEN:
        who = " (Cloudflare)" if exchange.header("cf-ray") or exchange.header("server").lower() == "cloudflare" else ""
        cause = f"{path} answers {status}: something in front of the homeserver{who} keeps other servers away."
        return Story(
            "api-forbidden",
            cause,
            f"Exempt /_matrix on {_place(probe)} from access rules, bot protection and rate limits.",
        )
    if status in _REDIRECTS:
        cause = f"{path} is redirected to {exchange.header('location') or 'nowhere'}, which servers do not follow."
        return Story("api-redirected", cause, f"{_all_of_it(probe)}, for the Host {host}, without redirects.")
    if status == _OK:
        cause = f"{path} is answered by a web site, not by a homeserver: the request with Host {host} reaches the wrong virtual host."
        return Story("api-not-a-homeserver", cause, f"{_all_of_it(probe)}, for the Host {host}.")
    return _not_found(probe, exchange)


def _or_none(exchange: HttpExchange, host: str) -> str:
    """Say what else HAProxy answers 503 for."""
    return f", or has none for the Host {host}" if exchange.status == _NO_BACKEND else ""


def _not_found(probe: TargetProbe, exchange: HttpExchange) -> Story:
    """Tell the ways apart in which a path can be missing."""
    host, path = probe.target.host_header, _path(exchange)
    if probe.keys is not None and probe.version is not None and _OK in {probe.keys.status, probe.version.status}:
        other = _path(probe.keys if exchange is probe.version else probe.version)
        cause = f"The proxy on port {probe.target.port} forwards a part of /_matrix only: {other} reaches the homeserver, {path} does not ({exchange.status})."
        return Story("api-partly-forwarded", cause, f"{_all_of_it(probe)}.")
    if _TWISTED in exchange.body:
        cause = f"The proxy on port {probe.target.port} changes the path: Synapse answers, and to {path} it says that there is no such thing."
        return Story("api-path-changed", cause, _UNCHANGED)
    if "errcode" in (json_object(exchange) or {}):
        cause = f"A homeserver answers, and does not serve federation there: {path} is {exchange.status}."
        return Story(
            "api-no-federation",
            cause,
            f"Let its listener behind {_place(probe)} serve federation (Synapse: resources: [client, federation]).",
        )
    if is_json(probe.client):
        cause = f"The proxy on port {probe.target.port} forwards /_matrix/client only: {path} is {exchange.status}."
        return Story("api-client-only", cause, f"{_all_of_it(probe)}.")
    cause = f"{path} answers {exchange.status}: what answers for the Host {host} is no homeserver, and forwards nothing to one."
    return Story("api-not-found", cause, f"{_all_of_it(probe)}, for the Host {host}.")


def _place(probe: TargetProbe) -> str:
    return f"port {probe.target.port} of {probe.target.dns_name or probe.target.ip}"


def _all_of_it(probe: TargetProbe) -> str:
    return f"Forward all of /_matrix on {_place(probe)} to the homeserver, with the path as it is"


def _no_response(exchange: HttpExchange, place: str) -> Story:
    trouble, path = exchange.trouble, _path(exchange)
    if trouble is not None and trouble.code == "timeout":
        cause = f"A connection to {place} comes about, and {path} gets no answer."
        repair = f"See whether the homeserver behind {place} is overloaded, and whether the proxy reaches it."
        return Story("api-silent", cause, repair)
    cause = f"What answers {path} is no HTTP, or is cut short: {trouble.message if trouble else ''}."
    return Story("api-not-http", cause, f"Let {place} lead to the HTTP listener of the homeserver or its proxy.")


def _path(exchange: HttpExchange) -> str:
    return "/" + exchange.url.split("/", 3)[3]


def _line(probe: TargetProbe) -> str:
    """Say what was answered."""
    told = [f"{_path(one)}: {_answer(one)}" for one in (probe.version, probe.keys, probe.client) if one is not None]
    return f"{probe.target.address}: " + "; ".join(told)


def _answer(exchange: HttpExchange) -> str:
    if exchange.trouble is not None:
        return exchange.trouble.message
    kind = exchange.header("content-type") or "no content type"
    return f'{exchange.status} ({kind}) "{exchange.beginning[:60]}"'
