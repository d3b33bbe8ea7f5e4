"""Evidence made by hand, for rules that are tested without a network."""

from typing import Any

import attrs

from matrix_resolve import ConnectionTarget, Resolution, ServerName, Step
from matrix_resolve.check import (
    Certificate,
    ConnectionProblem,
    DnsReply,
    Evidence,
    Finding,
    HttpExchange,
    KeyFacts,
    TargetProbe,
    Verdict,
)
from matrix_resolve.check._rules import evaluate as rules
from matrix_resolve.check._text.make_finding import make_finding

NOW = 1_800_000_000.0
DAY = 86_400.0
NAME = ServerName.parse("a.example")
REFUSED = ConnectionProblem("refused", "connection refused", "tcp", errno=111)
NO_ROUTE = ConnectionProblem("network", "network is unreachable", "tcp", errno=101)
SILENT = ConnectionProblem("timeout", "no answer in time", "tcp")


def exchange(path: str, status: int = 200, body: bytes = b"{}", **more: Any) -> HttpExchange:
    """Return an exchange with ``a.example:8448``."""
    return HttpExchange(f"https://a.example:8448{path}", "192.0.2.1", status, body=body, **more)


def target(ip: str = "192.0.2.1", *, priority: int = 0) -> ConnectionTarget:
    """Return a target of ``a.example``."""
    return ConnectionTarget(ip, 8448, "a.example", "a.example", priority, "a.example")


def certificate(*, days_left: float = 60, days: float = 90) -> Certificate:
    """Return a certificate that is valid for *days*, of which *days_left* are left."""
    end = NOW + days_left * DAY
    return Certificate(("a.example",), "CN=a.example", "CN=x", end - days * DAY, end, has_issuer_url=True, sha256="0")


def facts(**changes: Any) -> KeyFacts:
    """Return the facts of a valid key response, with changes."""
    return attrs.evolve(KeyFacts("a.example", ("ed25519:a",), ("ed25519:a 00",), NOW + DAY), **changes)


def probe(ip: str = "192.0.2.1", *, priority: int = 0, **changes: Any) -> TargetProbe:
    """Return the probe of a target that works, with changes."""
    good = TargetProbe(
        target(ip, priority=priority),
        tls_version="TLSv1.3",
        certificate=certificate(),
        version=exchange("/_matrix/federation/v1/version"),
        keys=exchange("/_matrix/key/v2/server"),
        key_facts=facts(),
    )
    return attrs.evolve(good, **changes)


def dead(ip: str = "192.0.2.1", trouble: ConnectionProblem = REFUSED) -> TargetProbe:
    """Return the probe of a target at which nothing answers."""
    return TargetProbe(target(ip), trouble)


def evidence(*probes: TargetProbe, **changes: Any) -> Evidence:
    """Return the evidence of a deployment on port 8448."""
    targets = tuple(each.target for each in probes)
    addresses = tuple(each.ip for each in targets)
    replies = (
        DnsReply("a.example", "AAAA", tuple(ip for ip in addresses if ":" in ip)),
        DnsReply("a.example", "A", tuple(ip for ip in addresses if ":" not in ip)),
    )
    resolution = Resolution(NAME, Step.DEFAULT_PORT, None, targets, NOW + DAY)
    good = Evidence(server_name=NAME, checked_at=NOW, resolution=resolution, dns=replies, targets=probes)
    return attrs.evolve(good, **changes)


def evaluate(seen: Evidence) -> tuple[Verdict, tuple[Finding, ...]]:
    """Return the verdict and the findings with their sentences."""
    for_whom, faults = rules.evaluate(seen)
    return for_whom, tuple(map(make_finding, faults))


def codes(seen: Evidence) -> list[str]:
    """Return the codes of the findings, in order."""
    return [finding.code for finding in evaluate(seen)[1]]


def verdict(seen: Evidence) -> Verdict:
    """Return the verdict."""
    return evaluate(seen)[0]
