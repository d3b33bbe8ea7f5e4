"""What went wrong at one place, and the finding for all places at which the same went wrong."""

from collections.abc import Callable, Iterable, Iterator

import attrs

from .findings import found
from .report import Finding


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


def tell(
    stories: Iterable[tuple[Story | None, str]], *, mild: bool | Callable[[Story], bool] = False
) -> Iterator[Finding]:
    """Give one finding for each story, with the places as its evidence.

    Args:
        stories: Stories with a line about the place; None where nothing is wrong.
        mild: True if others reach the server all the same; or a function that says so of a story.
    """
    places: dict[Story, list[str]] = {}
    for story, place in stories:
        if story is not None:
            places.setdefault(story, []).append(place)
    for story, where in places.items():
        is_mild = mild(story) if callable(mild) else mild
        yield found(story.code, story.cause, story.repair, where, mild=is_mild)
