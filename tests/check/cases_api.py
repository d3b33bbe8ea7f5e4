"""Homeservers behind proxies that block or misdirect other servers."""

import gzip
import math

from matrix_resolve.testing import LoopbackFederation, LoopbackServer, Reply, SeenRequest

from .broken_deployments import (
    ERROR,
    KEYS,
    NAME,
    OTHER_V4,
    QUICK,
    V4,
    VERSION,
    Build,
    Row,
    by_srv,
    delegated,
    everybody,
    homeserver,
    html,
    nobody,
    some,
    with_answer,
)
from .homeservers import key_response

_CLIENT = "/_matrix/client/versions"
_ALL = "/_matrix/*"
_VERSIONS = Reply.json({"versions": ["v1.13"]})
_UNRECOGNIZED = Reply.json({"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}, status=404)
_SWITCHED_OFF = Reply.json({"errcode": "M_FORBIDDEN", "error": "Federation is disabled."}, status=403)
_GZIP = Reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"{}"))
_NGINX = html(404, "404 Not Found")


def _all(reply: Reply) -> Build:
    """Return a deployment that answers every request with *reply*."""
    return with_answer(_ALL, reply)


def _client_only(federation: LoopbackFederation) -> None:
    server = homeserver(federation)
    server.reply(_ALL, _NGINX)
    server.reply(_CLIENT, _VERSIONS)


def _no_federation(federation: LoopbackFederation) -> None:
    server = homeserver(federation)
    server.reply(_ALL, _UNRECOGNIZED)
    server.reply(_CLIENT, _VERSIONS)


def _switched_off_but_for_keys(federation: LoopbackFederation) -> None:
    homeserver(federation).reply("/_matrix/federation/*", _SWITCHED_OFF)


def _version_hidden(status: int, errcode: str) -> Build:
    """Return a deployment that answers the version with *status*, and another federation path with *errcode*."""

    def build(federation: LoopbackFederation) -> None:
        server = homeserver(federation)
        server.reply(VERSION, html(status))
        server.reply("/_matrix/federation/v1/query/*", Reply.json({"errcode": errcode}, status=401))

    return build


def _page_everywhere_but(**answers: Reply) -> Build:
    """Return a site that answers every path with a web page, except some paths of the homeserver."""

    def build(federation: LoopbackFederation) -> None:
        server = homeserver(federation)
        server.reply("/*", html())
        for name, reply in answers.items():
            server.reply({"client": _CLIENT, "keys": KEYS}[name], reply)

    return build


def _by_host(server: LoopbackServer, host: str) -> None:
    """Make *server* answer as a homeserver only for one Host."""

    def only(reply: Reply, request: SeenRequest) -> Reply:
        return reply if request.host == host else _NGINX

    version = Reply.json({"server": {"name": "x", "version": "1"}})
    server.reply(_ALL, _NGINX)
    server.reply(VERSION, lambda request: only(version, request))


def _other_host_by_name(federation: LoopbackFederation) -> None:
    _by_host(by_srv(federation, names=[NAME, "node.example"]), "node.example")


def _wrong_site(federation: LoopbackFederation) -> None:
    delegated(federation).reply("/*", html())


def _at_one_address(reply: Reply) -> Build:
    """Return a deployment with two addresses, one of which answers every request with *reply*."""

    def build(federation: LoopbackFederation) -> None:
        homeserver(federation, addresses=[OTHER_V4])
        homeserver(federation, "other.example", addresses=[V4], names=[NAME]).reply(_ALL, reply)
        federation.zone.a(NAME, V4, OTHER_V4)

    return build


ROWS: dict[str, Row] = {
    "keys not forwarded": nobody(
        "api-partly-forwarded",
        with_answer(KEYS, _NGINX),
        "/_matrix",
        "port 8448 of a.example",
        cause=f"{KEYS} {VERSION} 404",
    ),
    "version not forwarded": nobody(
        "api-partly-forwarded",
        with_answer(VERSION, _NGINX),
        "/_matrix",
        "port 8448 of a.example",
        cause=f"{KEYS} {VERSION} 404",
    ),
    "only clients forwarded": nobody("api-client-only", _client_only, "/_matrix", NAME, cause="/_matrix/client 404"),
    "no federation listener": nobody("api-no-federation", _no_federation, "federation", cause=VERSION),
    "version hidden": everybody(
        "api-version-hidden", _version_hidden(403, "M_UNAUTHORIZED"), VERSION, "8448", cause=f"{VERSION} 403"
    ),
    "version not found": everybody("api-version-hidden", _version_hidden(404, "M_UNAUTHORIZED"), VERSION, cause="404"),
    "version hidden, and no federation": nobody(
        "api-partly-forwarded", _version_hidden(404, "M_UNRECOGNIZED"), "/_matrix", cause=f"{KEYS} {VERSION}"
    ),
    "nothing forwarded": nobody(
        "api-not-found", _all(_NGINX), "/_matrix", "Host header a.example", cause="404 a.example"
    ),
    "a page everywhere but for clients": nobody(
        "api-client-only", _page_everywhere_but(client=_VERSIONS), "/_matrix", cause="/_matrix/client 200"
    ),
    "a page everywhere but for keys": nobody(
        "api-partly-forwarded",
        _page_everywhere_but(keys=Reply.json(key_response(NAME))),
        "/_matrix",
        cause=f"{KEYS} {VERSION}",
    ),
    "nothing known": nobody("api-path-changed", _all(_UNRECOGNIZED), "proxy_pass", cause=_CLIENT),
    "federation switched off": nobody(
        "api-no-federation", _all(_SWITCHED_OFF), "Enable federation", cause="M_FORBIDDEN"
    ),
    "federation switched off, but for keys": nobody(
        "api-no-federation", _switched_off_but_for_keys, "Enable federation", cause=f"{VERSION} M_FORBIDDEN"
    ),
    "keys not served": nobody(
        "api-no-federation", with_answer(KEYS, _UNRECOGNIZED), "resources: [keys]", "8448", cause=f"{KEYS} 404"
    ),
    "version compressed": nobody("api-compressed", with_answer(VERSION, _GZIP), "8448", cause=f"{VERSION} gzip"),
    "keys compressed": nobody("api-compressed", with_answer(KEYS, _GZIP), "8448", cause=f"{KEYS} gzip"),
    "refused behind Cloudflare": nobody(
        "api-backend-down", _all(Reply(status=521)), "Start", "8448", cause="521 refuses"
    ),
    "certificate behind Cloudflare": nobody(
        "api-backend-down", _all(Reply(status=526)), "certificate", cause="526 certificate"
    ),
    "path changed": nobody(
        "api-path-changed", _all(html(404, "404 - No Such Resource")), "proxy_pass", cause=f"8448 {VERSION}"
    ),
    "another virtual host": nobody(
        "api-not-a-homeserver", _wrong_site, "/_matrix", "Host header hs.example:443", cause="hs.example:443"
    ),
    "JSON that is no object": nobody(
        "api-not-a-homeserver", _all(Reply.json([])), "Host header a.example", cause=VERSION
    ),
    "empty": nobody("api-not-a-homeserver", _all(Reply()), "Host header a.example", cause=VERSION),
    "known by the SRV target": nobody(
        "api-by-other-host", _other_host_by_name, "Add the name a.example", cause="node.example a.example"
    ),
    "backend down": nobody("api-backend-down", _all(html(502)), "homeserver", "8448", cause="502 8448"),
    "backend slow": nobody("api-backend-down", _all(html(504)), "homeserver", "8448", cause="504"),
    "homeserver fails": nobody("api-server-error", _all(Reply(status=500)), "log", "8448", cause=f"{VERSION} 500"),
    "keys fail": nobody(
        "api-server-error", with_answer(KEYS, Reply.json({}, status=500)), "log", "8448", cause=f"{KEYS} 500"
    ),
    "forbidden": nobody("api-forbidden", _all(html(403)), "/_matrix", "8448", cause=f"{VERSION} 403"),
    "forbidden by Cloudflare": nobody(
        "api-forbidden", _all(html(403, headers={"CF-Ray": "1-FRA"})), "/_matrix", cause="Cloudflare 403"
    ),
    "rate limit": nobody("api-forbidden", with_answer(KEYS, Reply(status=429)), "/_matrix", cause=f"{KEYS} 429"),
    "authorization": nobody("api-forbidden", _all(Reply(status=401)), "/_matrix", cause="401"),
    "redirected": nobody(
        "api-redirected",
        _all(Reply(status=301, headers={"Location": "https://www.example/"})),
        "Host header a.example",
        "without redirects",
        cause="https://www.example/",
    ),
    "closed without an answer": nobody(
        "api-not-http", _all(Reply(raw=b"")), "port 8448", "client certificates", cause=f"{VERSION} client"
    ),
    "no answer": nobody("api-silent", _all(Reply(delay=math.inf)), "8448", timeout=QUICK, cause=VERSION),
    "no answer for keys": nobody(
        "api-silent", with_answer(KEYS, Reply(delay=math.inf)), "8448", timeout=QUICK, cause=KEYS
    ),
    "no HTTP": nobody(
        "api-not-http", _all(Reply(raw=b"SSH-2.0-OpenSSH_9\r\n\r\n")), "port 8448", cause=f"{VERSION} HTTP"
    ),
    "cut short": nobody("api-not-http", _all(Reply(body=b'{"server', cut_after=3)), "port 8448", cause="cut short"),
    "backend down at one address": some(
        "api-backend-down", _at_one_address(html(502)), "homeserver", cause=V4, severity=ERROR
    ),
    "another virtual host at one address": some(
        "api-not-a-homeserver", _at_one_address(html()), "Host header a.example", cause=V4, severity=ERROR
    ),
    "nothing forwarded at one address": some(
        "api-not-found", _at_one_address(_NGINX), "Host header a.example", cause=V4
    ),
}
"""The ways to break the federation API."""
