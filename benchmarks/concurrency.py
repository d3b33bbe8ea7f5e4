"""Counts the queries and requests when many callers resolve one cold name at the same time."""

import asyncio

from .implementations import Resolve, library
from .names import name_of
from .table import Row
from .testbed import Counts, Testbed

_CALLS = 1_000
_LIMIT = Counts(questions=4, requests=1)


def concurrent_calls(testbed: Testbed) -> Row:
    """Return the row for a name that delegates to a host and port."""
    testbed.take_counts()
    asyncio.run(_ask(testbed))
    counts = testbed.take_counts()
    met = counts.questions <= _LIMIT.questions and counts.requests <= _LIMIT.requests
    return Row(f"{_CALLS:,} `resolve` of one cold name at the same time", _words(counts), _words(_LIMIT), met)


def _words(counts: Counts) -> str:
    return f"{counts.requests} request, {counts.questions} queries"


async def _ask(testbed: Testbed) -> None:
    async with library(testbed) as resolve:
        await asyncio.gather(*(_one(resolve) for _ in range(_CALLS)))


async def _one(resolve: Resolve) -> None:
    await resolve(name_of("step32", 0))
