"""What follows from the evidence of a check, computed once: findings ask the same again for every target."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..evidence import Evidence

T = TypeVar("T")


def once(evidence: Evidence, name: str, derive: Callable[[Evidence], T]) -> T:
    """Return what *derive* finds in *evidence*; it is called once for each *name*."""
    known: dict[str, Any] = vars(evidence).setdefault(_DERIVED, {})
    if name not in known:
        known[name] = derive(evidence)
    found: T = known[name]
    return found


_DERIVED = " derived"  # in the attributes of the evidence, where no field can have this name
