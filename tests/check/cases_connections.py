"""Connections that are not established."""

import errno
import os
from typing import Any

from matrix_resolve import default_ssl_context
from matrix_resolve.check import AddressFamilies
from matrix_resolve.testing import LoopbackFederation, Reply
from matrix_resolve.testing.loopback.unreachable_ports import StopMode

from .broken_deployments import (
    NAME,
    OTHER_V4,
    QUICK,
    V4,
    V6,
    WARNING,
    WELL_KNOWN,
    Build,
    Row,
    by_srv,
    delegated,
    everybody,
    homeserver,
    nobody,
    some,
    unknown,
)
from .dhe_server import dhe_only
from .raw_servers import (
    HANDSHAKE_FAILURE,
    INTERNAL_ERROR,
    PLAIN_HTTP,
    PROTOCOL_VERSION,
    UNRECOGNIZED_NAME,
    alert,
    saying,
)


def _dead(death: StopMode = "refuse") -> Build:
    return lambda federation: homeserver(federation).stop(death)


def _dead_and_absent(federation: LoopbackFederation) -> None:
    federation.server(NAME, port=443)
    homeserver(federation).stop()


def _dead_delegated(federation: LoopbackFederation) -> None:
    delegated(federation).stop()


def _dead_without_port(federation: LoopbackFederation) -> None:
    federation.well_known(NAME, "hs.example")
    homeserver(federation, "hs.example", port=443)


def _dead_at(name: str, **options: Any) -> Build:
    return lambda federation: homeserver(federation, name, **options).stop()


def _dead_srv(federation: LoopbackFederation) -> None:
    by_srv(federation).stop()


def _behind_cloudflare(federation: LoopbackFederation) -> None:
    homeserver(federation).stop("drop")
    federation.server(NAME, port=443).reply(WELL_KNOWN, Reply(status=404, headers={"Server": "cloudflare"}))


def _one_dead(dead: str, alive: str, death: StopMode = "refuse") -> Build:
    """Return a deployment with two addresses, at one of which nothing answers."""

    def build(federation: LoopbackFederation) -> None:
        federation.server("dead.example", addresses=[dead]).stop(death)
        homeserver(federation, addresses=[alive])
        federation.zone.a(NAME, *(ip for ip in (dead, alive) if ":" not in ip))
        federation.zone.aaaa(NAME, *(ip for ip in (dead, alive) if ":" in ip))

    return build


def _srv_spare_dead(federation: LoopbackFederation) -> None:
    by_srv(federation)
    federation.srv(NAME, "spare.example", 8443, priority=20)
    homeserver(federation, "spare.example", port=8443, names=[NAME]).stop()


def _srv_spare_port_dead(federation: LoopbackFederation) -> None:
    by_srv(federation)
    federation.srv(NAME, "node.example", 8450, priority=20)


def _web_host_dead_over_ipv4(federation: LoopbackFederation) -> None:
    """The document delegates, but is available only over IPv6."""
    delegated(federation)
    federation.zone.aaaa(NAME, V6)
    federation.zone.a(NAME, V4)


def _too_many_files(_: str, __: int) -> tuple[str, int]:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def _override(federation: LoopbackFederation) -> None:
    homeserver(federation, addresses=[V4])


_NO_IPV6 = AddressFamilies(ipv6=False)
ROWS: dict[str, Row] = {
    "refused": nobody("port-refused", _dead(), "port 8448 of a.example", cause="8448 a.example"),
    "refused, and no well-known": nobody(
        "port-refused", _dead_and_absent, "8448", f"https://{NAME}{WELL_KNOWN}", cause="404"
    ),
    "refused where the well-known leads": nobody("port-refused", _dead_delegated, "port 443", cause="443 hs.example"),
    "well-known without a port": nobody(
        "port-refused", _dead_without_port, '{"m.server": "hs.example:443"}', cause="8448 hs.example"
    ),
    "refused where SRV leads": nobody("port-refused", _dead_srv, "port 8443", cause="8443 node.example"),
    "refused at an explicit port": nobody(
        "port-refused", _dead_at(NAME, port=8450), "port 8450", cause="8450", name=f"{NAME}:8450"
    ),
    "refused at an IP address": nobody("port-refused", _dead_at("198.51.100.7"), "8448", name="198.51.100.7"),
    "dropped": nobody("port-dropped", _dead("drop"), "port 8448", "firewall", timeout=QUICK, cause="8448 a.example"),
    "silent": nobody("port-silent", _dead("hang"), "port 8448", timeout=QUICK, cause="8448 a.example"),
    "CDN": nobody("cdn-blocks-port", _behind_cloudflare, "m.server", timeout=QUICK, cause="Cloudflare 8448 a.example"),
    "plain HTTP": nobody(
        "port-not-tls", homeserver, "a.example on port 8448", cause="8448 HTTP", front=saying(PLAIN_HTTP)
    ),
    "closed in the handshake": nobody(
        "connection-reset", homeserver, "a.example", "port 8448", cause="8448 a.example client", front=saying(b"")
    ),
    "unknown TLS name": nobody(
        "tls-name-unknown",
        homeserver,
        "a.example",
        "8448",
        cause="8448 a.example",
        front=saying(alert(UNRECOGNIZED_NAME)),
    ),
    "unknown TLS name at Go": nobody(
        "tls-name-unknown", homeserver, "a.example", "8448", cause="8448 a.example", front=saying(alert(INTERNAL_ERROR))
    ),
    "TLS 1.1": nobody(
        "tls-version", homeserver, "1.2", "port 8448", cause="8448", front=saying(alert(PROTOCOL_VERSION))
    ),
    "no common cipher": nobody(
        "tls-failed", homeserver, "port 8448", cause="8448 client", front=saying(alert(HANDSHAKE_FAILURE))
    ),
    "DHE only": nobody(
        "tls-dhe-only",
        homeserver,
        "ECDHE",
        "port 8448 of a.example",
        cause="8448 a.example DHE",
        front=dhe_only,
        options={"ssl_context": default_ssl_context()},
    ),
    "one silent address, until time is up": unknown(
        "check-cut-short",
        _one_dead(V4, OTHER_V4, "hang"),
        "more time",
        timeout=60,
        bounds={"timeout": 2 * QUICK},
    ),
    "more addresses than connections are allowed": unknown(
        "check-limit-reached",
        lambda federation: homeserver(federation, addresses=[V4, OTHER_V4]),
        "fewer addresses",
        cause="connections targets",
        bounds={"max_connections": 22},
    ),
    "no route": nobody(
        "address-unreachable",
        lambda federation: homeserver(federation, addresses=[V4]),
        "a.example",
        V4,
        cause="unreachable",
        unrouted=(V4,),
    ),
    "IPv6 dead": everybody("ipv6-dead", _one_dead(V6, V4), V6, "AAAA", cause=V6),
    "IPv6 dropped": everybody("ipv6-dead", _one_dead(V6, V4, "drop"), V6, "AAAA", timeout=QUICK, cause="time"),
    "IPv4 dead": some("ipv4-dead", _one_dead(V4, V6), V4, "A record", cause=V4),
    "one IPv4 address of two dead": everybody(
        "port-refused", _one_dead(V4, OTHER_V4), V4, "8448", cause=V4, severity=WARNING
    ),
    "one IPv4 address of two dropped": everybody(
        "port-dropped", _one_dead(V4, OTHER_V4, "drop"), V4, "8448", cause=V4, severity=WARNING, timeout=QUICK
    ),
    "spare SRV target dead": everybody(
        "port-refused srv-in-use", _srv_spare_dead, "8443", "spare.example", cause="spare.example", severity=WARNING
    ),
    "IPv6 withdrawn": everybody("ipv6-dead", _one_dead(V6, V4), V6, "AAAA", cause=V6, unrouted=(V6,)),
    "no IPv6 here": everybody("checked-without-ipv6", _one_dead(V6, V4), "IPv6", unrouted=(V6,), reach=_NO_IPV6),
    "IPv6 leads nowhere here": everybody("checked-without-ipv6", _one_dead(V6, V4), "IPv6", reach=_NO_IPV6),
    "no IPv6 here, and IPv4 dead there": unknown(
        "checked-without-ipv6", _one_dead(V4, V6), "IPv6", unrouted=(V6,), reach=_NO_IPV6
    ),
    "no IPv6 here, and the web host dead over IPv4": unknown(
        "checked-without-ipv6", _web_host_dead_over_ipv4, "IPv6", unrouted=(V6,), reach=_NO_IPV6
    ),
    "no IPv4 here": everybody(
        "checked-without-ipv4", _one_dead(V4, V6), "IPv4", unrouted=(V4,), reach=AddressFamilies(ipv4=False)
    ),
    "offline here": unknown(
        "checked-offline",
        lambda federation: homeserver(federation, addresses=[V4, V6]),
        "online",
        unrouted=(V4, V6),
        reach=AddressFamilies(ipv4=False, ipv6=False),
    ),
    "too few files here": unknown(
        "checked-in-part", _override, "ulimit", cause=f"{V4} open", options={"connect_to": _too_many_files}
    ),
    "no IPv6 here, and nothing else there": unknown(
        "ipv6-only checked-without-ipv6",
        lambda federation: homeserver(federation, addresses=[V6]),
        "A record for a.example",
        unrouted=(V6,),
        reach=_NO_IPV6,
    ),
    "IP address that serves at another port": everybody(
        "port-refused srv-in-use",
        _srv_spare_port_dead,
        "SRV record of a.example that leads to node.example:8450",
        severity=WARNING,
    ),
    "override by address": everybody(
        "override-in-use",
        _override,
        "override",
        options={"overrides": {NAME: (V4, 8448)}},
    ),
    "override of a host": everybody(
        "override-in-use", _override, "override", options={"host_overrides": {NAME: V4}, "address_policy": None}
    ),
}
"""The ways to break a connection."""
