"""The limits that must hold, and a sentence for each one that is exceeded."""

from collections.abc import Iterator

import attrs

from matrix_resolve import ResolverPolicy
from matrix_resolve._well_known.client import REQUEST_PATIENCE
from matrix_resolve.backends._aiodns.channel_set import MAX_OPEN

from .measure import LoopName, Measured
from .scenarios import Scenario

STOP = 0.05
"""CPU seconds by which the event loop may be blocked for longer than with honest names alone."""
STOP_FOR_FLOODS: dict[LoopName, float] = {"asyncio": 0.3, "uvloop": 0.5}
"""The same limit while twenty hosts send floods.

It is higher for uvloop, because one read of its transports returns more data.
"""
_MIB = 1 << 20
MEMORY = 256 * _MIB
"""Bytes by which the resident memory may grow.

While web hosts are silent, 750 requests are in flight, and asyncio has a buffer of 256 KiB for each TLS connection: 188
MiB. 5,000 waiting callers take 8 KiB each: 40 MiB. The rest is for the cached answers.
"""
_OWN_DESCRIPTORS = 32
"""File descriptors of the interpreter, the event loop, the DNS channel, and queries that are repeated over TCP."""


def max_descriptors(policy: ResolverPolicy) -> int:
    """Return how many file descriptors may be opened.

    A DNS query without a reply is repeated on its own socket. An HTTP request without a response releases its slot to
    another request, and may have two connections, which race.
    """
    requests = policy.max_well_known_requests * policy.well_known_timeout / REQUEST_PATIENCE
    return int(MAX_OPEN + 2 * requests) + _OWN_DESCRIPTORS


@attrs.frozen
class Limits:
    """The limits.

    Attributes:
        generosity: Multiplies the limits in seconds.
    """

    generosity: float = 1.0

    def longest_wait(self, scenario: Scenario) -> float:
        """Return the seconds within which each honest name must be resolved."""
        return scenario.longest_wait * self.generosity

    def longest_stop(self, scenario: Scenario, loop: LoopName) -> float:
        """Return the CPU seconds by which *loop* may be blocked for longer than with honest names alone."""
        return (STOP_FOR_FLOODS[loop] if scenario.has_many_floods else STOP) * self.generosity

    def missed(self, scenario: Scenario, loop: LoopName, measured: Measured, alone: Measured) -> Iterator[str]:
        """Yield a sentence for each limit that is exceeded.

        Args:
            scenario: What was run.
            loop: On which event loop.
            measured: Its results.
            alone: The results of the honest names without hostile ones.
        """
        yield from self._missed_by_names(scenario, measured)
        limit = self.longest_stop(scenario, loop)
        if measured.stop - alone.stop > limit:
            longer = measured.stop - alone.stop
            yield f"the loop was stopped for {longer:.2f} s of CPU time longer than with honest names alone; the limit is {limit:g} s"
        resources = measured.resources
        if resources.growth > MEMORY:
            yield f"memory grew by {resources.growth / _MIB:.0f} MiB; the limit is {MEMORY / _MIB:.0f} MiB"
        if resources.opened > max_descriptors(ResolverPolicy()):
            yield f"{resources.opened} descriptors were opened; the limit is {max_descriptors(ResolverPolicy())}"
        if resources.left > 0:
            yield f"{resources.left} descriptors were still open when the resolver was closed"

    def _missed_by_names(self, scenario: Scenario, measured: Measured) -> Iterator[str]:
        honest, limit = measured.honest, self.longest_wait(scenario)
        if honest.wrong:
            yield f"{len(honest.wrong)} wrong answers, the first: {honest.wrong[0]}"
        if honest.errors:
            yield f"{honest.errors.total()} honest names failed: {', '.join(honest.errors)}"
        if late := [wait for wait in honest.waits if wait > limit]:
            unresolved = f", and {honest.unresolved} of them were given up" if honest.unresolved else ""
            yield f"{len(late)} of {len(honest.waits)} honest names took longer than {limit:g} s{unresolved}"
        if not honest.waits:
            yield "no honest name was resolved"
        if scenario.floods and not measured.floods:
            yield "no host has flooded: the load is not what it should be"
