"""Recognise connections that were never established, and those that failed because of this machine."""

import errno

from ...models import Step
from ..evidence import Evidence, TargetProbe, WellKnownProbe
from ..exchanges import ConnectionProblem

_NETWORK = {"refused", "timeout", "network", "reset"}
_OWN = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}


def is_network_trouble(trouble: ConnectionProblem | None) -> bool:
    """Return whether there was no reply at all."""
    return trouble is not None and trouble.code in _NETWORK


def exhaustion(probe: TargetProbe | WellKnownProbe) -> ConnectionProblem | None:
    """Return the error that shows that this machine ran out of files, memory or ports; None otherwise."""
    exchanges = probe.exchanges if isinstance(probe, WellKnownProbe) else (probe.version, probe.keys)
    troubles = [probe.trouble, *(exchange.trouble for exchange in exchanges if exchange is not None)]
    return next((trouble for trouble in troubles if trouble is not None and trouble.errno in _OWN), None)


def is_out_of_reach(probe: TargetProbe | WellKnownProbe, evidence: Evidence) -> bool:
    """Return whether nothing answered at an address whose family this machine does not have."""
    is_there = evidence.reach.ipv6 if ":" in ip_of(probe) else evidence.reach.ipv4
    return is_network_trouble(probe.trouble) and not is_there


def is_missing_here(probe: TargetProbe | WellKnownProbe, evidence: Evidence) -> bool:
    """Return whether the failure comes from this machine, so nothing is known about the other side."""
    return is_out_of_reach(probe, evidence) or exhaustion(probe) is not None


def is_unknown(evidence: Evidence) -> bool:
    """Return whether other servers may be able to connect although this machine could not, because not every place was checked."""
    targets = any(is_missing_here(probe, evidence) for probe in evidence.targets)
    return targets or not evidence.is_complete or is_way_unknown(evidence) or evidence.is_dns_missing_here


def is_way_unknown(evidence: Evidence) -> bool:
    """Return whether the well-known document may delegate at an address that this machine could not reach."""
    was_told = any(probe.outcome in {"delegated", "absent"} for probe in evidence.well_knowns)
    return not was_told and any(is_missing_here(probe, evidence) for probe in evidence.well_knowns)


def is_on_wrong_way(evidence: Evidence) -> bool:
    """Return whether nothing answers on the default port, and it is unknown whether other servers connect there at all."""
    is_default = evidence.resolution is not None and evidence.resolution.step is Step.DEFAULT_PORT
    return (
        is_default and is_way_unknown(evidence) and all(is_network_trouble(probe.trouble) for probe in evidence.targets)
    )


def ip_of(probe: TargetProbe | WellKnownProbe) -> str:
    """Return the address of a probe."""
    return probe.last_ip if isinstance(probe, WellKnownProbe) else probe.target.ip
