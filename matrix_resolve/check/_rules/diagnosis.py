"""What went wrong at one place, and the finding for all places at which the same went wrong."""

from collections.abc import Iterable, Iterator

import attrs

from ..findings import Finding, found


@attrs.frozen
class Story:
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
class Sighting:
    """What was met at one place.

    Attributes:
        story: What is wrong there, or None.
        place: The address, with or without a port.
        line: What was seen there.
        is_mild: True if others reach the server all the same.
    """

    story: Story | None
    place: str
    line: str
    is_mild: bool = False


def tell(sightings: Iterable[Sighting]) -> Iterator[Finding]:
    """Give one finding for each story, with what was seen as its evidence; where other places are in order, it names the places."""
    by_story: dict[Story, list[Sighting]] = {}
    places: set[str] = set()
    for one in sightings:
        places.add(one.place)
        if one.story is not None:
            by_story.setdefault(one.story, []).append(one)
    for story, where in by_story.items():
        mild = all(one.is_mild for one in where)
        yield found(story.code, _cause(story, where, places), story.repair, [one.line for one in where], mild=mild)


def _cause(story: Story, where: list[Sighting], places: set[str]) -> str:
    there = list(dict.fromkeys(one.place for one in where))
    if len(there) == len(places):
        return story.cause
    return f"{story.cause.removesuffix('.')}; this is so at {', '.join(there)} only."
