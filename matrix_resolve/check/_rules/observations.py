"""Merge observations: places with the same diagnosis become one fault."""

from collections.abc import Iterable, Iterator

import attrs

from ..faults import Diagnosis, Fault, Seen, make_fault


@attrs.frozen
class Observation:
    """What was found at one place.

    Attributes:
        diagnosis: What is wrong there, or None.
        seen: What was seen there, with the place.
        is_mild: True if other servers can reach the homeserver anyway.
    """

    diagnosis: Diagnosis | None
    seen: Seen
    is_mild: bool = False


def merge_findings(observations: Iterable[Observation]) -> Iterator[Fault]:
    """Yield one fault for each diagnosis, with its evidence. If only some places are affected, the fault names them."""
    by_diagnosis: dict[Diagnosis, list[Observation]] = {}
    places: set[str] = set()
    for one in observations:
        places.add(one.seen.place)
        if one.diagnosis is not None:
            by_diagnosis.setdefault(one.diagnosis, []).append(one)
    for diagnosis, where in by_diagnosis.items():
        there = tuple(dict.fromkeys(one.seen.place for one in where))
        only_at = there if len(there) < len(places) else ()
        mild = all(one.is_mild for one in where)
        yield make_fault(diagnosis, [one.seen for one in where], mild=mild, only_at=only_at)
