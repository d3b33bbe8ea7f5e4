"""Resolves a fixed number of hostile names of each kind at a time. A new one starts when one has ended."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count

import attrs

from matrix_resolve import ResolveError, ServerNameResolver

from .names import Kind, name_of

_TOGETHER, _PAUSE = 25, 0.005
"""How many callers start together, and the seconds until the next ones start.

Starting 5,000 at once would itself block the event loop.
"""
_REST = 1.0
"""Seconds between the end of a name and its caller's next one.

Without this pause, resolutions that fail at once would be a busy loop.
"""


@attrs.frozen
class HostileGroup:
    """Hostile names of one kind.

    Attributes:
        kind: Their kind.
        at_once: How many are resolved at the same time.
        total: How many there are; None if a new one always starts when one has ended.
    """

    kind: Kind
    at_once: int
    total: int | None = None


@attrs.define
class HostileNames:
    """How many resolutions of hostile names have begun, and how many have ended."""

    begun: int = 0
    ended: int = 0

    async def resolve_each(self, resolver: ServerNameResolver, kind: Kind, numbers: Iterator[int]) -> None:
        """Resolve one name after another."""
        for number in numbers:
            self.begun += 1
            with suppress(ResolveError):
                await resolver.resolve(name_of(kind, number))
            self.ended += 1
            await asyncio.sleep(_REST)


@asynccontextmanager
async def hostile_names(resolver: ServerNameResolver, groups: Sequence[HostileGroup]) -> AsyncGenerator[HostileNames]:
    """Resolve hostile names during the block, which starts when all callers have started."""
    names, callers = HostileNames(), set[asyncio.Task[None]]()
    try:
        for group in groups:
            numbers = count() if group.total is None else iter(range(group.total))
            for number in range(group.at_once):
                callers.add(asyncio.create_task(names.resolve_each(resolver, group.kind, numbers)))
                if number % _TOGETHER == _TOGETHER - 1:
                    await asyncio.sleep(_PAUSE)
        await asyncio.sleep(0)
        yield names
    finally:
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
