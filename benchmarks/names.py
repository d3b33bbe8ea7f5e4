"""The server names of the benchmark. The kind of a name stands in it: what the world says about ``step4-17.bench.test`` leads to step 4."""

from collections.abc import Iterator
from itertools import cycle, islice

DOMAIN = "bench.test"
STEPS = {
    "step32": "3.2",
    "step33": "3.3",
    "step34": "3.4",
    "step35": "3.5",
    "step4": "4",
    "step5": "5",
    "step6": "6",
}
COLD_MIX = ("step32", "step32", "step32", "step4", "step6")
ROOM_MIX = ("step32",) * 13 + ("step4",) * 2 + ("step6",) * 3 + ("silent", "gone")
"""65 % well-known, 10 % SRV, 15 % port 8448, 10 % dead: half of those with an address where nobody answers, half without one."""


def name_of(kind: str, number: int) -> str:
    """Give a server name of *kind*."""
    return f"{kind}-{number}.{DOMAIN}"


def names_of(kinds: tuple[str, ...], count: int, first: int = 0) -> list[str]:
    """Give *count* names whose kinds take turns."""
    return list(_names(kinds, count, first))


def _names(kinds: tuple[str, ...], count: int, first: int) -> Iterator[str]:
    for number, kind in enumerate(islice(cycle(kinds), count), first):
        yield name_of(kind, number)


def kind_of(label: str) -> str:
    """Give the kind of a name, or of the label in which it stands."""
    return label.partition("-")[0]
