"""What an HTTP backend sends, and where it sends it. These checks need real servers."""

import socket
import threading
from asyncio import get_running_loop
from collections.abc import Sequence
from functools import partial

from ...backends.http import HttpBackend
from ..loopback.replies import Reply
from ..loopback.seen import SeenRequest
from .expectations import UnexpectedError, expect, expect_failure
from .http_testbed import HOME, NEIGHBOUR, HttpsCheck, HttpsTestbed, ask
from .report import rule

_OK = Reply(body=b"ok")
_NOBODY = "127.0.0.3"
_FIRST_LINE = b"HTTP/1.1 200 OK\r\n"
_PROXY = "http://127.0.0.1:1"  # nothing listens here
_HOLD = 2.0  # seconds after which a reply is sent if the event loop has not released it
_SOON = 0.05  # seconds
_CREDENTIALS = ("authorization", "cookie", "proxy-authorization")


def values(request: SeenRequest, name: str) -> list[str]:
    """Return all values of one header of a request."""
    return [value for key, value in request.headers if key.lower() == name]


async def _host_and_tls_name(
    host: str, tls_name: str | None, certificate: str, testbed: HttpsTestbed, http: HttpBackend
) -> None:
    site = await testbed.site(certificate)
    site.reply("/x", _OK)
    expect((await ask(http, site.url(host))).body, b"ok", "body")
    (request,) = site.requests
    came = (request.method, [value.lower() for value in values(request, "host")], request.tls_name)
    expect(came, ("GET", [f"{host}:{site.port}".lower()], tls_name), "method, Host headers, TLS name")


_NAMES = [
    HttpsCheck(
        f"host-and-tls-name-of-{name}",
        f"For {what}, the Host header and the TLS name come from the URL, not from the pinned address.",
        partial(_host_and_tls_name, host, tls_name, certificate),
        note,
    )
    for name, what, host, tls_name, certificate, note in (
        ("a-hostname", "a hostname", "c.example", "c.example", "c.example", "Host includes the port of the URL."),
        ("capitals", "a hostname in capitals", "C.Example", "c.example", "c.example", ""),
        ("a-wildcard", "a name that a wildcard covers", "c.wild.example", "c.wild.example", "*.wild.example", ""),
        ("an-ipv4", "an IPv4 address", "192.0.2.7", None, "192.0.2.7", "No TLS name is sent for an address."),
        ("an-ipv6", "an IPv6 address", "[2001:db8::7]", None, "2001:db8::7", "No TLS name is sent for an address."),
    )
]


async def path_as_written(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """Path and query are sent as they are written; a fragment is not sent."""
    for path, sent in (("/a%2Fb%20c?q=%26&r", "/a%2Fb%20c?q=%26&r"), ("/x#part", "/x"), ("", "/")):
        testbed.home.reply(sent, _OK)
        await ask(http, testbed.home.url("a.example", path))
        expect(testbed.home.requests[-1].path, sent, "path of the request")


async def given_headers_are_sent(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """The given headers are sent unchanged and once each, and replace the defaults of the HTTP library."""
    headers = {"User-Agent": "matrix", "Accept": "application/json", "Accept-Encoding": "identity"}
    await ask(http, testbed.reply("/x", _OK), headers=headers)
    (request,) = testbed.home.requests
    sent = {name: values(request, name.lower()) for name in headers}
    expect(sent, {name: [value] for name, value in headers.items()}, "headers that were sent")


async def no_cookies_or_credentials(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """No cookies and no credentials are sent."""
    url = testbed.reply("/x", Reply(headers=(("Set-Cookie", "a=b; Path=/; Secure"),)))
    for _ in range(2):
        expect((await ask(http, url)).values("set-cookie"), ["a=b; Path=/; Secure"], "Set-Cookie")
    sent = [pair for request in testbed.home.requests for pair in request.headers if pair[0].lower() in _CREDENTIALS]
    expect(sent, [], "cookies and credentials that were sent")


async def exactly_one_request(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """Exactly one request is made: it is not repeated after any response, not even one that is not valid HTTP."""
    sites = await testbed.neighbours("a.example")
    for path, reply in (("/good", _OK), ("/garbage", Reply(raw=b"SSH-2.0-x\r\n\r\n"))):
        for site in sites:
            site.reply(path, reply)
        request = ask(http, sites[0].url("a.example", path), addresses=(HOME, NEIGHBOUR))
        await (request if reply is _OK else expect_failure(request))
        seen = [request.path for site in sites for request in site.requests if request.path == path]
        expect(seen, [path], "requests that the servers received")


async def only_pinned_addresses(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """Only the pinned addresses are contacted, never an IP address in the URL or an address found by a lookup.

    Do not look up the host: connect to the pinned address, and pass the host of the URL to TLS.
    """
    home, pinned = await testbed.neighbours("localhost", HOME, "nobody.invalid")
    pinned.reply("/x", _OK)
    for host in ("localhost", HOME, "nobody.invalid"):
        expect((await ask(http, home.url(host), addresses=(NEIGHBOUR,))).body, b"ok", f"from {host}")
    expect(home.handshakes, [], "TLS names of connections to 127.0.0.1")


async def pins_of_each_request(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """Each request goes to its own addresses, even if a connection to other addresses is open.

    Do not keep connections alive, or pool them by address, port and TLS name.
    """
    sites = await testbed.neighbours("a.example")
    for site in sites:
        site.reply("/x", Reply(body=site.address.encode()))
    for address in (HOME, NEIGHBOUR, HOME):
        response = await ask(http, sites[0].url("a.example"), addresses=(address,))
        expect(response.body.decode(), address, "server that answered")


async def one_connection_one_tls_name(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """A connection is never reused for another TLS name.

    Do not keep connections alive, or pool them by address, port and TLS name.
    """
    names = ["a.example", "b.example", "a.example", "b.example"]
    testbed.reply("/x", _OK)
    for name in names:
        await ask(http, testbed.home.url(name))
    expect([request.tls_name for request in testbed.home.requests], names, "TLS names of the connections")


async def the_next_address(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """If one address refuses the connection, the others are tried."""
    url = testbed.reply("/x", _OK)
    for addresses in ((_NOBODY, HOME), (HOME, _NOBODY), (_NOBODY, _NOBODY, HOME)):
        expect((await ask(http, url, addresses=addresses)).body, b"ok", "body")


async def no_address_answers(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """If all addresses refuse the connection, the request raises an exception."""
    url = testbed.reply("/x", _OK)
    await expect_failure(ask(http, url, addresses=(_NOBODY,)))
    expect(testbed.urls, [], "requests that were made")


async def no_proxy_of_the_environment(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """Proxies from environment variables are not used, because they are not pinned addresses.

    Many HTTP libraries use https_proxy by default; turn that off, often with trust_env=False.
    """
    expect((await ask(http, testbed.reply("/x", _OK))).body, b"ok", "body")


async def chunked_bodies(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """A chunked body is reassembled, and a body of unknown length ends when the connection is closed."""
    for raw in (
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        b"Connection: close\r\n\r\nabcde",
    ):
        response = await ask(http, testbed.reply("/x", Reply(raw=_FIRST_LINE + raw)))
        expect((response.body, response.truncated), (b"abcde", False), "body, truncated")


async def not_http(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """A response that is not valid HTTP, or ends before its body is complete, raises an exception.

    Some HTTP libraries return an incomplete body: compare its length with Content-Length.
    """
    for raw in (
        b"SSH-2.0-x\r\n\r\n",
        b"",
        _FIRST_LINE + b"Content-Length: 9\r\n\r\nabc",
        _FIRST_LINE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
    ):
        await expect_failure(ask(http, testbed.reply("/x", Reply(raw=raw))))


async def reading_stops_at_once(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """Reading stops at max_bytes, without waiting for the rest of the body."""
    url = testbed.reply("/x", Reply(body=bytes(1000), drip=0.02))
    response = await ask(http, url, max_bytes=5)
    expect((response.body, response.truncated), (bytes(5), True), "body, truncated")


async def the_timeout_is_for_everything(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """The timeout applies to the whole request, even if single bytes keep arriving.

    Many HTTP libraries apply a timeout to each read: put asyncio.timeout around the whole request.
    """
    await expect_failure(ask(http, testbed.reply("/x", Reply(body=bytes(100), drip=0.1)), timeout=0.5))


async def the_timeout_is_for_the_handshake(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """The timeout applies if a server accepts the connection and then sends nothing."""
    with socket.create_server((HOME, 0)) as silent:
        port = silent.getsockname()[1]
        await expect_failure(ask(http, f"https://a.example:{port}/", timeout=0.3))
    expect(testbed.urls, [], "requests that were made")


async def does_not_block_the_event_loop(testbed: HttpsTestbed, http: HttpBackend) -> None:
    """Other tasks keep running while a request is in progress.

    Run blocking code in a thread, with asyncio.to_thread.
    """
    let_go, outcomes = threading.Event(), list[bool]()

    def answer(_: SeenRequest) -> Reply:
        outcomes.append(let_go.wait(_HOLD))  # this runs in the thread of the servers
        return _OK

    testbed.home.reply("/x", answer)
    get_running_loop().call_later(_SOON, let_go.set)
    await ask(http, testbed.home.url("a.example"))
    if outcomes != [True]:
        raise UnexpectedError(
            "an event loop that was blocked until the response came", "an event loop that keeps running"
        )


def _proxies() -> dict[str, str]:
    names = ("https_proxy", "all_proxy", "http_proxy")
    return {name: _PROXY for each in names for name in (each, each.upper())} | {"no_proxy": "", "NO_PROXY": ""}


REQUESTS: Sequence[HttpsCheck] = (
    *_NAMES,
    *map(
        rule,
        (
            path_as_written,
            given_headers_are_sent,
            no_cookies_or_credentials,
            exactly_one_request,
            only_pinned_addresses,
            pins_of_each_request,
            one_connection_one_tls_name,
            the_next_address,
            no_address_answers,
            chunked_bodies,
            not_http,
            reading_stops_at_once,
            the_timeout_is_for_everything,
            the_timeout_is_for_the_handshake,
            does_not_block_the_event_loop,
        ),
    ),
    rule(no_proxy_of_the_environment, _proxies()),
)
