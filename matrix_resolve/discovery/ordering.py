"""The order of the addresses of one host, and of targets after some have failed.

The order depends only on the answers: no address is probed. Source: RFC 8305, section 4 (alternating families).
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain, zip_longest

from ..models import ConnectionTarget


def alternate_by_rfc_8305(families: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the addresses alternating between families, beginning with the first family. Each address occurs once.

    Args:
        families: The addresses of each family, in the order of their answers.
    """
    rows = zip_longest(*families)
    return tuple(dict.fromkeys(address for address in chain.from_iterable(rows) if address is not None))


def without_repeats(targets: Iterable[ConnectionTarget]) -> tuple[ConnectionTarget, ...]:
    """Return only the first target for each address and port."""
    kept: dict[tuple[str, int], ConnectionTarget] = {}
    for target in targets:
        kept.setdefault((target.ip, target.port), target)
    return tuple(kept.values())


def failed_last(
    targets: Sequence[ConnectionTarget], failed: Collection[ConnectionTarget]
) -> tuple[ConnectionTarget, ...]:
    """Return the targets with those in *failed* at the end of their priority. Otherwise the order stays the same."""
    return tuple(sorted(targets, key=lambda target: (target.priority, target in failed)))
