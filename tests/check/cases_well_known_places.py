"""Well-known documents with a broken port, certificate, address or redirect, and valid documents that should be changed."""

from matrix_resolve import RecordType
from matrix_resolve.testing import LoopbackFederation, Reply, SeenRequest
from matrix_resolve.testing.loopback.certificates import CertificateKind
from matrix_resolve.testing.loopback.unreachable_ports import StopMode

from .broken_deployments import (
    ERROR,
    IMPATIENT,
    NAME,
    OTHER_V4,
    QUICK,
    V4,
    V6,
    WARNING,
    WELL_KNOWN,
    Build,
    Row,
    delegated,
    everybody,
    homeserver,
    html,
    nobody,
    some,
)
from .raw_servers import PLAIN_HTTP, saying

_URL = f"https://{NAME}{WELL_KNOWN}"
_GOOD = Reply.json({"m.server": "hs.example:443"})


def _delegated_with(reply: Reply) -> Build:
    """Return a deployment that delegates with a valid, but unusual response."""

    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.server(NAME, port=443).reply(WELL_KNOWN, reply)

    return build


def _redirected(federation: LoopbackFederation) -> None:
    delegated(federation)
    federation.server("www.example", port=443).reply(WELL_KNOWN, _GOOD)
    federation.server(NAME, port=443).reply(
        WELL_KNOWN, Reply(status=301, headers={"Location": f"https://www.example{WELL_KNOWN}"})
    )


def _presents(kind: CertificateKind) -> Build:
    """Return a deployment that delegates, with a bad certificate on port 443."""

    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.server(NAME, port=443, certificate=kind)

    return build


def _port_443(death: StopMode) -> Build:
    def build(federation: LoopbackFederation) -> None:
        homeserver(federation)
        federation.server(NAME, port=443).stop(death)

    return build


def _by_address(odd: Reply) -> Build:
    """Return a deployment that delegates at one address, and sends another response at the other one."""

    def answer(request: SeenRequest) -> Reply:
        return _GOOD if request.ip == V4 else odd

    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.server(NAME, port=443, addresses=[V4, OTHER_V4]).reply(WELL_KNOWN, answer)

    return build


def _stale(federation: LoopbackFederation) -> None:
    homeserver(federation, "old.example", port=443)
    _by_address(Reply.json({"m.server": "old.example:443"}))(federation)


def _one_address_dead(dead: str, death: StopMode = "refuse") -> Build:
    """Return a deployment that delegates at two addresses, at one of which nothing answers."""

    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.server("dead.example", port=443, addresses=[dead]).stop(death)
        federation.server(NAME, port=443, addresses=[V4 if dead != V4 else V6])
        federation.zone.a(NAME, V4)
        federation.zone.aaaa(NAME, V6)

    return build


def _redirected_to(*ips: str, odd: Reply = _GOOD) -> Build:
    """Return a deployment that redirects to a host with these addresses. The last one sends another response."""

    def answer(request: SeenRequest) -> Reply:
        return odd if request.ip == ips[-1] else _GOOD

    def build(federation: LoopbackFederation) -> None:
        _redirected(federation)
        federation.zone.aaaa("www.example")
        federation.zone.a("www.example")
        federation.server("www.example", port=443, addresses=list(ips)).reply(WELL_KNOWN, answer)

    return build


def _redirected_to_port(federation: LoopbackFederation) -> None:
    homeserver(federation)
    federation.server("www.example", port=8443, certificate="expired")
    federation.server(NAME, port=443).reply(
        WELL_KNOWN, Reply(status=301, headers={"Location": "https://www.example:8443/x"})
    )


def _redirected_to_failing(federation: LoopbackFederation) -> None:
    _redirected_to(V6)(federation)
    federation.zone.fail("www.example", "A", "SERVFAIL")


def _redirected_to_dead(federation: LoopbackFederation) -> None:
    _redirected_to(V4)(federation)
    federation.server("dead.example", port=443, addresses=[OTHER_V4]).stop()
    federation.zone.a("www.example", V4, OTHER_V4)


def _question_fails(family: RecordType) -> Build:
    def build(federation: LoopbackFederation) -> None:
        delegated(federation)
        federation.zone.fail(NAME, family, "SERVFAIL")

    return build


def _private_too(federation: LoopbackFederation) -> None:
    delegated(federation)
    federation.zone.a(NAME, *federation.zone.texts(NAME, "A"), "10.0.0.9")


def _all_dropped(federation: LoopbackFederation) -> None:
    homeserver(federation).stop("drop")
    federation.server(NAME, port=443).stop("drop")


def _ipv6_only(federation: LoopbackFederation) -> None:
    federation.server(NAME, port=443, addresses=[V6])
    delegated(federation)


ROWS: dict[str, Row] = {
    "certificate expired": nobody(
        "well-known-certificate",
        _presents("expired"),
        "Renew the certificate for a.example",
        "port 443",
        cause="expired",
    ),
    "certificate for another name": nobody(
        "well-known-certificate", _presents("wrong-name"), "port 443", "wrong-name.invalid", cause=_URL
    ),
    "certificate self-signed": nobody("well-known-certificate", _presents("self-signed"), "port 443"),
    "certificate of an unknown authority": nobody("well-known-certificate", _presents("unknown-issuer"), "port 443"),
    "port 443 drops": everybody(
        "well-known-timeout", _port_443("drop"), "443", "a.example", options={"policy": IMPATIENT}
    ),
    "port 443 hangs": everybody(
        "well-known-timeout", _port_443("hang"), "443", "a.example", options={"policy": IMPATIENT}
    ),
    "plain HTTP on port 443": nobody(
        "well-known-not-tls",
        lambda federation: federation.server(NAME, port=443),
        "a.example",
        "443",
        cause="443 a.example 8448",
        front=saying(PLAIN_HTTP),
        front_port=443,
    ),
    "stale at one address": some("well-known-differs", _stale, V4, OTHER_V4, WELL_KNOWN),
    "404 at one address": some("well-known-differs", _by_address(Reply(status=404)), V4, OTHER_V4),
    "web page at one address": some("well-known-html", _by_address(html()), _URL, cause=OTHER_V4),
    "502 at one address": some("well-known-server-error", _by_address(html(502)), _URL, cause=OTHER_V4),
    "one address of two dead": everybody("well-known-address-dead", _one_address_dead(V6), V6, cause="443"),
    "IPv4 address dead": some("well-known-address-dead", _one_address_dead(V4), V4, cause="IPv4", severity=ERROR),
    "delegation over IPv6 only": some("well-known-ipv6-only", _ipv6_only, "A record for a.example", cause="IPv6"),
    "redirected to a host over IPv6 only": some(
        "well-known-ipv6-only well-known-redirects", _redirected_to(V6), "A record for www.example", cause="www.example"
    ),
    "redirected to a host that is stale at one address": some(
        "well-known-differs well-known-redirects", _redirected_to(V4, OTHER_V4, odd=Reply(status=404)), V4, OTHER_V4
    ),
    "redirected to a host that is dead at one address": everybody(
        "well-known-address-dead well-known-redirects", _redirected_to_dead, OTHER_V4, cause="www.example"
    ),
    "redirected to another port with a certificate that has expired": everybody(
        "well-known-certificate",
        _redirected_to_port,
        "Renew the certificate for www.example",
        "port 8443",
        cause="www.example:8443",
        severity=WARNING,
    ),
    "A question for a host that it redirects to fails": some(
        "address-question-failed well-known-redirects",
        _redirected_to_failing,
        "servers of www.example",
        cause="www.example",
        severity=ERROR,
    ),
    "A question for the well-known host fails": some(
        "address-question-failed", _question_fails("A"), "servers of a.example", cause="A IPv6", severity=ERROR
    ),
    "AAAA question for the well-known host fails": everybody(
        "address-question-failed", _question_fails("AAAA"), "servers of a.example", cause="AAAA a.example"
    ),
    "well-known host at a private address, too": everybody(
        "address-private-some", _private_too, "10.0.0.9", cause="a.example 10.0.0.9"
    ),
    "whole machine drops": nobody(
        "port-dropped", _all_dropped, "8448", timeout=QUICK, options={"policy": IMPATIENT}, cause="8448"
    ),
    "m.server twice": everybody(
        "well-known-ambiguous",
        _delegated_with(
            Reply(
                body=b'{"m.server": "x.example", "m.server": "hs.example:443"}',
                headers={"Content-Type": "application/json"},
            )
        ),
        "m.server",
        cause=_URL,
    ),
    "octet stream": everybody(
        "well-known-content-type",
        _delegated_with(Reply(body=_GOOD.body, headers={"Content-Type": "application/octet-stream"})),
        "application/json",
        cause="application/octet-stream",
    ),
    "no content type": everybody(
        "well-known-content-type",
        _delegated_with(Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + _GOOD.body)),
        "application/json",
        cause=_URL,
    ),
    "never fresh": everybody(
        "well-known-never-fresh",
        _delegated_with(Reply.json({"m.server": "hs.example:443"}, headers={"Cache-Control": "no-store"})),
        "max-age",
        cause=_URL,
    ),
    "redirected": everybody("well-known-redirects", _redirected, _URL, cause="www.example"),
}
"""The ways to break where a well-known document comes from."""
