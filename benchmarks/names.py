"""The server names of the benchmark. Each name contains its kind: ``step4-17.bench.test`` is resolved in step 4."""

from collections.abc import Iterator
from itertools import count, cycle, islice

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
"""65 % well-known, 10 % SRV, 15 % port 8448, 10 % dead.

Half of the dead ones have an address that does not respond; the others have none.
"""
_HALF_GONE = ("gone", "step32", "gone", "step32", "gone", "step32", "gone", "step4", "gone", "step6")
FLAT_MIX = _HALF_GONE * 49 + (*_HALF_GONE[:-1], "unanswered")
"""Of 500 names, 250 do not exist (NXDOMAIN), and one never gets an answer from the name server."""


def name_of(kind: str, number: int) -> str:
    """Return a server name of *kind*."""
    return f"{kind}-{number}.{DOMAIN}"


def names_of(kinds: tuple[str, ...], number: int, first: int = 0) -> list[str]:
    """Return *number* names, whose kinds repeat *kinds*."""
    return list(islice(all_names(kinds, first), number))


def all_names(kinds: tuple[str, ...], first: int = 0) -> Iterator[str]:
    """Yield names like `names_of`, endlessly, without keeping them in memory."""
    return map(name_of, cycle(kinds), count(first))


def kind_of(label: str) -> str:
    """Return the kind of a name, or of its first label."""
    return label.partition("-")[0]
