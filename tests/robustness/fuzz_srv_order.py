"""Fuzzing of the order in which SRV records are tried."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, pairwise
from random import Random

import attrs

from matrix_resolve.backends.dns import SrvRecord
from matrix_resolve.discovery.srv import order_by_rfc_2782

from .fuzz_mutations import rarely
from .fuzz_target import Target, must

_WEIGHTS = (0, 0, 1, 1, 2, 100, 65_534, 65_535)
_DRAWS = (0.0, 5e-324, 0.25, 0.5, 1 - 2**-20, math.nextafter(1.0, 0.0))


@attrs.frozen
class Drawing:
    """Records, and the random numbers, which repeat for ever."""

    records: tuple[SrvRecord, ...]
    draws: tuple[float, ...]


def make_drawing(random: Random) -> Drawing:
    """Return records with extreme weights, and random numbers that include the extreme ones."""
    most = int(random.random() * 8) if not rarely(random, 1000) else 128
    priorities = random.choice(((0,), (0, 1), (0, 1, 65_535)))
    records = [
        SrvRecord(random.choice(priorities), random.choice(_WEIGHTS), 443, random.choice(("a", "b")))
        for _ in range(most)
    ]
    draws = [random.choice(_DRAWS) if random.random() < 0.6 else random.random() for _ in range(5)]
    return Drawing(tuple(records), tuple(draws))


def check_drawing(
    order: Callable[[Sequence[SrvRecord], Callable[[], float]], Sequence[SrvRecord]], drawing: Drawing
) -> str:
    """Check that the order is a permutation, priorities ascend, and weight 0 comes first only by a low number."""
    chance: Iterator[float] = cycle(drawing.draws)
    ordered = order(drawing.records, lambda: next(chance))
    must(Counter(ordered) == Counter(drawing.records), "the order is a permutation")
    must(all(one.priority <= two.priority for one, two in pairwise(ordered)), "priorities ascend")
    if set(drawing.draws) == {max(_DRAWS)}:
        for one, two in pairwise(ordered):
            must(
                one.priority < two.priority or one.weight or not two.weight,
                "a weight of zero comes first only by a low number",
            )
    return f"{min(len(ordered), 8)} records" if len(ordered) < 8 else "8 or more records"


SRV_ORDER = Target(make_drawing, order_by_rfc_2782, check_drawing)
