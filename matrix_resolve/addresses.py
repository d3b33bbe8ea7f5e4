"""From endpoints to connection targets: hosts looked up in order until enough targets are known, and the orders drawn by weight.

An SRV answer may name 128 hosts with 128 addresses each. So which targets are kept is decided before any of them is made, and an order is
drawn when somebody asks for it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any, overload

import attrs

from .errors import ResolveError
from .policy import ResolverPolicy
from .server_name import ServerName
from .srv import order_by_rfc_2782
from .target_order import without_repeats
from .values import ConnectionTarget, Endpoint, HostAddresses, Resolution

HOSTS_AT_A_TIME = 8
"""Hosts of one resolution that are looked up at the same time: 16 of the 150 questions in flight. Hardly a domain has more SRV targets."""

ORDERINGS_KEPT = 16
"""How many orders are drawn by SRV weight for one cached answer, to be handed out in turn."""

Addresses = Callable[[str], Coroutine[Any, Any, HostAddresses]]


async def look_up_hosts(
    endpoints: Sequence[Endpoint], addresses: Addresses, policy: ResolverPolicy
) -> dict[str, HostAddresses]:
    """Look up each host once, in order of priority and weight, eight at a time, until enough targets are known.

    Enough is ``max_targets``. Once the work has taken ``dns_timeout``, one is enough: silent hosts must not use up the deadline.

    Args:
        endpoints: Their hosts are DNS names and IP addresses; repeats are fine.
        addresses: Looks up one.
        policy: What is enough.

    Returns:
        What was found, by host. The first eight hosts are there in any case.

    Raises:
        ResolveError: If *addresses* raises it: the first one.
    """
    ports: dict[str, list[int]] = {}
    for endpoint in sorted(endpoints, key=lambda one: (one.priority, -one.weight)):
        ports.setdefault(endpoint.host, []).append(endpoint.port)
    if len(ports) == 1:
        (host,) = ports
        return {host: await addresses(host)}
    lookups = _HostLookups(ports, addresses, policy)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(HOSTS_AT_A_TIME, len(ports))):
                group.create_task(lookups.work())
    except ExceptionGroup as errors:
        raise next((error for error in errors.exceptions if isinstance(error, ResolveError)), errors) from None
    return {host: lookups.found[host] for host in ports if host in lookups.found}


class _HostLookups:
    """The hosts that are left to be looked up, and what was found; several tasks work on it."""

    def __init__(self, ports: Mapping[str, Sequence[int]], addresses: Addresses, policy: ResolverPolicy) -> None:
        self.found: dict[str, HostAddresses] = {}
        self._ports = ports
        self._left = iter(ports)
        self._addresses = addresses
        self._enough = policy.max_targets
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + policy.dns_timeout
        self._known: set[tuple[str, int]] = set()

    async def work(self) -> None:
        """Look up one host after the other until enough is known: one at least, unless none is left."""
        for host in self._left:
            self.found[host] = found = await self._addresses(host)
            self._count(host, found)
            if self._is_enough():
                return
            await asyncio.sleep(
                0
            )  # an answer that is known needs no waiting, and a thousand addresses take a while to judge

    def _count(self, host: str, found: HostAddresses) -> None:
        for ip in found.ips:
            for port in self._ports[host]:
                if len(self._known) >= self._enough:
                    return
                self._known.add((ip, port))

    def _is_enough(self) -> bool:
        return len(self._known) >= self._enough or (bool(self._known) and self._loop.time() >= self._until)


@attrs.frozen
class KeptRecord:
    """An SRV record, or what stands for one in steps without SRV, with those of its targets that are kept.

    Attributes:
        priority: Lowest is tried first.
        weight: Share within a priority.
        targets: In the order of its host's addresses; never empty.
    """

    priority: int
    weight: int
    targets: tuple[ConnectionTarget, ...]


@attrs.frozen
class KeptTargets:
    """The targets that a resolution uses.

    Attributes:
        records: With their targets, in the order of the answer.
        left_out: How many further targets are known; addresses that several hosts share count for each.
    """

    records: tuple[KeptRecord, ...]
    left_out: int = 0


def keep_targets(
    endpoints: Sequence[Endpoint], found: Mapping[str, HostAddresses], followed: ServerName, *, at_most: int
) -> KeptTargets:
    """Choose the targets that are kept, and make these alone.

    They are chosen by priority; within one, first an address of each record, then one of the other family of each, then the rest in turn.

    Args:
        endpoints: Hosts and ports with priorities and weights.
        found: The addresses of the hosts that were looked up.
        followed: The name that gives Host and TLS name.
        at_most: How many addresses with ports are kept.
    """
    ips = [found[endpoint.host].ips if endpoint.host in found else () for endpoint in endpoints]
    chosen, left_out = ips, 0
    if sum(map(len, ips)) > at_most:
        chosen, is_cut = _choose(endpoints, ips, at_most)
        left_out = _count_left_out(endpoints, ips, chosen) if is_cut else 0
    make = _maker(followed)
    records = (
        KeptRecord(endpoint.priority, endpoint.weight, tuple(make(endpoint, ip) for ip in kept))
        for endpoint, kept in zip(endpoints, chosen, strict=True)
        if kept
    )
    return KeptTargets(tuple(records), left_out)


def _choose(
    endpoints: Sequence[Endpoint], ips: Sequence[tuple[str, ...]], at_most: int
) -> tuple[list[tuple[str, ...]], bool]:
    """Choose addresses for each endpoint, *at_most* different ones with their ports in all; and say whether there are more.

    What an earlier priority has is not kept again. What a record of the same priority has is kept again, because either record may be drawn
    first, but only *at_most* times.
    """
    kept: dict[tuple[str, int], int] = {}
    chosen: list[set[str]] = [set() for _ in endpoints]
    repeats = 0
    for index, ip in _by_preference(endpoints, ips):
        priority, place = endpoints[index].priority, (ip, endpoints[index].port)
        if place not in kept:
            if len(kept) == at_most:
                return _in_order(ips, chosen), True
            kept[place] = priority
        elif kept[place] == priority and repeats < at_most:
            repeats += 1
        else:
            continue
        chosen[index].add(ip)
    return _in_order(ips, chosen), False


def _by_preference(endpoints: Sequence[Endpoint], ips: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, str]]:
    """Give the index of an endpoint with an address of it, the ones to keep first."""
    by_priority = sorted(range(len(endpoints)), key=lambda index: endpoints[index].priority)
    for _, group in groupby(by_priority, key=lambda index: endpoints[index].priority):
        yield from _in_turn([index for index in group if ips[index]], ips)


def _in_turn(indices: Sequence[int], ips: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, str]]:
    """Give the first address of each record, then one of the other family of each, then the others, one of each at a time."""
    yield from ((index, ips[index][0]) for index in indices)
    others = {index: _of_other_family(ips[index]) for index in indices}
    yield from ((index, ip) for index, ip in others.items() if ip is not None)
    rest = {index: [ip for ip in ips[index][1:] if ip != others[index]] for index in indices}
    for position in range(max(map(len, rest.values()), default=0)):
        yield from ((index, each[position]) for index, each in rest.items() if position < len(each))


def _of_other_family(ips: Sequence[str]) -> str | None:
    return next((ip for ip in ips if (":" in ip) != (":" in ips[0])), None)


def _in_order(ips: Sequence[tuple[str, ...]], chosen: Sequence[set[str]]) -> list[tuple[str, ...]]:
    return [tuple(ip for ip in each if ip in kept) if kept else () for each, kept in zip(ips, chosen, strict=True)]


def _count_left_out(
    endpoints: Sequence[Endpoint], ips: Sequence[tuple[str, ...]], chosen: Sequence[tuple[str, ...]]
) -> int:
    """Count without a look at each: there may be 16,384."""
    known = {(endpoint.host, endpoint.port): len(each) for endpoint, each in zip(endpoints, ips, strict=True)}
    kept = {(endpoint.host, endpoint.port, ip) for endpoint, each in zip(endpoints, chosen, strict=True) for ip in each}
    return sum(known.values()) - len(kept)


def _maker(followed: ServerName) -> Callable[[Endpoint, str], ConnectionTarget]:
    host_header, tls_server_name = str(followed), followed.tls_server_name
    # the same text is the same object in all targets of all remembered names
    names = {tls_server_name: tls_server_name}

    def make(endpoint: Endpoint, ip: str) -> ConnectionTarget:
        return ConnectionTarget(
            ip=ip,
            port=endpoint.port,
            host_header=host_header,
            tls_server_name=tls_server_name,
            priority=endpoint.priority,
            dns_name=None if endpoint.host == ip else names.setdefault(endpoint.host, endpoint.host),
        )

    return make


def draw_targets(records: Sequence[KeptRecord], random: Callable[[], float]) -> tuple[ConnectionTarget, ...]:
    """Draw one order of targets.

    Args:
        records: What was kept.
        random: Gives floats from 0 up to, but not including, 1.

    Returns:
        The targets: by priority, then as drawn, then in the order of each host's addresses; each address and port once.
    """
    return without_repeats(chain.from_iterable(record.targets for record in order_by_rfc_2782(records, random)))


class Orderings(Sequence[Resolution]):
    """Resolutions that differ in the order drawn by SRV weight. Each is drawn when it is first asked for, and then kept.

    Args:
        first: The first of them.
        records: What they are drawn from.
        random: Gives floats from 0 up to, but not including, 1.
    """

    __slots__ = ("_drawn", "_random", "_records")

    def __init__(self, first: Resolution, records: tuple[KeptRecord, ...], random: Callable[[], float]) -> None:
        self._drawn = [first]
        self._records = records
        self._random = random

    def __len__(self) -> int:
        return ORDERINGS_KEPT

    @overload
    def __getitem__(self, index: int) -> Resolution: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Resolution, ...]: ...

    def __getitem__(self, index: int | slice) -> Resolution | tuple[Resolution, ...]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(ORDERINGS_KEPT)))
        position = range(ORDERINGS_KEPT)[index]
        while len(self._drawn) <= position:
            targets = draw_targets(self._records, self._random)
            self._drawn.append(attrs.evolve(self._drawn[0], targets=targets))
        return self._drawn[position]
