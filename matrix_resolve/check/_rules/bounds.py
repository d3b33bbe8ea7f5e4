"""Rules about what the check left out because it reached one of its limits."""

from collections.abc import Iterator, Sequence

from ..evidence import Evidence, LeftOut
from ..faults import Fault, Seen, diagnose, make_fault, seen


def bounds_rules(evidence: Evidence) -> Iterator[Fault]:
    """Report what was left out."""
    name = str(evidence.server_name)
    late = [one for one in evidence.left_out if one.limit == "time"]
    if late:
        yield make_fault(diagnose("check-cut-short", kinds=_kinds(late), place=late[0].place), _lines(late))
    beyond = [one for one in evidence.left_out if one.limit != "time"]
    if beyond:
        limits = tuple(dict.fromkeys(one.limit for one in beyond))
        diagnosis = diagnose("check-limit-reached", server_name=name, kinds=_kinds(beyond), limits=limits)
        yield make_fault(diagnosis, _lines(beyond))
    if evidence.untried:
        targets = evidence.resolution.targets if evidence.resolution else ()
        places = tuple(target.endpoint for target in targets[-evidence.untried :])
        lines = [seen("left-out", what="target", places=places)] if places else []
        yield make_fault(diagnose("targets-untried", server_name=name, count=evidence.untried), lines)


def _kinds(left_out: Sequence[LeftOut]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.what for one in left_out))


def _lines(left_out: Sequence[LeftOut]) -> list[Seen]:
    """Return evidence for each kind of thing that was left out, with its places."""
    by_kind: dict[str, list[str]] = {}
    for one in left_out:
        by_kind.setdefault(one.what, []).append(one.place)
    return [seen("left-out", what=kind, places=tuple(places)) for kind, places in by_kind.items()]
