"""Certificates that are refused, or expire soon."""

from typing import Any

from matrix_resolve.testing import LoopbackFederation
from matrix_resolve.testing.loopback.certificates import CertificateKind

from .broken_deployments import (
    ERROR,
    NAME,
    OTHER_V4,
    V4,
    WARNING,
    Build,
    Row,
    by_srv,
    delegated,
    everybody,
    homeserver,
    nobody,
    some,
)
from .odd_certificates import FOR_CLIENTS, present_odd


def _presents(kind: CertificateKind) -> Build:
    return lambda federation: homeserver(federation, certificate=kind)


def _delegated_presents(kind: CertificateKind) -> Build:
    return lambda federation: delegated(federation).present(["hs.example"], kind)


def _for_the_machine(federation: LoopbackFederation) -> None:
    """The server on port 8448 has a certificate for the name to which it should delegate."""
    federation.server(NAME, port=443)
    homeserver(federation, names=["localhost", "hs.a.example"])


def _for_the_domain(federation: LoopbackFederation) -> None:
    """The delegated host has a certificate for the domain."""
    delegated(federation).present([NAME])


def _for_the_srv_target(federation: LoopbackFederation) -> None:
    by_srv(federation, names=["node.example"])


def _wildcard_too_deep(federation: LoopbackFederation) -> None:
    federation.well_known(NAME, "hs.a.example:443")
    homeserver(federation, "hs.a.example", port=443, names=["*.example"])


def _at_an_ip(federation: LoopbackFederation) -> None:
    federation.well_known(NAME, "198.51.100.7:443")
    homeserver(federation, "198.51.100.7", port=443, names=["hs.a.example"])


def _web_host_expires(federation: LoopbackFederation) -> None:
    delegated(federation)
    federation.server(NAME, port=443).present([NAME], "expiring")


def _for_clients(federation: LoopbackFederation) -> None:
    present_odd(federation, homeserver(federation), [NAME], FOR_CLIENTS)


def _at_one_address(kind: CertificateKind) -> Build:
    """Return a deployment with two addresses, one of which presents a bad certificate."""

    def build(federation: LoopbackFederation) -> None:
        homeserver(federation, addresses=[OTHER_V4])
        homeserver(federation, "other.example", addresses=[V4], names=[NAME], certificate=kind)
        federation.zone.a(NAME, V4, OTHER_V4)

    return build


def _at_one_srv_target(priority: int) -> Build:
    """Return a deployment with two SRV targets, one of which presents a bad certificate."""

    def build(federation: LoopbackFederation) -> None:
        by_srv(federation, addresses=[V4])
        federation.srv(NAME, "other.example", 8443, priority=priority)
        options: dict[str, Any] = {"port": 8443, "names": [NAME], "addresses": [OTHER_V4], "certificate": "expired"}
        homeserver(federation, "other.example", **options)

    return build


_IN_USE = "srv-in-use"
ROWS: dict[str, Row] = {
    "expired": nobody("certificate-expired", _presents("expired"), "a.example", "port 8448", cause="a.example 8448"),
    "expired where the well-known leads": nobody(
        "certificate-expired", _delegated_presents("expired"), "hs.example", "port 443", cause="hs.example"
    ),
    "not yet valid": nobody("certificate-not-yet-valid", _presents("not-yet-valid"), "clock", "8448", cause=NAME),
    "self-signed": nobody("certificate-self-signed", _presents("self-signed"), NAME, "port 8448", cause=NAME),
    "unknown authority": nobody("certificate-untrusted", _presents("unknown-issuer"), NAME, "8448", cause="trustme"),
    "no intermediate certificate": nobody(
        "certificate-chain", _presents("no-intermediate"), "fullchain.pem", "8448", cause="intermediate a.example"
    ),
    "for clients": nobody("certificate-invalid", _for_clients, NAME, "8448", cause="purpose"),
    "for another name": nobody(
        "certificate-name", _presents("wrong-name"), "8448", NAME, cause="wrong-name.invalid a.example"
    ),
    "for the name that nothing delegates to": nobody(
        "certificate-name", _for_the_machine, '{"m.server": "hs.a.example:8448"}', cause="hs.a.example a.example"
    ),
    "for the domain instead of the delegated name": nobody(
        "certificate-name", _for_the_domain, "443", "certificate for hs.example", cause="a.example hs.example"
    ),
    "wildcard too deep": nobody(
        "certificate-name", _wildcard_too_deep, "certificate for hs.a.example", cause="*.example hs.a.example"
    ),
    "for a name at an IP address": nobody(
        "certificate-name",
        _at_an_ip,
        "198.51.100.7",
        '{"m.server": "hs.a.example:443"}',
        cause="hs.a.example 198.51.100.7",
    ),
    "for the SRV target": nobody(
        "certificate-of-srv-target",
        _for_the_srv_target,
        '{"m.server": "node.example:8443"}',
        "node.example:8443",
        cause="node.example a.example",
    ),
    "expires soon where the well-known is": everybody(
        "certificate-expires-soon", _web_host_expires, NAME, "port 443", cause="a.example 443"
    ),
    "expires soon": everybody("certificate-expires-soon", _presents("expiring"), NAME, "8448", cause="4 days"),
    "expired at one address of two": some(
        "certificate-expired", _at_one_address("expired"), "8448", cause=V4, severity=ERROR
    ),
    "for another name at one address of two": some(
        "certificate-name", _at_one_address("wrong-name"), "8448", cause=V4, severity=ERROR
    ),
    "expires soon at one address of two": everybody(
        "certificate-expires-soon", _at_one_address("expiring"), "8448", cause=V4
    ),
    "expired at one SRV target of two": some(
        f"certificate-expired {_IN_USE}", _at_one_srv_target(10), "8443", cause=OTHER_V4, severity=ERROR
    ),
    "expired at the spare SRV target": everybody(
        f"certificate-expired {_IN_USE}", _at_one_srv_target(20), "8443", cause=OTHER_V4, severity=WARNING
    ),
}
"""The ways to break a certificate."""
