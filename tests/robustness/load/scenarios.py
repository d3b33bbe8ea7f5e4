"""The scenarios: their hostile names, and the limits for honest names."""

from collections.abc import Sequence

import attrs

from .hostile_names import HostileGroup

FLOODED = 10.0
"""Seconds for an honest name while twenty hosts send floods.

It takes a dozen iterations of the event loop, and each one may be as long as the limit for blocking the loop.
"""


@attrs.frozen(kw_only=True)
class Scenario:
    """A load.

    Attributes:
        name: A short description.
        groups: The hostile names, in the order in which they begin.
        floods: How many flooding hosts it needs.
        longest_wait: Seconds within which each honest name must be resolved.
        has_many_floods: True if several hosts send floods at the same time.
        share: Its share of the running time, relative to the others.
    """

    name: str
    groups: Sequence[HostileGroup] = ()
    floods: int = 0
    longest_wait: float = 3.0
    has_many_floods: bool = False
    share: int = 1


ALONE = Scenario(name="honest names alone")
DEAD_300 = Scenario(name="among 300 dead names", groups=(HostileGroup("dead", 300),))
DEAD_5000 = Scenario(
    name="among 5,000 dead names", groups=(HostileGroup("dead", 5_000, total=5_000),), longest_wait=5.0
)
RENEWED_5000 = Scenario(name="5,000 dead, renewed", groups=(HostileGroup("dead", 5_000),), longest_wait=5.0)
"""A new dead name starts as soon as one has ended. After `ResolverPolicy.max_queue_wait`, thousands end at the same time."""
HANGING = Scenario(name="200 hanging web hosts", groups=(HostileGroup("hanging", 200),))
SRV = Scenario(name="10 x 128 SRV records", groups=(HostileGroup("srv", 10),))
ADDRESSES = Scenario(name="20 x 128 addresses", groups=(HostileGroup("addresses", 20),))
ONE_FLOOD = Scenario(name="one flood at a time", groups=(HostileGroup("flood", 1, total=20),), floods=20)
TWENTY_FLOODS = Scenario(
    name="20 floods at a time",
    groups=(HostileGroup("flood", 20, total=20),),
    floods=20,
    longest_wait=FLOODED,
    has_many_floods=True,
)
EVERYTHING = Scenario(
    name="all of it, 100 floods",
    groups=(
        HostileGroup("flood", 20, total=100),
        HostileGroup("srv", 10),
        HostileGroup("addresses", 20),
        HostileGroup("hanging", 200),
        HostileGroup("dead", 5_000, total=5_000),
    ),
    floods=100,
    longest_wait=FLOODED,
    has_many_floods=True,
    share=3,
)
HOSTILE = (DEAD_300, DEAD_5000, RENEWED_5000, HANGING, SRV, ADDRESSES, ONE_FLOOD, TWENTY_FLOODS, EVERYTHING)
