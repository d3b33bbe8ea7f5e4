"""Targets that could not be connected to lately, and the names whose answers lead to an address.

A hit must not look at targets, and a failure must not look at all names. So a failure drops the prepared answers of the names at its address
alone, which an index finds. All of it is bounded: names and addresses come from strangers.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from .counters import Counters
from .policy import ResolverPolicy
from .values import ConnectionTarget

During = Literal["tcp", "tls"]
"""What connecting to a target failed in."""

MAX_NAMES_AT_ADDRESS = 1_000
"""Names that are found through one address: what a failure there has to touch at most. Large hosts serve more names at one address."""

MAX_ADDRESSES_OF_NAME = 8
"""Addresses through which one name is found. Servers have one or two; a stranger's name may have hundreds, each with a place in memory."""


class FailedTargets:
    """Places that failed, each for ``failed_target_time``; the one reported longest ago goes first.

    What failed in TCP failed for everybody. What failed in TLS counts for its TLS name alone: anybody can publish the addresses of another
    server, where the handshake for his own name then fails.

    Args:
        policy: Its ``failed_target_time`` and ``max_failed_targets``.
        counters: Count what is forgotten before its time.
    """

    def __init__(self, policy: ResolverPolicy, counters: Counters) -> None:
        # Ordered: looking for the first key of a dict steps over every key that was deleted before it.
        self._until: OrderedDict[tuple[str, int, str | None], float] = OrderedDict()
        self._policy = policy
        self._counters = counters

    def __len__(self) -> int:
        return len(self._until)

    def add(self, target: ConnectionTarget, during: During, *, now: float) -> None:
        """Remember that *target* failed.

        Raises:
            ValueError: If *during* is neither.
        """
        if during not in get_args(During):
            raise ValueError(f'during is {during!r}; it is "tcp" or "tls"')
        for _ in range(
            2
        ):  # more than are added, so that those whose time is over go; few, so that it takes constant time
            if self._until and next(iter(self._until.values())) <= now:
                self._until.popitem(last=False)
        place = (target.ip, target.port, None if during == "tcp" else target.tls_server_name)
        self._until[place] = now + self._policy.failed_target_time
        self._until.move_to_end(place)
        if len(self._until) > self._policy.max_failed_targets:
            self._until.popitem(last=False)
            self._counters.cut["failed-targets-cut"] += 1

    def until(self, target: ConnectionTarget, *, now: float) -> float | None:
        """Return until when *target* counts as failed, or None if it does not."""
        if not self._until:
            return None
        for_all = self._until.get((target.ip, target.port, None), now)
        until = max(for_all, self._until.get((target.ip, target.port, target.tls_server_name), now))
        return until if until > now else None


class NamesByAddress:
    """The names whose answers lead to an IP address, bounded by address and by name."""

    def __init__(self) -> None:
        self._names: dict[str, str | dict[str, None]] = {}  # most addresses have one name, for which a dict is large

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str, targets: Sequence[ConnectionTarget]) -> bool:
        """Let *name* be found through the addresses of *targets*; return False if it cannot be found through all of them."""
        added = [self._add(target.ip, name) for target in targets[:MAX_ADDRESSES_OF_NAME]]
        return all(added) and len(added) == len(targets)

    def _add(self, ip: str, name: str) -> bool:
        names = self._names.setdefault(ip, name)
        if isinstance(names, str):
            if names == name:
                return True
            names = self._names[ip] = {names: None}
        if len(names) >= MAX_NAMES_AT_ADDRESS and name not in names:
            return False
        names[name] = None
        return True

    def remove(self, name: str, targets: Sequence[ConnectionTarget]) -> None:
        """Let *name* no longer be found."""
        for target in targets[:MAX_ADDRESSES_OF_NAME]:
            names = self._names.get(target.ip)
            if isinstance(names, dict):
                names.pop(name, None)
            if names == name or not names:
                self._names.pop(target.ip, None)

    def at(self, ip: str) -> Iterable[str]:
        """Return the names at *ip*."""
        names = self._names.get(ip, ())
        return (names,) if isinstance(names, str) else names

    def clear(self) -> None:
        """Forget everything."""
        self._names.clear()
