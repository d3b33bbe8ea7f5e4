"""Targets to which connecting failed recently, and an index from addresses to the names that use them.

A cache hit must not check targets, and a failure must not iterate over all names. So a failure only drops the prepared answers of the names at
its address, which the index finds. The size of everything is limited, because names and addresses come from untrusted servers.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias, get_args

from .._context import StatsCounter
from ..models import ConnectionTarget
from ..policy import ResolverPolicy

FailurePhase: TypeAlias = Literal["tcp", "tls"]
"""The phase in which connecting to a target failed."""

MAX_NAMES_AT_ADDRESS = 1_000
"""Names that are indexed under one address, which limits the work after a failure there. Large hosts serve more names at one address."""

MAX_ADDRESSES_OF_NAME = 8
"""Addresses under which one name is indexed. Most servers have one or two; a hostile name may have hundreds, and each uses memory."""


class FailedTargets:
    """Targets that failed, each remembered for ``failed_target_ttl``. The one reported longest ago is removed first.

    A TCP failure counts for every name. A TLS failure counts only for its own TLS name: anybody can publish the addresses of another server,
    and then the handshake for the publisher's name fails there.

    Args:
        policy: Its ``failed_target_ttl`` and ``max_failed_targets``.
        stats: Counts the targets that are forgotten early.
    """

    def __init__(self, policy: ResolverPolicy, stats: StatsCounter) -> None:
        # OrderedDict: finding the first key of a dict scans all keys deleted before it.
        self._until: OrderedDict[tuple[str, int, str | None], float] = OrderedDict()
        self._policy = policy
        self._stats = stats

    def __len__(self) -> int:
        return len(self._until)

    def add(self, target: ConnectionTarget, during: FailurePhase, *, now: float) -> None:
        """Remember that *target* failed.

        Raises:
            ValueError: If *during* is neither ``"tcp"`` nor ``"tls"``.
        """
        if during not in get_args(FailurePhase):
            raise ValueError(f'during is {during!r}; it must be "tcp" or "tls"')
        for _ in range(2):  # two, because one is added: so expired ones are removed, and in constant time
            if self._until and next(iter(self._until.values())) <= now:
                self._until.popitem(last=False)
        place = (target.ip, target.port, None if during == "tcp" else target.tls_server_name)
        self._until[place] = now + self._policy.failed_target_ttl
        self._until.move_to_end(place)
        if len(self._until) > self._policy.max_failed_targets:
            self._until.popitem(last=False)
            self._stats.cut["failed-targets-cut"] += 1

    def until(self, target: ConnectionTarget, *, now: float) -> float | None:
        """Return the time until which *target* counts as failed, or None if it does not count as failed."""
        if not self._until:
            return None
        for_all = self._until.get((target.ip, target.port, None), now)
        until = max(for_all, self._until.get((target.ip, target.port, target.tls_server_name), now))
        return until if until > now else None


class NamesByAddress:
    """An index from IP addresses to the names whose targets have them, with a limit per address and per name."""

    def __init__(self) -> None:
        self._names: dict[str, str | dict[str, None]] = {}  # a str for a single name, because a dict needs more memory

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str, targets: Sequence[ConnectionTarget]) -> bool:
        """Index *name* under the addresses of *targets*. Return False if a limit was reached before all of them were indexed."""
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
        """Remove *name* from the index."""
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
