"""Findings about the well-known document, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..._util.escaping import quoted
from ..faults import Remedy
from .cloudflare_texts import cloudflare_words
from .phrases import HOST, Words, remedy_text, sentence, serve, well_known_url

_PLACEHOLDER = f'"HOST:443" ({HOST})'


def _redirect_well(first: str) -> str:
    return f"Serve the document at {first} without a redirect, or redirect to an https URL that returns it."


def _not_tls(*, host: str, port: int) -> Words:
    return f"Port {port} of {host} does not speak TLS.", f"Make the web server of {host} speak HTTPS on port {port}."


def _failed(*, url: str, message: str, remedy: Remedy) -> Words:
    return f"{url} returns no usable response: {message}.", sentence(remedy_text(remedy))


def _redirected_to_failure(*, first: str, url: str, message: str) -> Words:
    return f"{first} redirects to {url}, which returns no usable response: {message}.", _redirect_well(first)


def _certificate_cause(url: str, port: int, message: str) -> str:
    return f"Other servers ignore {url} because of the certificate on port {port}: {message}."


def _certificate(*, url: str, host: str, port: int, message: str) -> Words:
    return _certificate_cause(url, port, message), f"Install a valid certificate for {host} on port {port}."


def _expired_certificate(*, url: str, host: str, port: int, message: str, is_clock_wrong_here: bool) -> Words:
    or_clock = "; or correct the clock of this machine, which differs from other clocks" if is_clock_wrong_here else ""
    repair = f"Renew the certificate for {host}, and reload the web server on port {port} so that it uses the new one{or_clock}."
    return _certificate_cause(url, port, message), repair


def _other_certificate(*, url: str, host: str, port: int, message: str, names: Sequence[str], issuer: str) -> Words:
    current = f"the current one is for {', '.join(names) or 'no name'}, from {issuer}"
    return (
        _certificate_cause(url, port, message),
        f"Install a valid certificate for {host} on port {port}; {current}.",
    )


def _redirect_insecure(*, first: str) -> Words:
    return f"{first} redirects to plain HTTP, which other servers do not follow.", _redirect_well(first)


def _redirect_endless(*, first: str) -> Words:
    return f"{first} redirects in a loop, or too many times.", f"Serve the document at {first} instead of redirecting."


def _redirect_broken(*, first: str, detail: str) -> Words:
    return f"{first} redirects to a URL that cannot be requested: {detail}.", _redirect_well(first)


def _server_error(*, url: str, status: int, remedy: Remedy) -> Words:
    why, repair = cloudflare_words(status) or ("", "repair the web server")
    of_cloudflare = f" (Cloudflare {why})" if why else ""
    cause = f"{url} returns {status}{of_cloudflare}, so other servers do not know whether the domain delegates."
    return cause, sentence(f"{repair}; then {remedy_text(remedy)}")


def _status(*, url: str, status: int, remedy: Remedy) -> Words:
    cause = f"{url} returns {status}; other servers accept the document only with status 200."
    return cause, sentence(remedy_text(remedy))


def _forbidden(*, url: str, status: int) -> Words:
    cause = f"{url} returns {status}: something blocks clients that are not browsers."
    return cause, f"Exempt {url} from access rules, bot protection and rate limits."


def _challenge(*, url: str) -> Words:
    cause = f"Bot protection answers {url} with a challenge that other servers cannot solve."
    return cause, f"Exempt {url} from the CDN's bot protection and challenges."


def _compressed(*, url: str, encoding: str) -> Words:
    cause = (
        f"The response for {url} is compressed (Content-Encoding {encoding}), although the request does not allow it."
    )
    return cause, f"Switch off compression for {url}."


def _too_large(*, first: str, url: str) -> Words:
    return f"{url} is larger than the 51,200 bytes that other servers read.", sentence(serve(first))


def _html(*, url: str, remedy: Remedy) -> Words:
    cause = f"{url} is a web page instead of the document: the site answers every path with 200."
    return cause, sentence(remedy_text(remedy))


def _redirected_to_html(*, first: str, url: str, remedy: Remedy) -> Words:
    cause = f"{first} redirects to {url}, which is a web page."
    return cause, sentence(f"exempt the path from the redirect, and {remedy_text(remedy)}")


def _not_json(*, first: str, url: str, is_empty: bool) -> Words:
    what = "empty" if is_empty else "not JSON (in UTF-8, without a byte-order mark)"
    return f"{url} is {what}.", sentence(serve(first))


def _no_object(*, first: str, url: str) -> Words:
    return f"{url} is JSON, but not an object.", sentence(serve(first))


def _no_m_server(*, first: str, url: str) -> Words:
    return f'{url} has no "m.server".', sentence(serve(first))


def _client_file(*, first: str, url: str) -> Words:
    cause = f'{url} contains "m.homeserver", which belongs in /.well-known/matrix/client.'
    return cause, sentence(f"{serve(first)}; clients and servers have separate documents")


def _m_server_url(*, first: str, url: str, value: str, instead: str) -> Words:
    cause = f'The value of "m.server" in {url} is a URL instead of a server name: {quoted(value)}.'
    return cause, f'Set "m.server" in {first} to {instead or _PLACEHOLDER}.'


def _m_server_invalid(*, first: str, url: str, why: str, instead: str) -> Words:
    cause = f'The value of "m.server" in {url} is {f"invalid: {why}" if why else "not a string"}.'
    return cause, f'Set "m.server" in {first} to {instead or _PLACEHOLDER}.'


def _ambiguous(*, url: str) -> Words:
    cause = f'{url} has "m.server" more than once; which one is used depends on the implementation.'
    return cause, f'Keep only one "m.server" in {url}.'


def _content_type(*, url: str, content_type: str) -> Words:
    sent = f"as {content_type}" if content_type else "without a content type"
    cause = f"{url} is sent {sent}, but some implementations require application/json."
    return cause, f"Send {url} with Content-Type: application/json."


def _never_fresh(*, url: str) -> Words:
    cause = f"{url} forbids caching (Cache-Control, Expires), so other servers request it again and again."
    return cause, f"Send {url} with Cache-Control: max-age=86400, or without Cache-Control and Expires."


def _redirects(*, first: str, url: str) -> Words:
    cause = f"{first} redirects to {url}, but some implementations do not follow redirects."
    return cause, f"Serve the document at {first}."


def _timeout(*, server_name: str, is_answered_elsewhere: bool) -> Words:
    cause = f"Port 443 of {server_name} neither answers nor refuses connections, so other servers wait several seconds before they continue without the well-known document."
    if is_answered_elsewhere:
        repair = f"Make port 443 of {server_name} refuse connections or answer 404, because {server_name} needs no delegation."
        return cause, repair
    return cause, sentence(f"make port 443 of {server_name} answer, and {serve(well_known_url(server_name))}")


def _address_dead(*, host: str, port: int, ips: Sequence[str], hides_delegation: bool) -> Words:
    it, them = ("it", "this address") if len(ips) == 1 else ("one of them", "these addresses")
    so = (
        "IPv4-only servers never get the document"
        if hides_delegation
        else f"servers that try {it} first are delayed, or do not get the document"
    )
    dead = ", ".join(ips)
    cause = f"Nothing answers on port {port} at {dead}, but {host} answers requests for the well-known document at its other addresses: {so}."
    return cause, f"Make the web server listen on {dead}, or remove {them} from the DNS."


def _differs(*, server_name: str, places: Sequence[str]) -> Words:
    cause = f"The addresses of {server_name} serve different well-known documents, so where another server connects depends on the address that it tries."
    repair = (
        f"Serve the same document at /.well-known/matrix/server on {', '.join(places)}: "
        "one of the web servers is out of date, or another virtual host answers there."
    )
    return cause, repair


TEXTS: Mapping[str, Callable[..., Words]] = {
    "well-known-not-tls": _not_tls,
    "well-known-failed": _failed,
    "well-known-redirect-broken": _redirect_broken,
    "well-known-redirect-broken:no-response": _redirected_to_failure,
    "well-known-redirect-insecure": _redirect_insecure,
    "well-known-redirect-endless": _redirect_endless,
    "well-known-certificate": _certificate,
    "well-known-certificate:expired": _expired_certificate,
    "well-known-certificate:other": _other_certificate,
    "well-known-server-error": _server_error,
    "well-known-status": _status,
    "well-known-forbidden": _forbidden,
    "well-known-challenge": _challenge,
    "well-known-compressed": _compressed,
    "well-known-too-large": _too_large,
    "well-known-html": _html,
    "well-known-html:redirected": _redirected_to_html,
    "well-known-not-json": _not_json,
    "well-known-no-m-server": _no_m_server,
    "well-known-no-m-server:no-object": _no_object,
    "well-known-client-file": _client_file,
    "well-known-m-server-url": _m_server_url,
    "well-known-m-server-invalid": _m_server_invalid,
    "well-known-ambiguous": _ambiguous,
    "well-known-content-type": _content_type,
    "well-known-never-fresh": _never_fresh,
    "well-known-redirects": _redirects,
    "well-known-timeout": _timeout,
    "well-known-address-dead": _address_dead,
    "well-known-differs": _differs,
}
