"""A name whose SRV records lead to many hosts with many addresses, and helpers that count the resulting work."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import FrameType

import attrs

from matrix_resolve import DnsAnswer, RecordType, Resolution, ResolverPolicy, ServerNameResolver, SrvRecord
from matrix_resolve.reasons import Fact, Reason
from matrix_resolve.testing import FakeHttp

MOST = 128
HOSTS = [f"h{number}.example" for number in range(MOST)]
Addresses = Callable[[int], Sequence[str]]


@attrs.define
class ManyHosts:
    """A DNS backend with the same SRV records for every name, and addresses computed from a host's number.

    Attributes:
        records: The answer to each SRV query.
        v4: Returns the IPv4 addresses of a host.
        v6: Returns the IPv6 addresses of a host.
        seconds: Returns how long an answer about a host takes.
        asked: The queries, in order.
        most: The most queries that ran at the same time.
    """

    records: Sequence[SrvRecord]
    v4: Addresses
    v6: Addresses = lambda _: ()
    seconds: Callable[[int], float] = lambda _: 0.0
    asked: list[tuple[str, str]] = attrs.Factory(list[tuple[str, str]])
    most: int = 0
    _under_way: int = 0

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        del refresh
        self.asked.append((name, record_type))
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            await asyncio.sleep(self.seconds(HOSTS.index(name)) if name in HOSTS else 0)
        finally:
            self._under_way -= 1
        if record_type == "SRV":
            return DnsAnswer(tuple(self.records), 300.0, name)
        addresses = self.v4 if record_type == "A" else self.v6
        return DnsAnswer(tuple(addresses(HOSTS.index(name))) if name in HOSTS else (), 300.0, name)

    def hosts(self) -> list[str]:
        """Return the SRV targets that were queried, in order."""
        return list(dict.fromkeys(name for name, _ in self.asked if name in HOSTS))


def v4(count: int) -> Addresses:
    """Return a function that returns *count* public IPv4 addresses of a host."""
    return lambda host: [f"8.{host}.0.{last}" for last in range(count)]


def v6(count: int) -> Addresses:
    """Return a function that returns *count* public IPv6 addresses of a host."""
    return lambda host: [f"2a00:{host + 1:x}::{last + 1:x}" for last in range(count)]


def private(count: int) -> Addresses:
    """Return a function that returns *count* addresses that the address policy refuses."""
    return lambda host: [f"10.{host}.0.{last}" for last in range(count)]


def one_priority(count: int = MOST) -> list[SrvRecord]:
    """Return records for the first hosts, of equal priority and weight."""
    return [SrvRecord(10, 1, 8448, host) for host in HOSTS[:count]]


def resolver(dns: ManyHosts, policy: ResolverPolicy | None = None) -> ServerNameResolver:
    """Return a resolver that uses *dns* and finds no well-known document."""
    return ServerNameResolver(dns=dns, http=FakeHttp(), policy=policy)


def reasons(resolution: Resolution) -> dict[str, Reason]:
    """Return the reasons of the warnings by their code."""
    return {warning.code: warning.reason for warning in resolution.warnings}


def left_out(resolution: Resolution) -> dict[str, Fact]:
    """Return how many targets and hosts were left out, as the ``targets-cut`` warning has them."""
    (parts,) = [value for name, value in reasons(resolution)["targets-cut"].facts if name == "reasons"]
    assert isinstance(parts, tuple)
    return {part.code: dict(part.facts)["count"] for part in parts if isinstance(part, Reason)}


@contextmanager
def made(*kinds: type) -> Generator[Counter[type]]:
    """Count the objects of these classes that are created in the block, including short-lived ones."""
    counted: Counter[type] = Counter()
    codes = {vars(kind)["__init__"].__code__: kind for kind in kinds}

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            counted[codes[frame.f_code]] += 1

    sys.setprofile(count)
    try:
        yield counted
    finally:
        sys.setprofile(None)
