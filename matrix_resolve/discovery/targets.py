"""Make connection targets from endpoints and addresses: select the targets to keep, and draw SRV-weighted orderings.

An SRV answer may name 128 hosts with 128 addresses each. So the targets to keep are selected before any of them is created, and an ordering is
drawn only when it is needed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import overload

import attrs

from ..models import ConnectionTarget, Endpoint, HostAddresses, Resolution
from ..server_name import ServerName
from .ordering import without_repeats
from .srv import order_by_rfc_2782

ORDERINGS_KEPT = 16
"""SRV-weighted orderings kept for one cached answer. Successive callers get them in rotation."""


@attrs.frozen
class KeptRecord:
    """An SRV record (or its equivalent in steps without SRV) with the targets that are kept.

    Attributes:
        priority: Lowest is tried first.
        weight: The relative share within a priority.
        targets: In the order of its host's addresses; never empty.
    """

    priority: int
    weight: int
    targets: tuple[ConnectionTarget, ...]


@attrs.frozen
class KeptTargets:
    """The targets that a resolution uses.

    Attributes:
        records: The records with their targets, in the order of the answer.
        left_out: How many known targets are not kept. An address that several hosts share counts for each of them.
    """

    records: tuple[KeptRecord, ...]
    left_out: int = 0


def keep_targets(
    endpoints: Sequence[Endpoint], found: Mapping[str, HostAddresses], effective_name: ServerName, *, at_most: int
) -> KeptTargets:
    """Select the targets to keep, and create only these.

    They are selected by priority. Within a priority, each record first gets one address, then one of the other family, and then the others, one
    at a time.

    Args:
        endpoints: Hosts and ports with priorities and weights.
        found: The addresses of the hosts that were looked up.
        effective_name: The name that determines the Host header and the TLS name.
        at_most: The largest number of (address, port) pairs to keep.
    """
    ips = [found[endpoint.host].ips if endpoint.host in found else () for endpoint in endpoints]
    chosen, left_out = ips, 0
    if sum(map(len, ips)) > at_most:
        chosen, is_cut = _choose(endpoints, ips, at_most)
        left_out = _count_left_out(endpoints, ips, chosen) if is_cut else 0
    make = _maker(effective_name)
    records = (
        KeptRecord(endpoint.priority, endpoint.weight, tuple(make(endpoint, ip) for ip in kept))
        for endpoint, kept in zip(endpoints, chosen, strict=True)
        if kept
    )
    return KeptTargets(tuple(records), left_out)


def _choose(
    endpoints: Sequence[Endpoint], ips: Sequence[tuple[str, ...]], at_most: int
) -> tuple[list[tuple[str, ...]], bool]:
    """Select addresses for each endpoint, at most *at_most* different (address, port) pairs in total. Return them, and whether there are more.

    A pair of an earlier priority is not repeated. A pair of another record with the same priority is repeated, because either record may be
    drawn first, but there are at most *at_most* such repeats.
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
    """Yield pairs of an endpoint's index and one of its addresses, in the order in which they should be kept."""
    by_priority = sorted(range(len(endpoints)), key=lambda index: endpoints[index].priority)
    for _, group in groupby(by_priority, key=lambda index: endpoints[index].priority):
        yield from _in_turn([index for index in group if ips[index]], ips)


def _in_turn(indices: Sequence[int], ips: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, str]]:
    """Yield the first address of each record, then one of the other family for each record, then the remaining ones, one per record in turn."""
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
    """Return how many addresses are not kept, without iterating over all of them: there may be 16,384."""
    known = {(endpoint.host, endpoint.port): len(each) for endpoint, each in zip(endpoints, ips, strict=True)}
    kept = {(endpoint.host, endpoint.port, ip) for endpoint, each in zip(endpoints, chosen, strict=True) for ip in each}
    return sum(known.values()) - len(kept)


def _maker(effective_name: ServerName) -> Callable[[Endpoint, str], ConnectionTarget]:
    host_header, tls_server_name = str(effective_name), effective_name.tls_server_name
    # Equal names share one string object, because up to `max_cached_names` results are kept.
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
    """Draw one ordering of the targets.

    Args:
        records: The records to draw from.
        random: Returns floats from 0 up to, but not including, 1.

    Returns:
        The targets by priority, then as drawn, then in the order of each host's addresses. Each address and port occurs once.
    """
    return without_repeats(chain.from_iterable(record.targets for record in order_by_rfc_2782(records, random)))


class Orderings(Sequence[Resolution]):
    """SRV-weighted orderings of one resolution. Each is drawn when it is first needed, and then kept.

    Args:
        first: The first ordering.
        records: The records to draw from.
        random: Returns floats from 0 up to, but not including, 1.
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
