"""Findings about the federation API, in words."""

from collections.abc import Callable, Mapping

from .cloudflare_texts import cloudflare_words
from .phrases import Words, port_of, sentence

_OK = 200
_CLIENT_PATH = "/_matrix/client/versions"
_UNCHANGED = (
    "Forward /_matrix with the path unchanged: in nginx, put nothing after the port in proxy_pass; in Caddy, use handle instead of "
    "handle_path; in Apache, end both parts of ProxyPass with /_matrix/."
)


def _forward_all(host: str, port: int, host_header: str = "") -> str:
    with_header = f" with the Host header {host_header}" if host_header else ""
    return f"Forward all requests for /_matrix{with_header} on {port_of(host, port)} to the homeserver, with the path unchanged"


def _what(status: int) -> str:
    return "200, but not JSON" if status == _OK else f"{status}"


def _silent(*, host: str, port: int, path: str) -> Words:
    place = port_of(host, port)
    cause = f"Port {port} of {host} accepts connections but does not answer {path}."
    return cause, f"Check whether the homeserver behind {place} is overloaded, and whether the proxy can reach it."


def _not_http(*, host: str, port: int, path: str, message: str, may_want_certificate: bool) -> Words:
    or_requires, require_none = "", ""
    if may_want_certificate:
        or_requires = "; the server may require client certificates"
        require_none = " and does not require client certificates"
    place = port_of(host, port)
    cause = f"The response to {path} on {place} is not valid HTTP or is cut short ({message}){or_requires}."
    return cause, f"Make sure that the HTTP listener of the homeserver or its proxy answers on {place}{require_none}."


def _compressed(*, host: str, port: int, path: str, encoding: str) -> Words:
    place = port_of(host, port)
    cause = f"The response to {path} on {place} is compressed (Content-Encoding {encoding}), although the request does not allow it."
    return cause, f"Switch off compression for /_matrix on {place}, or make the server respect Accept-Encoding."


def _by_other_host(*, host: str, port: int, known_as: str, host_header: str) -> Words:
    cause = f"The proxy on port {port} forwards requests only if their Host header is {known_as}, but other servers send {host_header}."
    return cause, f"Add the name {host_header} to the virtual host on {port_of(host, port)} that forwards /_matrix."


def _cloudflare(*, host: str, port: int, path: str, status: int) -> Words:
    why, repair = cloudflare_words(status) or ("", "")
    place = port_of(host, port)
    return f"{path} on {place} returns {status}: Cloudflare {why}.", sentence(f"{repair} (for {place})")


def _backend_down(*, host: str, port: int, path: str, status: int, other_host: str) -> Words:
    or_none = f", or does not forward requests with the Host header {other_host}" if other_host else ""
    cause = f"The proxy on port {port} returns {status} for {path}: it cannot reach the homeserver{or_none}."
    repair = f"Start the homeserver, and make the proxy on {port_of(host, port)} forward to its address and port."
    return cause, repair


def _server_error(*, host: str, port: int, path: str, status: int) -> Words:
    place = port_of(host, port)
    return f"{path} on {place} returns {status}.", f"Look for the cause in the log of the homeserver behind {place}."


def _switched_off(*, host: str, port: int, path: str, status: int, errcode: str) -> Words:
    cause = f"The homeserver itself answers {path} with {status} ({errcode}): federation is disabled there."
    return cause, f"Enable federation in the configuration of the homeserver behind {port_of(host, port)}."


def _forbidden(*, host: str, port: int, path: str, status: int, is_cloudflare: bool) -> Words:
    what = " (Cloudflare)" if is_cloudflare else ""
    place = port_of(host, port)
    cause = f"{path} on {place} returns {status}: something in front of the homeserver{what} blocks other servers."
    return cause, f"Exempt /_matrix on {place} from access rules, bot protection and rate limits."


def _redirected(*, host: str, port: int, path: str, location: str, host_header: str) -> Words:
    where = f"to {location}" if location else "without a Location header"
    cause = f"{path} on {port_of(host, port)} redirects {where}, and other servers do not follow redirects here."
    return cause, f"{_forward_all(host, port, host_header)} and without redirects."


def _not_a_homeserver(*, host: str, port: int, path: str, host_header: str) -> Words:
    cause = f"A website answers {path} instead of the homeserver: requests with the Host header {host_header} reach the wrong virtual host."
    return cause, f"{_forward_all(host, port, host_header)}."


def _partly_forwarded(*, host: str, port: int, path: str, status: int, other_path: str) -> Words:
    cause = (
        f"The proxy on port {port} forwards only part of /_matrix: {other_path} reaches the homeserver, "
        f"but {path} does not ({_what(status)})."
    )
    return cause, f"{_forward_all(host, port)}."


def _path_changed(*, port: int) -> Words:
    cause = f"The proxy on port {port} probably changes the path: a homeserver answers but recognises no request, not even {_CLIENT_PATH}."
    return cause, _UNCHANGED


def _path_changed_for_synapse(*, port: int, path: str) -> Words:
    return f"The proxy on port {port} changes the path: Synapse answers but does not recognise {path}.", _UNCHANGED


def _no_keys(*, host: str, port: int, path: str, status: int) -> Words:
    place = port_of(host, port)
    cause = f"The homeserver on {place} answers but does not serve its signing keys there: {path} returns {status}."
    repair = f"Make the listener behind {place} serve the keys (in Synapse and its workers: resources: [keys]), or forward {path} to a listener that does."
    return cause, repair


def _no_federation(*, host: str, port: int, path: str, status: int) -> Words:
    place = port_of(host, port)
    cause = f"The homeserver on {place} answers but does not serve federation there: {path} returns {status}."
    return cause, f"Make its listener behind {place} serve federation (in Synapse: resources: [client, federation])."


def _client_only(*, host: str, port: int, path: str, status: int) -> Words:
    cause = f"The proxy on port {port} forwards only /_matrix/client: {path} does not reach the homeserver ({_what(status)})."
    return cause, f"{_forward_all(host, port)}."


def _not_found(*, host: str, port: int, path: str, status: int, host_header: str) -> Words:
    cause = f"{path} returns {status}: what answers requests with the Host header {host_header} is not a homeserver, and does not forward them to one."
    return cause, f"{_forward_all(host, port, host_header)}."


def _version_hidden(*, host: str, port: int, path: str, status: int) -> Words:
    cause = f"{path} returns {status}, although the rest of the federation API works; monitoring tools and some servers request this path."
    return cause, f"Forward {path} on {port_of(host, port)} to the homeserver as well."


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
