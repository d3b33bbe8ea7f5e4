"""Findings about the federation API, in words."""

from collections.abc import Callable, Mapping

from .cloudflare_texts import cloudflare_words
from .phrases import Words, port_of, sentence

_OK = 200
_CLIENT_PATH = "/_matrix/client/versions"
_UNCHANGED = (
    "Forward /_matrix with the path as it is: in nginx with nothing after the port in proxy_pass, in Caddy with handle instead of "
    "handle_path, in Apache with /_matrix/ at the end of both parts of ProxyPass."
)


def _all_of_it(host: str, port: int) -> str:
    return f"Forward all of /_matrix on {port_of(host, port)} to the homeserver, with the path as it is"


def _what(status: int) -> str:
    return "200, but not with JSON" if status == _OK else f"{status}"


def _silent(*, host: str, port: int, path: str) -> Words:
    place = port_of(host, port)
    cause = f"A connection to {place} comes about, and {path} gets no answer."
    return cause, f"See whether the homeserver behind {place} is overloaded, and whether the proxy reaches it."


def _not_http(*, host: str, port: int, path: str, message: str, may_want_certificate: bool) -> Words:
    or_demands, demand_none = "", ""
    if may_want_certificate:
        or_demands, demand_none = ", or it demands client certificates", ", and demand no client certificates there"
    cause = f"What answers {path} is no HTTP, or is cut short{or_demands}: {message}."
    return cause, f"Let {port_of(host, port)} lead to the HTTP listener of the homeserver or its proxy{demand_none}."


def _compressed(*, host: str, port: int, path: str, encoding: str) -> Words:
    place = port_of(host, port)
    cause = f"{path} on {place} is compressed although nobody asked for that (Content-Encoding {encoding})."
    return cause, f"Switch compression off for /_matrix on {place}, or let it heed Accept-Encoding."


def _by_other_host(*, host: str, port: int, known_as: str, host_header: str) -> Words:
    cause = f"The proxy on port {port} knows the homeserver by the Host {known_as} only, while servers send Host {host_header}."
    repair = f"Let the virtual host on {port_of(host, port)} that forwards /_matrix be there for {host_header}, too."
    return cause, repair


def _cloudflare(*, host: str, port: int, path: str, status: int) -> Words:
    why, repair = cloudflare_words(status) or ("", "")
    place = port_of(host, port)
    return f"{path} on {place} answers {status}: Cloudflare {why}.", sentence(f"{repair} (for {place})")


def _backend_down(*, host: str, port: int, path: str, status: int, other_host: str) -> Words:
    or_none = f", or has none for the Host {other_host}" if other_host else ""
    cause = f"The proxy on port {port} answers {status} for {path}: it cannot reach the homeserver behind it{or_none}."
    return cause, f"Start the homeserver, and let the proxy on {port_of(host, port)} have its address and port."


def _server_error(*, host: str, port: int, path: str, status: int) -> Words:
    place = port_of(host, port)
    return f"{path} on {place} answers {status}.", f"See the log of the homeserver behind {place}."


def _switched_off(*, host: str, port: int, path: str, status: int, errcode: str) -> Words:
    cause = f"The homeserver itself answers {path} with {status} ({errcode}): its federation is switched off."
    return cause, f"Switch federation on in the configuration of the homeserver behind {port_of(host, port)}."


def _forbidden(*, host: str, port: int, path: str, status: int, is_cloudflare: bool) -> Words:
    who = " (Cloudflare)" if is_cloudflare else ""
    cause = f"{path} answers {status}: something in front of the homeserver{who} keeps other servers away."
    return cause, f"Exempt /_matrix on {port_of(host, port)} from access rules, bot protection and rate limits."


def _redirected(*, host: str, port: int, path: str, location: str, host_header: str) -> Words:
    cause = f"{path} is redirected to {location or 'nowhere'}, which servers do not follow."
    return cause, f"{_all_of_it(host, port)}, for the Host {host_header}, without redirects."


def _not_a_homeserver(*, host: str, port: int, path: str, host_header: str) -> Words:
    cause = f"{path} is answered by a web site, not by a homeserver: the request with Host {host_header} reaches the wrong virtual host."
    return cause, f"{_all_of_it(host, port)}, for the Host {host_header}."


def _partly_forwarded(*, host: str, port: int, path: str, status: int, other_path: str) -> Words:
    cause = (
        f"The proxy on port {port} forwards a part of /_matrix only: {other_path} reaches the homeserver, "
        f"{path} does not ({_what(status)})."
    )
    return cause, f"{_all_of_it(host, port)}."


def _path_changed(*, port: int) -> Words:
    cause = f"The proxy on port {port} probably changes the path: a homeserver answers, and knows nothing of what it is asked for, not even {_CLIENT_PATH}."
    return cause, _UNCHANGED


def _path_changed_for_synapse(*, port: int, path: str) -> Words:
    cause = f"The proxy on port {port} changes the path: Synapse answers, and to {path} it says that there is no such thing."
    return cause, _UNCHANGED


def _no_keys(*, host: str, port: int, path: str, status: int) -> Words:
    place = port_of(host, port)
    cause = f"The homeserver on {place} answers, and does not serve its signing keys there: {path} is {status}."
    repair = f"Let the listener behind {place} serve the keys (in Synapse, and in its workers: resources: [keys]), or forward {path} to one that does."
    return cause, repair


def _no_federation(*, host: str, port: int, path: str, status: int) -> Words:
    cause = f"A homeserver answers, and does not serve federation there: {path} is {status}."
    repair = (
        f"Let its listener behind {port_of(host, port)} serve federation (Synapse: resources: [client, federation])."
    )
    return cause, repair


def _client_only(*, host: str, port: int, path: str, status: int) -> Words:
    cause = f"The proxy on port {port} forwards /_matrix/client only: {path} is not answered by the homeserver ({_what(status)})."
    return cause, f"{_all_of_it(host, port)}."


def _not_found(*, host: str, port: int, path: str, status: int, host_header: str) -> Words:
    cause = f"{path} answers {status}: what answers for the Host {host_header} is no homeserver, and forwards nothing to one."
    return cause, f"{_all_of_it(host, port)}, for the Host {host_header}."


def _version_hidden(*, host: str, port: int, path: str, status: int) -> Words:
    cause = (
        f"{path} is {status}, while the rest of the federation API is served: monitoring and some servers ask for it."
    )
    return cause, f"Let {path} on {port_of(host, port)} reach the homeserver, too."


TEXTS: Mapping[str, Callable[..., Words]] = {
    "api-silent": _silent,
    "api-not-http": _not_http,
    "api-compressed": _compressed,
    "api-by-other-host": _by_other_host,
    "api-backend-down": _backend_down,
    "api-backend-down:cloudflare": _cloudflare,
    "api-server-error": _server_error,
    "api-no-federation": _no_federation,
    "api-no-federation:switched-off": _switched_off,
    "api-no-federation:no-keys": _no_keys,
    "api-forbidden": _forbidden,
    "api-redirected": _redirected,
    "api-not-a-homeserver": _not_a_homeserver,
    "api-partly-forwarded": _partly_forwarded,
    "api-path-changed": _path_changed,
    "api-path-changed:synapse": _path_changed_for_synapse,
    "api-client-only": _client_only,
    "api-not-found": _not_found,
    "api-version-hidden": _version_hidden,
}
