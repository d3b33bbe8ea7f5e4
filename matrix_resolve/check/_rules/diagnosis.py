"""What went wrong at one place, and the finding for all places at which the same went wrong."""

from collections.abc import Iterable, Iterator

import attrs

from ..findings import Finding, make_finding


@attrs.frozen
class Diagnosis:
    """A cause without its place.

    Attributes:
        code: The code of the finding.
        cause: What is wrong, in one sentence.
        repair: What to change, in one sentence.
    """

    code: str
    cause: str
    repair: str


@attrs.frozen
class Observation:
    """What was met at one place.

    Attributes:
        diagnosis: What is wrong there, or None.
        place: The address, with or without a port.
        line: What was seen there.
        is_mild: True if others reach the server all the same.
    """

    diagnosis: Diagnosis | None
    place: str
    line: str
    is_mild: bool = False


def merge_findings(observations: Iterable[Observation]) -> Iterator[Finding]:
    """Give one finding for each diagnosis, with what was seen as its evidence; where other places are in order, it names the places."""
    by_diagnosis: dict[Diagnosis, list[Observation]] = {}
    places: set[str] = set()
    for one in observations:
        places.add(one.place)
        if one.diagnosis is not None:
            by_diagnosis.setdefault(one.diagnosis, []).append(one)
    for diagnosis, where in by_diagnosis.items():
        mild = all(one.is_mild for one in where)
        yield make_finding(
            diagnosis.code, _cause(diagnosis, where, places), diagnosis.repair, [one.line for one in where], mild=mild
        )


def _cause(diagnosis: Diagnosis, where: list[Observation], places: set[str]) -> str:
    there = list(dict.fromkeys(one.place for one in where))
    if len(there) == len(places):
        return diagnosis.cause
    return f"{diagnosis.cause.removesuffix('.')}; this is so at {', '.join(there)} only."
