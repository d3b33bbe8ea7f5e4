"""Sources of many names, and a name server that replies only when a test lets it."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

import pytest

from matrix_resolve import DnsAnswer, Outcome, RecordType, ServerNameResolver
from matrix_resolve.testing import FakeHttp
from tests.spec.testbed import MAPPED_DOCUMENTATION

Names = Iterable[str] | AsyncIterable[str]


class HeldDns:
    """A DNS backend with an address for every name, which it returns when the name is released.

    Attributes:
        asked: The queried names, in order.
        held: How many queries wait now.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.held = 0
        self._gates: dict[str, asyncio.Event] = {}

    def let_go(self, *names: str) -> None:
        for name in names:
            self._gate(name).set()

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        del refresh
        if record_type != "A":
            return DnsAnswer((), 300, name)
        self.asked.append(name)
        self.held += 1
        try:
            await self._gate(name).wait()
        finally:
            self.held -= 1
        return DnsAnswer(("192.0.2.1",), 300, name)

    def _gate(self, name: str) -> asyncio.Event:
        return self._gates.setdefault(name, asyncio.Event())

    def resolver(self) -> ServerNameResolver:
        return ServerNameResolver(dns=self, http=FakeHttp(), address_policy=MAPPED_DOCUMENTATION)


class Source:
    """An iterator over names that counts them; the subclasses are a plain and an asynchronous one.

    Attributes:
        taken: How many names were taken.
        closed: How often it was closed.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = iter(names)
        self.taken = 0
        self.closed = 0

    def _next(self) -> str | None:
        name = next(self._names, None)
        self.taken += name is not None
        return name


class Plain(Source):
    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        name = self._next()
        if name is None:
            raise StopIteration
        return name


class Async(Source):
    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        await asyncio.sleep(0)
        name = self._next()
        if name is None:
            raise StopAsyncIteration
        return name

    async def aclose(self) -> None:
        self.closed += 1


BOTH = pytest.mark.parametrize("kind", [Plain, Async])
EXAMPLES = [f"{letter}.example:1" for letter in "abcdefgh"]
HOSTS = [name.removesuffix(":1") for name in EXAMPLES]


async def all_of(resolver: ServerNameResolver, names: Names, *, concurrency: int = 100) -> list[Outcome]:
    async with resolver.resolve_many(names, concurrency=concurrency) as outcomes:
        return [outcome async for outcome in outcomes]


def names_of(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.server_name for outcome in outcomes]


def check_nothing_is_left(dns: HeldDns) -> None:
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert dns.held == 0
