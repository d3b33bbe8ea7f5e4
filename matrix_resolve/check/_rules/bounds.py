"""Findings about what the check left out because it reached one of its limits."""

from collections.abc import Iterator, Sequence

from ..._util.escaping import printable
from ..evidence import Evidence, LeftOut
from ..findings import Finding, make_finding

_NAMED = 50
"""Places of one kind that a finding lists; the evidence has all of them."""
_LONGEST = 4_000  # characters of a line
_KINDS = {
    "resolution": "the resolution",
    "target": "targets",
    "well-known": "the well-known document",
    "dns": "DNS records",
}


def bounds_rules(evidence: Evidence) -> Iterator[Finding]:
    """Report what was left out."""
    late = [one for one in evidence.left_out if one.limit == "time"]
    if late:
        cause = f"Time ran out before everything was checked; nothing is known about the rest ({_kinds(late)})."
        repair = (
            f"Find out why {printable(late[0].place)} is slow or silent, or check again with more time (--timeout)."
        )
        yield make_finding("check-cut-short", cause, repair, _lines(late))
    beyond = [one for one in evidence.left_out if one.limit != "time"]
    if beyond:
        limits = " and ".join(dict.fromkeys(one.limit for one in beyond))
        cause = f"There is more to check than one check allows (limit on {limits}); nothing is known about the rest ({_kinds(beyond)})."
        repair = f"Publish fewer addresses, SRV records and redirects for {evidence.server_name}, or check the hosts behind it one by one."
        yield make_finding("check-limit-reached", cause, repair, _lines(beyond))
    if evidence.untried:
        targets = evidence.resolution.targets if evidence.resolution else ()
        places = [target.address for target in targets[-evidence.untried :]]
        cause = f"There are {evidence.untried} more targets than a server would try; they were not checked."
        repair = f"Publish fewer addresses for {evidence.server_name}."
        yield make_finding("targets-untried", cause, repair, [_named("targets", places)] if places else [])


def _kinds(left_out: Sequence[LeftOut]) -> str:
    return ", ".join(_KINDS[what] for what in dict.fromkeys(one.what for one in left_out))


def _lines(left_out: Sequence[LeftOut]) -> list[str]:
    """Return a line for each kind, with its places."""
    by_kind: dict[str, list[str]] = {}
    for one in left_out:
        by_kind.setdefault(one.what, []).append(one.place)
    return [_named(_KINDS[what], places) for what, places in by_kind.items()]


def _named(kind: str, places: Sequence[str]) -> str:
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return printable(f"not checked ({kind}): {', '.join(places[:_NAMED])}{more}", limit=_LONGEST)
