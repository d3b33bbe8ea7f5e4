"""SRV records: which of them can be used, and in which order to try them.

Each ordering is drawn at random, and is not stored with the records. Over many resolutions, the load is therefore distributed by weight.
Source: RFC 2782.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, islice
from typing import Protocol, TypeVar

import attrs

from .._util.escaping import FEW
from ..backends.dns import SrvRecord
from ..reasons import Reason
from ..server_name import ends_in_a_number

_ROOT = "."
_TARGET = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
_MAX_TARGET = 253
_MAX_U16 = 65535


class Weighted(Protocol):
    """Anything with an SRV priority and weight."""

    @property
    def priority(self) -> int:
        """Lowest is tried first."""
        ...

    @property
    def weight(self) -> int:
        """The relative share within a priority."""
        ...


W = TypeVar("W", bound=Weighted)


@attrs.frozen
class SrvAnswer:
    """The result of an SRV query: no record (not *found*), a service that is not *provided*, or records.

    Attributes:
        found: True if there is an SRV record, so that no later step is tried.
        provided: False if the only target is ``.``.
        records: The usable records, lowest priority first. May be empty even if *found*.
        skipped: Why records cannot be used, for the first few of them.
        unusable: How many records cannot be used.
        beyond_limit: How many usable records are not kept, because there are too many.
    """

    found: bool
    provided: bool = True
    records: tuple[SrvRecord, ...] = ()
    skipped: tuple[Reason, ...] = ()
    unusable: int = 0
    beyond_limit: int = 0


NO_RECORD = SrvAnswer(found=False)


def classify_srv_records(records: Iterable[SrvRecord], *, at_most: int) -> SrvAnswer:
    """Remove duplicates, unusable records and those beyond the limit.

    Args:
        records: The records of the answer, unchanged.
        at_most: The largest number of usable records to keep, lowest priority first.

    Returns:
        The result. Targets are in lower case, without the final dot.

    Source:
        RFC 2782, "Target" (``.``; a target is a domain name, never an address).
    """
    distinct = list(dict.fromkeys(map(_normal, records)))
    if not distinct:
        return NO_RECORD
    named = [record for record in distinct if record.target != _ROOT]
    if not named:
        return SrvAnswer(found=True, provided=False)
    problems = [(record, _problem(record)) for record in named]
    usable = sorted((record for record, problem in problems if not problem), key=lambda record: record.priority)
    skipped = (Reason.of(problem, target=record.target, port=record.port) for record, problem in problems if problem)
    return SrvAnswer(
        found=True,
        records=tuple(usable[:at_most]),
        skipped=tuple(islice(skipped, FEW)),
        unusable=len(named) - len(usable),
        beyond_limit=max(0, len(usable) - at_most),
    )


def _normal(record: SrvRecord) -> SrvRecord:
    target = record.target if record.target == ".." else record.target.removesuffix(".") or _ROOT
    # Only ASCII is lower-cased, because the lower case of the Kelvin sign is an ASCII "k".
    return attrs.evolve(record, target=target.lower() if target.isascii() else target)


def _problem(record: SrvRecord) -> str:
    """Return the code of the reason why a record cannot be used, or an empty string if it can."""
    if not _TARGET.fullmatch(record.target) or len(record.target) > _MAX_TARGET:
        return "srv-target-not-a-hostname"
    if ends_in_a_number(record.target):
        return "srv-target-is-an-address"
    return "" if 1 <= record.port <= _MAX_U16 else "srv-port-not-valid"


def order_by_rfc_2782(records: Sequence[W], random: Callable[[], float]) -> tuple[W, ...]:
    """Draw an ordering: priorities ascending, and at random by weight within a priority.

    The RFC says to draw a number from 0 to the sum of the weights, inclusive. Read literally, this prefers the first record: of two records with
    weight 1, the first one is chosen twice as often. So here, 0 is drawn only if there is a record with weight 0, to which the RFC gives a "very small
    chance".

    Args:
        records: In any order.
        random: Returns floats from 0 up to, but not including, 1.

    Returns:
        A permutation of *records*.

    Source:
        RFC 2782, "Weight".
    """
    if len(records) == 1:
        return tuple(records)
    ordered: list[W] = []
    by_priority = sorted(records, key=lambda record: record.priority)
    for _, group in groupby(by_priority, key=lambda record: record.priority):
        left = sorted(_shuffled(list(group), random), key=lambda record: record.weight > 0)
        while left:
            ordered.append(left.pop(_draw(left, random)))
    return tuple(ordered)


def _draw(records: Sequence[W], random: Callable[[], float]) -> int:
    """Return the index of the first record whose running sum of weights reaches a random number."""
    lowest = 0 if records[0].weight == 0 else 1
    total = sum(record.weight for record in records)
    number = lowest + int(random() * (total + 1 - lowest))
    running = 0
    for index, record in enumerate(records):
        running += record.weight
        if running >= number:
            return index
    return len(records) - 1


def _shuffled(records: list[W], random: Callable[[], float]) -> list[W]:
    """Shuffle *records* (Fisher-Yates), so that equal records come in random order."""
    for last in range(len(records) - 1, 0, -1):
        chosen = int(random() * (last + 1))
        records[last], records[chosen] = records[chosen], records[last]
    return records
