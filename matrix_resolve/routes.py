"""The routes to a server name: its targets, put together by what a request to them has to look like, and new ones when those have failed."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

import attrs

from .connect_errors import DeadEnd, NoTargetReached, TargetFailure, group_of
from .errors import ResolveError
from .resolver import ServerNameResolver
from .values import ConnectionTarget

MAX_TARGETS = 20
"""Targets of one answer that are tried at most, so that a domain with thousands of addresses cannot make us knock at all of them."""

T = TypeVar("T")


@attrs.frozen
class Route:
    """Targets to which one and the same request can be sent.

    Attributes:
        host_header: The Host header.
        tls_server_name: The name that the certificate must be valid for.
        targets: Where to connect, in the order in which to try.
    """

    host_header: str
    tls_server_name: str
    targets: tuple[ConnectionTarget, ...]

    @property
    def pool_host(self) -> str:
        """A hostname that stands for Host and TLS name in a client's pool of connections; nobody can have it (RFC 6761, section 6.4).

        Pools know a connection by the host of its URL, which two servers behind one address may share. By this name they cannot.
        """
        return f"{self.host_header}|{self.tls_server_name}".encode().hex() + ".invalid"


async def reach(resolver: ServerNameResolver, server_name: str, attempt: Callable[[Route], Awaitable[T]]) -> T:
    """Let *attempt* follow each route to *server_name*, until one leads there.

    When all targets of an answer known from before have failed, the name is resolved anew, once, and targets not tried yet get their turn.

    Args:
        resolver: Resolves the name.
        server_name: The Matrix server name.
        attempt: Follows a route; its `DeadEnd` lets the next one be tried, and everything else ends the matter.

    Returns:
        What *attempt* returned.

    Raises:
        ResolveError: If the name has no targets.
        NoTargetReached: If none of them could be connected to.
    """
    resolution = await resolver.resolve(server_name)
    failures = list[TargetFailure]()
    for may_ask_anew in (True, False):
        for route in _routes(resolution.targets, failures):
            try:
                return await attempt(route)
            except DeadEnd as end:
                failures += end.failures
                if end.out_of_time:
                    raise NoTargetReached(server_name, failures, out_of_time=True) from group_of(failures)
        if not may_ask_anew or not any(record.cached for record in resolution.trace):
            break
        try:
            resolution = await resolver.resolve(server_name, refresh=True)
        except ResolveError as error:
            raise NoTargetReached(server_name, failures, f"; asked anew: {error}") from group_of(failures)
    raise NoTargetReached(server_name, failures) from group_of(failures)


def _routes(targets: Sequence[ConnectionTarget], failures: Iterable[TargetFailure]) -> Iterator[Route]:
    """Put targets that expect the same request together, and leave out those that have failed."""
    tried = {_place(failure.target) for failure in failures}
    left = [target for target in targets[:MAX_TARGETS] if _place(target) not in tried]
    for (host_header, tls_server_name), group in groupby(left, lambda one: (one.host_header, one.tls_server_name)):
        yield Route(host_header, tls_server_name, tuple(group))


def _place(target: ConnectionTarget) -> tuple[str, int, str, str]:
    return target.ip, target.port, target.host_header, target.tls_server_name
