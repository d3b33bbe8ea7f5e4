"""Findings about what was not checked, because of this machine or a limit of the check, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..._util.escaping import printable
from .phrases import Words

KINDS: Mapping[str, str] = {
    "resolution": "the resolution",
    "target": "targets",
    "well-known": "the well-known document",
    "dns": "DNS records",
}
"""What can be left out, in words."""


def _no_dns() -> Words:
    cause = "No name server answers this machine, not even about other names, so nothing was found out."
    return cause, "Check once more when names resolve from here, or with --nameserver and one that answers."


def _offline() -> Words:
    cause = "This machine has no way to the Internet, so nothing was found out about any address."
    return cause, "Check once more from a machine that is online."


def _without_family(*, family: str) -> Words:
    cause = f"This machine has no {family}, so nothing was found out about the {family} addresses."
    return cause, f"Check once more from a machine that has {family}."


def _in_part(*, messages: Sequence[str], ips: Sequence[str]) -> Words:
    cause = f"This machine could not open connections ({', '.join(messages)}), so nothing was found out about {', '.join(ips)}."
    return cause, "Check fewer names at once, or let this machine open more files (ulimit -n)."


def _cut_short(*, kinds: Sequence[str], place: str) -> Words:
    cause = f"Time ran out before everything was checked; nothing is known about the rest ({_kinds(kinds)})."
    return (
        cause,
        f"Find out why {printable(place)} is slow or silent, or check again with more time (--timeout).",
    )


def _limit_reached(*, server_name: str, kinds: Sequence[str], limits: Sequence[str]) -> Words:
    cause = f"There is more to check than one check allows (limit on {' and '.join(limits)}); nothing is known about the rest ({_kinds(kinds)})."
    repair = f"Publish fewer addresses, SRV records and redirects for {server_name}, or check the hosts behind it one by one."
    return cause, repair


def _untried(*, server_name: str, count: int) -> Words:
    cause = f"There are {count} more targets than a server would try; they were not checked."
    return cause, f"Publish fewer addresses for {server_name}."


def _kinds(kinds: Sequence[str]) -> str:
    return ", ".join(KINDS[kind] for kind in kinds)


TEXTS: Mapping[str, Callable[..., Words]] = {
    "no-dns-here": _no_dns,
    "checked-offline": _offline,
    "checked-without-ipv4": _without_family,
    "checked-without-ipv6": _without_family,
    "checked-in-part": _in_part,
    "check-cut-short": _cut_short,
    "check-limit-reached": _limit_reached,
    "targets-untried": _untried,
}
