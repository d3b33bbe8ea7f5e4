"""Connections that never came about, and which of them this machine is to blame for."""

import errno

from .evidence import Evidence, Trouble

_NETWORK = {"refused", "timeout", "network", "reset"}
_NO_ROUTE = {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def is_network_trouble(trouble: Trouble | None) -> bool:
    """Say whether there was no answer at all."""
    return trouble is not None and trouble.code in _NETWORK


def is_missing_here(trouble: Trouble | None, evidence: Evidence) -> bool:
    """Say whether this machine has no way to the whole address family, so that nothing is known about the other side.

    If it had none to either, it would be offline, and the check says so of every target.
    """
    return trouble is not None and trouble.errno in _NO_ROUTE and has_no_ipv6_here(evidence)


def is_all_missing_here(evidence: Evidence) -> bool:
    """Say whether this machine has no way to any of the targets, as to a server that has IPv6 alone."""
    return bool(evidence.targets) and all(is_missing_here(probe.trouble, evidence) for probe in evidence.targets)


def has_no_ipv6_here(evidence: Evidence) -> bool:
    """Say whether every connection over IPv6 failed for want of a route, and not those over IPv4, too."""
    by_family: dict[bool, list[bool]] = {True: [], False: []}
    for ip, trouble in [
        *((probe.last_ip, probe.trouble) for probe in evidence.well_knowns),
        *((probe.target.ip, probe.trouble) for probe in evidence.targets),
    ]:
        by_family[":" in ip].append(trouble is not None and trouble.errno in _NO_ROUTE)
    return bool(by_family[True]) and all(by_family[True]) and not (by_family[False] and all(by_family[False]))
