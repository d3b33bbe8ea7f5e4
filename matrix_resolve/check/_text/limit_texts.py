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
"""The words for each value of `LeftOut.what`."""


def _no_dns() -> Words:
    cause = "No name server answers this machine, not even for other names, so nothing was checked."
    return (
        cause,
        "Repair the DNS of this machine, or use --nameserver with a name server that answers, and check again.",
    )


def _offline() -> Words:
    cause = "This machine has no connection to the Internet, so no address was checked."
    return cause, "Check again on a machine that is online."


def _without_family(*, family: str) -> Words:
    cause = f"This machine has no {family}, so the {family} addresses were not checked."
    return cause, f"Check again on a machine that has {family}."


def _in_part(*, messages: Sequence[str], ips: Sequence[str]) -> Words:
    cause = f"This machine could not open connections ({', '.join(messages)}), so these addresses were not checked: {', '.join(ips)}."
    return cause, "Check fewer names at once, or allow this machine more open files (ulimit -n)."


def _cut_short(*, kinds: Sequence[str], place: str) -> Words:
    cause = f"Time ran out, so these parts of the check are incomplete: {_kinds(kinds)}."
    return cause, f"Find out why {printable(place)} is slow or silent, or allow more time with --timeout."


def _limit_reached(*, server_name: str, kinds: Sequence[str], limits: Sequence[str]) -> Words:
    cause = (
        f"The check reached its limit on {' and '.join(limits)}, so these parts of it are incomplete: {_kinds(kinds)}."
    )
    repair = f"Publish fewer addresses, SRV records and redirects for {server_name}, or check the hosts behind it one by one."
    return cause, repair


def _untried(*, server_name: str, count: int) -> Words:
    were = "was" if count == 1 else "were"
    cause = f"{server_name} has more targets than other servers try; {count} of them {were} not checked."
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
