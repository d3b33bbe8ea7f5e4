"""The routes to a server name: its targets, grouped by the request that they expect. When all have failed, the name is resolved again."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Generic, TypeVar

import attrs

from .._util.plain_values import plain_str
from ..applied_overrides import AppliedOverride
from ..errors import ResolveError
from ..models import ConnectionTarget
from ..resolver import ServerNameResolver, connecting_of
from .errors import ConnectFailed, RouteFailed, TargetFailure, group_of

MAX_TARGETS = 20
"""The largest number of targets of one resolution that are tried, so that a domain cannot make us connect to thousands of addresses.

A name is resolved at most twice for one connection, so at most 40 targets are tried.
"""

T = TypeVar("T")


class ConnectingTime:
    """The time left for one connection, which covers all its routes and resolving the name again.

    Args:
        seconds: The total time.

    Attributes:
        left: The seconds left.
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self.left: float = seconds

    @asynccontextmanager
    async def limit(self, seconds: float | None = None) -> AsyncGenerator[asyncio.Timeout]:
        """Limit a block to the time left, or to *seconds* if that is less.

        Raises:
            TimeoutError: If the block takes longer.
        """
        loop = asyncio.get_running_loop()
        began, longest = loop.time(), min(self.left, math.inf if seconds is None else seconds)
        try:
            async with asyncio.timeout(None if longest == math.inf else longest) as limit:
                yield limit
        finally:
            self.left = max(0.0, self.left - (loop.time() - began))


@attrs.frozen
class Route:
    """Targets to which the same request can be sent.

    Attributes:
        host_header: The Host header.
        tls_server_name: The name that the certificate must be valid for.
        targets: Where to connect, in the order in which to try them.
        time: How long connecting may take.
    """

    host_header: str
    tls_server_name: str
    targets: tuple[ConnectionTarget, ...]
    time: ConnectingTime = attrs.field(factory=ConnectingTime, eq=False)

    @property
    def pool_host(self) -> str:
        """A hostname that represents the Host header and the TLS name in a client's connection pool. It cannot exist (RFC 6761, section 6.4).

        Pools identify a connection by the host in its URL. With this hostname, two servers behind one address never share a connection.
        """
        return f"{self.host_header}|{self.tls_server_name}".encode().hex() + ".invalid"


async def connect_first(resolver: ServerNameResolver, server_name: str, attempt: Callable[[Route], Awaitable[T]]) -> T:
    """Call *attempt* with each route to *server_name*, until one succeeds.

    If all targets of a cached answer have failed, the name is resolved again, once, and targets that were not tried yet are tried. Everything
    except the first resolution takes at most ``ResolverPolicy.connecting_deadline``.

    Args:
        resolver: Resolves the name.
        server_name: The Matrix server name.
        attempt: Connects along a route. If it raises `RouteFailed`, the next route is tried.

    Returns:
        What *attempt* returned.

    Raises:
        ResolveError: If the name has no targets.
        ConnectFailed: If none of them could be connected to.
    """
    resolution = await resolver.resolve(server_name)
    connecting = _Connecting(resolver, plain_str(server_name), attempt, resolution.overrides)
    found = await connecting.follow(resolution.targets)
    if found is None and any(record.cached for record in resolution.trace):
        found = await connecting.follow(await connecting.targets_resolved_again())
    if found is None:
        raise connecting.connect_failed() from connecting.cause
    return found[0]


class _Connecting(Generic[T]):
    """One call of `connect_first`: what failed, and how much time is left."""

    def __init__(
        self,
        resolver: ServerNameResolver,
        server_name: str,
        attempt: Callable[[Route], Awaitable[T]],
        overrides: Sequence[AppliedOverride],
    ) -> None:
        self._resolver, self._server_name, self._attempt = resolver, server_name, attempt
        self._time = ConnectingTime(connecting_of(resolver).deadline)
        self._overrides = overrides
        self._failures = list[TargetFailure]()
        self._not_tried = 0

    async def follow(self, targets: Sequence[ConnectionTarget]) -> tuple[T] | None:
        """Try the routes to *targets*; return the result of the one that succeeded, or None."""
        for route in _routes(targets[:MAX_TARGETS], self._failures, self._time):
            try:
                return (await self._attempt(route),)
            except RouteFailed as end:
                self._failures += end.failures
                if end.out_of_time:
                    self._count_what_is_left(targets)
                    remark = "" if self._failures else "; too many other connections were being opened"
                    raise self.connect_failed(remark, out_of_time=True) from self.cause
        self._count_what_is_left(targets)
        return None

    async def targets_resolved_again(self) -> Sequence[ConnectionTarget]:
        """Resolve the name again."""
        try:
            async with self._time.limit():
                return (await self._resolver.resolve(self._server_name, refresh=True)).targets
        except TimeoutError:
            error = self.connect_failed("; time ran out while the name was resolved again", out_of_time=True)
        except ResolveError as failure:
            error = self.connect_failed(f"; resolving the name again failed: {failure}")
            error.is_temporary, error.retry_at = failure.is_temporary, failure.retry_at  # of the next call
        raise error from self.cause

    def connect_failed(self, remark: str = "", *, out_of_time: bool = False) -> ConnectFailed:
        """Return the error that says why no target was reached."""
        if self._not_tried:
            connecting_of(self._resolver).cut["targets-not-tried"] += 1
            remark = f"; {self._not_tried} more were not tried{remark}"
        return ConnectFailed(
            self._server_name, self._failures, remark, out_of_time=out_of_time, overrides=self._overrides
        )

    @property
    def cause(self) -> "ExceptionGroup[OSError] | None":
        """The exceptions of all targets, or None if there are none."""
        return group_of(self._failures) if self._failures else None

    def _count_what_is_left(self, targets: Iterable[ConnectionTarget]) -> None:
        tried = {_key(failure.target) for failure in self._failures}
        self._not_tried = len({_key(target) for target in targets} - tried)


def _routes(
    targets: Iterable[ConnectionTarget], failures: Iterable[TargetFailure], time: ConnectingTime
) -> Iterator[Route]:
    """Yield routes of targets that expect the same request, without those that have failed."""
    tried = {_key(failure.target) for failure in failures}
    left = [target for target in targets if _key(target) not in tried]
    for (host_header, tls_server_name), group in groupby(left, lambda one: (one.host_header, one.tls_server_name)):
        yield Route(host_header, tls_server_name, tuple(group), time)


def _key(target: ConnectionTarget) -> tuple[str, int, str, str]:
    return target.ip, target.port, target.host_header, target.tls_server_name
