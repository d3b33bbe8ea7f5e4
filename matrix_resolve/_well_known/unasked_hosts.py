"""Failed well-known requests that the host did not cause. They are remembered only in this process.

If our name server does not answer, or this machine has no file descriptors left, the failure must not be shared with other workers. It must also
not be remembered for long, so that the document is requested again as soon as the problem is over. If only the name servers of the host's zone
are silent while others answer, the failure is remembered for as long as that of a failing host.
"""

from collections import OrderedDict

import attrs

from ..policy import ResolverPolicy, wait_after_failures
from .lifetimes import CurrentDelegation, FetchResult

_MAX_NAMES = 10_000  # a few hundred bytes each
_LONGEST = 32  # consecutive failures: the wait has reached its maximum by then


@attrs.frozen
class _Failure:
    """What is remembered about a host. *since* is when the first of its consecutive failures began, in event loop time."""

    failures: int
    since: float
    current: CurrentDelegation


class UnaskedHosts:
    """The failures of one event loop.

    Args:
        policy: How long they are remembered.
    """

    def __init__(self, policy: ResolverPolicy) -> None:
        self._policy = policy
        self._known: OrderedDict[str, _Failure] = OrderedDict()

    def current(self, hostname: str, *, now: float) -> CurrentDelegation | None:
        """Return what to use for *hostname* until its document is requested again, or None."""
        known = self._known.get(hostname)
        return known.current if known is not None and now < known.current.expires_at else None

    def since(self, hostname: str, began: float) -> float:
        """Return when the first consecutive failure of *hostname* began, or *began* if there is none."""
        known = self._known.get(hostname)
        return began if known is None else known.since

    def add(
        self, hostname: str, result: FetchResult, current: CurrentDelegation, *, since: float, now: float, ours: bool
    ) -> CurrentDelegation:
        """Remember a failure.

        Args:
            hostname: The host.
            result: What happened.
            current: What would be used if the host itself had failed.
            since: See `since`.
            now: The time, by `SteadyClock`.
            ours: True if this machine or its name servers caused the failure, and not the host's zone.

        Returns:
            What to use until the document is requested again.
        """
        known = self._known.pop(hostname, None)
        failures = min(_LONGEST, 1 if known is None else known.failures + 1)
        until = now + (wait_after_failures(failures, self._policy) if ours else self._wait_for_zone(failures))
        current = attrs.evolve(current, expires_at=until, refresh_at=until, reason=result.reason, degraded=True)
        self._known[hostname] = _Failure(failures, since, current)
        if len(self._known) > _MAX_NAMES:
            self._known.popitem(last=False)
        return current

    def forget(self, hostname: str) -> None:
        """Forget the failures of *hostname*, because its document was requested, or should be requested again."""
        self._known.pop(hostname, None)

    def _wait_for_zone(self, failures: int) -> float:
        return min(self._policy.well_known_retry_min * 2.0 ** (failures - 1), self._policy.well_known_retry_max)
