"""Broken names, addresses and SRV records."""

import math

from matrix_resolve import RecordType, ResolverPolicy
from matrix_resolve.testing import LoopbackFederation, Reply
from matrix_resolve.testing.loopback.zone import Failure

from .broken_deployments import (
    ERROR,
    IMPATIENT,
    NAME,
    QUICK,
    V4,
    V6,
    WELL_KNOWN,
    Build,
    Row,
    by_srv,
    delegated,
    everybody,
    homeserver,
    html,
    nobody,
    some,
    unknown,
)

_SRV = f"_matrix-fed._tcp.{NAME}"
_DEPRECATED = f"_matrix._tcp.{NAME}"


def _nothing(_: LoopbackFederation) -> None:
    """Set nothing up."""


def _at(*addresses: str) -> Build:
    return lambda federation: homeserver(federation, addresses=list(addresses))


def _dns_fails(*kinds: RecordType, how: Failure = "SERVFAIL", name: str = NAME) -> Build:
    def build(federation: LoopbackFederation) -> None:
        homeserver(federation)
        for kind in kinds:
            federation.zone.fail(name, kind, how)

    return build


def _srv(*records: str, name: str = _SRV) -> Build:
    def build(federation: LoopbackFederation) -> None:
        homeserver(federation, "node.example", port=8443, names=[NAME])
        federation.zone.srv(name, *records)

    return build


def _srv_spare_private(federation: LoopbackFederation) -> None:
    by_srv(federation)
    federation.srv(NAME, "spare.example", 8443, priority=20)
    federation.zone.a("spare.example", "10.0.0.7")


def _srv_to_alias(federation: LoopbackFederation) -> None:
    homeserver(federation, "node.example", port=8443, names=[NAME])
    federation.zone.cname("alias.example", "node.example")
    federation.zone.srv(_SRV, "10 0 8443 alias.example")


def _srv_differ(federation: LoopbackFederation) -> None:
    by_srv(federation)
    homeserver(federation, "old.example", names=[NAME])
    federation.srv(NAME, "old.example", 8448, deprecated=True)


def _srv_unused(federation: LoopbackFederation) -> None:
    delegated(federation)
    federation.srv(NAME, "hs.example", 443)


def _delegated_srv_fails(federation: LoopbackFederation) -> None:
    federation.well_known(NAME, "hs.example")
    homeserver(federation, "hs.example")
    federation.zone.fail("_matrix-fed._tcp.hs.example", "SRV", "SERVFAIL")


def _delegated_to_private(federation: LoopbackFederation) -> None:
    federation.well_known(NAME, "hs.example:443")
    homeserver(federation, "hs.example", port=443, addresses=["192.168.1.5"])


def _delegated_to_ipv6(federation: LoopbackFederation) -> None:
    federation.well_known(NAME, "hs.example:443")
    homeserver(federation, "hs.example", port=443, addresses=[V6])


def _delegated_dns_fails(federation: LoopbackFederation) -> None:
    delegated(federation)
    for kind in ("A", "AAAA"):
        federation.zone.fail("hs.example", kind, "SERVFAIL")


def _both_srv_fail(federation: LoopbackFederation) -> None:
    _dns_fails("SRV", name=_SRV)(federation)
    _dns_fails("SRV", name=_DEPRECATED)(federation)


def _srv_of_target(federation: LoopbackFederation) -> None:
    """Publish only the old SRV name. It leads to a machine with a certificate for its own name."""
    homeserver(federation, "node.example", port=8443, names=["node.example"])
    federation.zone.srv(_DEPRECATED, "10 0 8443 node.example")


def _many_srv(federation: LoopbackFederation) -> None:
    by_srv(federation)
    for number in range(2):
        federation.srv(NAME, f"spare{number}.example", 8443, priority=20)


def _slow(federation: LoopbackFederation) -> None:
    """Never answer the first well-known request, which comes from the resolver."""
    homeserver(federation)
    federation.server(NAME, port=443).reply(WELL_KNOWN, Reply(delay=math.inf), Reply(status=404))


def _overridden(federation: LoopbackFederation) -> None:
    """Break the well-known document, and publish SRV records for a host without addresses."""
    homeserver(federation)
    federation.server(NAME, port=443).reply(WELL_KNOWN, html())
    federation.srv(NAME, "gone.example", 8443)


def _delegated_to(name: str) -> Build:
    return lambda federation: federation.well_known(NAME, name)


def _many_addresses(federation: LoopbackFederation) -> None:
    homeserver(federation, name=f"{NAME}:8448", addresses=[f"198.51.100.{number}" for number in range(1, 23)])


ROWS: dict[str, Row] = {
    "user ID": nobody("invalid-name", _nothing, '"a.example"', name="@me:a.example"),
    "URL": nobody("invalid-name", _nothing, '"a.example"', name="https://a.example"),
    "two names in one": nobody("invalid-name", _nothing, "Check each name separately", name="a.example,b.example"),
    "port too large": nobody("invalid-name", _nothing, "example.com", name="a.example:99999", cause="65535"),
    "label too long": nobody("invalid-name", _nothing, "example.com", name=f"{'x' * 64}.example", cause="63"),
    "Unicode": nobody("invalid-name", _nothing, '"xn--mller-kva.example"', name="müller.example"),
    "onion": nobody("zone-refused", _nothing, "x.onion", name="x.onion"),
    "delegated to onion": nobody("zone-refused", _delegated_to("x.onion"), "a.example", "x.onion", cause="x.onion"),
    "no such name": nobody("no-address", _nothing, "A and AAAA records for a.example"),
    "no address": nobody("no-address", lambda federation: federation.zone.a(NAME), "A and AAAA records for a.example"),
    "delegated to a name without address": nobody(
        "no-address", _delegated_to("hs.example:443"), "A and AAAA records for hs.example", cause="hs.example"
    ),
    "explicit port, no address": nobody(
        "no-address", _nothing, "A and AAAA records for a.example.", name="a.example:8448"
    ),
    "private address": nobody(
        "address-private", _at("10.0.0.7"), "10.0.0.7", "--nameserver", cause="10.0.0.7 a.example"
    ),
    "private IPv6 address": nobody("address-private", _at("fd00::7"), "fd00::7"),
    "private IP literal": nobody("address-private", _nothing, "10.0.0.7", name="10.0.0.7"),
    "delegated to a private address": nobody(
        "address-private", _delegated_to_private, "192.168.1.5", cause="hs.example"
    ),
    "one private address of two": everybody(
        "address-private-some", _at(V4, "10.0.0.7"), "10.0.0.7", "a.example", cause="10.0.0.7"
    ),
    "three private addresses of four": everybody(
        "address-private-some", _at(V4, "10.0.0.7", "10.0.0.8", "fd00::7"), "10.0.0.7, 10.0.0.8", "fd00::7"
    ),
    "DNS of the delegated name fails": nobody(
        "dns-failed", _delegated_dns_fails, "name servers of hs.example", cause="hs.example"
    ),
    "no end in time": nobody(
        "resolution-timeout", _slow, "a.example", options={"policy": ResolverPolicy(deadline=QUICK)}, cause="within"
    ),
    "DNS fails": nobody("dns-failed", _dns_fails("A", "AAAA"), "name servers of a.example", cause="SERVFAIL"),
    "no DNS here": unknown(
        "no-dns-here", homeserver, "--nameserver", options={"nameservers": ["127.0.0.1:1"], "policy": IMPATIENT}
    ),
    "DNS silent": nobody(
        "dns-failed",
        _dns_fails("A", "AAAA", how="silence"),
        "name servers of a.example",
        options={"policy": IMPATIENT},
    ),
    "AAAA question fails": everybody(
        "address-question-failed", _dns_fails("AAAA"), "name servers of a.example", cause="AAAA"
    ),
    "A question fails": some(
        "address-question-failed", _dns_fails("A"), "name servers of a.example", cause="A", severity=ERROR
    ),
    "SRV question fails": some(
        "srv-question-failed", _dns_fails("SRV", name=_SRV), "name servers of a.example", cause=_SRV
    ),
    "SRV question fails, at which this resolver would give up": some(
        "srv-question-failed",
        _dns_fails("SRV", name=_SRV),
        "name servers of a.example",
        options={"policy": ResolverPolicy(srv_failure="fail")},
    ),
    "both SRV questions fail": some(
        "srv-question-failed", _both_srv_fail, "name servers of a.example", cause=f"{_SRV} {_DEPRECATED}"
    ),
    "SRV question of the delegated name fails": some(
        "srv-question-failed",
        _delegated_srv_fails,
        "name servers of hs.example",
        cause="_matrix-fed._tcp.hs.example",
    ),
    "SRV says no": nobody("service-not-provided", _srv("0 0 0 ."), 'target "."', "a.example", cause=_SRV),
    "SRV to an IP address": nobody(
        "srv-unusable", _srv("10 0 8443 198.51.100.7"), "a.example", "hostname", cause="198.51.100.7"
    ),
    "SRV to port 0": nobody(
        "srv-unusable", _srv("10 0 0 node.example"), "a.example", "1 to 65535", cause="node.example"
    ),
    "SRV to a name without address": nobody(
        "no-address", _srv("10 0 8443 gone.example"), "records for gone.example", "SRV records of a.example"
    ),
    "SRV to a private address": nobody(
        "address-private",
        lambda federation: by_srv(federation, addresses=["10.0.0.7"]),
        "10.0.0.7",
        cause="node.example",
    ),
    "one SRV record of two to an IP address": everybody(
        "srv-record-skipped srv-in-use",
        _srv("10 0 8443 198.51.100.7", "20 0 8443 node.example"),
        _SRV,
        "hostname",
        cause="198.51.100.7",
    ),
    "one SRV target of two without address": everybody(
        "srv-target-without-address srv-in-use",
        _srv("10 0 8443 gone.example", "20 0 8443 node.example"),
        "gone.example",
    ),
    "one SRV target of two at a private address": everybody(
        "address-private-some srv-in-use",
        _srv_spare_private,
        "10.0.0.7",
        "spare.example",
        cause="spare.example 10.0.0.7",
    ),
    "SRV to an alias": everybody("srv-target-is-cname srv-in-use", _srv_to_alias, "node.example", "alias.example"),
    "SRV to an alias, which this resolver would skip": everybody(
        "srv-target-is-cname srv-in-use",
        _srv_to_alias,
        "node.example",
        "instead of alias.example",
        options={"policy": ResolverPolicy(srv_cname="skip")},
    ),
    "too many SRV records": everybody(
        "srv-record-skipped srv-in-use",
        _many_srv,
        f"fewer SRV records at {_SRV}",
        options={"policy": ResolverPolicy(max_srv_records=1)},
    ),
    "SRV under the old name to a machine with its own certificate": nobody(
        "certificate-of-srv-target", _srv_of_target, "instead of the SRV record", cause="node.example"
    ),
    "SRV records differ": everybody(
        "srv-records-differ srv-in-use", _srv_differ, _SRV, _DEPRECATED, cause=f"{_SRV} {_DEPRECATED}"
    ),
    "SRV under the old name only": everybody(
        "srv-only-deprecated", _srv("10 0 8443 node.example", name=_DEPRECATED), _SRV, cause=_DEPRECATED
    ),
    "SRV beside a delegation": everybody("srv-unused", _srv_unused, _SRV, cause="hs.example:443"),
    "IPv6 only": some("ipv6-only", _at(V6), "A record for a.example"),
    "delegated to IPv6 only": some("ipv6-only", _delegated_to_ipv6, "A record for hs.example"),
    "too many addresses": unknown(
        "targets-untried", _many_addresses, "addresses for a.example", name=f"{NAME}:8448", cause="2"
    ),
    "override, and what others would find is broken": everybody(
        "override-in-use", _overridden, "override", options={"overrides": {NAME: f"{NAME}:8448"}}
    ),
    "override": everybody("override-in-use", homeserver, "override", options={"overrides": {NAME: f"{NAME}:8448"}}),
}
"""The ways to break the names of a deployment."""
