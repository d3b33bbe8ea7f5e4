"""Connections to the targets: TCP, TLS and certificates."""

from collections.abc import Iterator, Sequence

import attrs

from .certificate_stories import certificate_story, expires_soon
from .connection_stories import connection_story, unanswered
from .evidence import Evidence, TargetProbe
from .findings import found
from .report import Finding
from .serving import is_served, is_spared
from .stories import Sighting, Story, tell
from .unreachable import has_no_ipv6_here, is_missing_here, is_network_trouble


def judge_connections(evidence: Evidence) -> Iterator[Finding]:
    """Judge the connection to each target."""
    here = [probe for probe in evidence.targets if not is_missing_here(probe.trouble, evidence)]
    if has_no_ipv6_here(evidence):
        cause = "This machine has no IPv6, so nothing was found out about the IPv6 addresses."
        yield found("checked-without-ipv6", cause, "Check once more from a machine that has IPv6.")
    if evidence.untried:
        cause = f"There are {evidence.untried} more targets than a server would try; they were left alone."
        yield found("targets-untried", cause, f"Publish fewer addresses for {evidence.server_name}.")
    families = list(_dead_family(here))
    yield from families
    told = {probe.target for probe in here if families and is_network_trouble(probe.trouble)}
    left = [probe for probe in here if probe.target not in told]
    yield from tell(
        Sighting(_story(probe, evidence), probe.target.address, _line(probe), is_spared(probe, evidence))
        for probe in left
    )
    yield from tell(Sighting(expires_soon(probe, evidence), probe.target.address, _line(probe)) for probe in here)


def _story(probe: TargetProbe, evidence: Evidence) -> Story | None:
    if probe.trouble is None:
        return None
    if probe.trouble.code.startswith("certificate"):
        return certificate_story(probe, evidence)
    story = connection_story(probe, evidence)
    if not is_served(evidence) or not is_network_trouble(probe.trouble):
        return story
    ips = ", ".join(unanswered(probe.target.dns_name or probe.target.ip, evidence))
    repair = f"{story.repair.removesuffix('.')}, or remove {ips} from the DNS."
    return attrs.evolve(story, repair=repair)


def _dead_family(probes: Sequence[TargetProbe]) -> Iterator[Finding]:
    """Judge an address family at which nobody answers, while at the other one somebody does."""
    v6 = [probe for probe in probes if ":" in probe.target.ip]
    v4 = [probe for probe in probes if ":" not in probe.target.ip]
    if _is_dead(v6) and _is_alive(v4):
        ips = ", ".join(probe.target.ip for probe in v6)
        cause = f"IPv6 is dead: nobody answers at {ips}, so servers that have IPv6 lose time with every connection."
        repair = f"Let the server listen on IPv6 and open the firewall for it, or remove the AAAA record ({ips})."
        yield found("ipv6-dead", cause, repair, map(_line, v6))
    if _is_dead(v4) and _is_alive(v6):
        ips = ", ".join(probe.target.ip for probe in v4)
        cause = f"IPv4 is dead: nobody answers at {ips}, so servers without IPv6 cannot connect."
        repair = f"Let the server listen on IPv4 and forward the port to it, or correct the A record ({ips})."
        yield found("ipv4-dead", cause, repair, map(_line, v4))


def _is_dead(probes: Sequence[TargetProbe]) -> bool:
    return bool(probes) and all(is_network_trouble(probe.trouble) for probe in probes)


def _is_alive(probes: Sequence[TargetProbe]) -> bool:
    return any(not is_network_trouble(probe.trouble) for probe in probes)


def _line(probe: TargetProbe) -> str:
    """Say what was met at one target."""
    if probe.trouble is None:
        return f"{probe.target.address}: {probe.tls_version}"
    if probe.certificate is None:
        return f"{probe.target.address}: {probe.trouble.message}"
    names = ", ".join(probe.certificate.names[:5]) or "nobody"
    return f"{probe.target.address}: a certificate for {names}, from {probe.certificate.issuer}"
