"""Connections that were never established, and which of them failed because of this machine."""

import errno

from ...models import Step
from ..evidence import Evidence, TargetProbe, WellKnownProbe
from ..exchanges import Trouble

_NETWORK = {"refused", "timeout", "network", "reset"}
_OWN = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}


def is_network_trouble(trouble: Trouble | None) -> bool:
    """Return whether there was no answer at all."""
    return trouble is not None and trouble.code in _NETWORK


def exhaustion(probe: TargetProbe | WellKnownProbe) -> Trouble | None:
    """Return what this machine had too little of to look at a place: files, memory, ports of its own."""
    exchanges = probe.exchanges if isinstance(probe, WellKnownProbe) else (probe.version, probe.keys)
    troubles = [probe.trouble, *(exchange.trouble for exchange in exchanges if exchange is not None)]
    return next((trouble for trouble in troubles if trouble is not None and trouble.errno in _OWN), None)


def is_out_of_reach(probe: TargetProbe | WellKnownProbe, evidence: Evidence) -> bool:
    """Return whether nobody answered at an address whose family this machine does not have."""
    is_there = evidence.reach.ipv6 if ":" in ip_of(probe) else evidence.reach.ipv4
    return is_network_trouble(probe.trouble) and not is_there


def is_missing_here(probe: TargetProbe | WellKnownProbe, evidence: Evidence) -> bool:
    """Return whether this machine is to blame, so that nothing is known about the other side."""
    return is_out_of_reach(probe, evidence) or exhaustion(probe) is not None


def is_unknown(evidence: Evidence) -> bool:
    """Return whether others may be able to connect although this machine could not, because it did not check every place."""
    targets = any(is_missing_here(probe, evidence) for probe in evidence.targets)
    return targets or not evidence.is_complete or is_way_unknown(evidence) or evidence.is_dns_missing_here


def is_way_unknown(evidence: Evidence) -> bool:
    """Return whether the well-known may delegate, and this machine could not request it where it would have said so."""
    was_told = any(probe.outcome in {"delegated", "absent"} for probe in evidence.well_knowns)
    return not was_told and any(is_missing_here(probe, evidence) for probe in evidence.well_knowns)


def is_on_wrong_way(evidence: Evidence) -> bool:
    """Return whether nobody answers where servers go by default, and this machine could not see whether they go there at all."""
    is_default = evidence.resolution is not None and evidence.resolution.step is Step.DEFAULT_PORT
    return (
        is_default and is_way_unknown(evidence) and all(is_network_trouble(probe.trouble) for probe in evidence.targets)
    )


def ip_of(probe: TargetProbe | WellKnownProbe) -> str:
    """Return the address that was looked at."""
    return probe.last_ip if isinstance(probe, WellKnownProbe) else probe.target.ip
