"""How a DNS backend fails, and how it handles concurrent queries."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import get_args

from ...backends.dns import DnsAnswer, DnsBackend, RecordType
from .dns_testbed import DnsCheck, DnsTestbed, Failure
from .expectations import UnexpectedError, end, expect, expect_failure, gather, until
from .report import rule

_OLD, _NEW = ("192.0.2.1",), ("192.0.2.2",)
_MANY = 20
_A_WHILE = 0.3  # seconds
_LONGER = 1.0  # seconds; long enough to start five queries and cancel one
_TYPES: tuple[RecordType, ...] = get_args(RecordType)


async def _expect_records(dns: DnsBackend, name: str, wanted: tuple[str, ...], *, refresh: bool = False) -> None:
    expect((await dns.lookup(name, "A", refresh=refresh)).records, wanted, "records")


async def _failure(how: Failure, testbed: DnsTestbed, dns: DnsBackend) -> None:
    for record_type in _TYPES:
        testbed.fail("a.example", record_type, how)
        await expect_failure(dns.lookup("a.example", record_type))


_FAILURES = [
    DnsCheck(
        f"{how.lower()}-raises",
        f"For {how}, lookup raises an exception and does not return an empty answer.",
        partial(_failure, how),
        "Raise any exception. An empty answer would be trusted and cached.",
    )
    for how in get_args(Failure)
    if how != "silence"
]


async def expect_no_records(testbed: DnsTestbed, dns: DnsBackend, name: str, *, or_empty: bool) -> None:
    """Expect that a lookup raises an exception or does not end, and that the backend still answers other queries.

    Args:
        testbed: The name server.
        dns: The backend.
        name: The name to look up.
        or_empty: True if an empty answer is also correct.

    Raises:
        UnexpectedError: If the lookup returns an answer.
    """
    testbed.a("well.example", *_OLD)
    wanted = "an exception, or no result until the caller gives up"
    task = asyncio.create_task(dns.lookup(name, "A"))
    try:
        await until(lambda: task.done() or f"A {name}" in testbed.asked, f"a query for A {name} at the name server")
        await asyncio.wait({task}, timeout=_A_WHILE)
        if task.done():
            await _expect_failure_or_nothing(task, wanted, or_empty=or_empty)
    finally:
        await end(task)
    await _expect_records(dns, "well.example", _OLD)


async def _expect_failure_or_nothing(task: asyncio.Task[DnsAnswer], wanted: str, *, or_empty: bool) -> None:
    try:
        await expect_failure(task, wanted)
    except UnexpectedError:
        if not or_empty or task.exception() is not None:
            raise
        expect(task.result().records, (), "records")


async def silence(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """Without a reply, lookup raises an exception or waits until it is cancelled, and the backend stays usable."""
    testbed.fail("silent.example", "A", "silence")
    await expect_no_records(testbed, dns, "silent.example", or_empty=False)


async def usable_after_failures(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """A failed query does not prevent later ones, even for the same name."""
    testbed.fail("a.example", "AAAA", "SERVFAIL")
    testbed.a("a.example", *_OLD)
    for _ in range(3):
        await expect_failure(dns.lookup("a.example", "AAAA"))
        await _expect_records(dns, "a.example", _OLD)


async def failure_leaves_others(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """A failed query does not affect other queries in progress."""
    testbed.fail("bad.example", "A", "SERVFAIL")
    testbed.a("good.example", *_OLD)
    testbed.delay("good.example", "A", _A_WHILE)
    await gather([expect_failure(dns.lookup("bad.example", "A")), _expect_records(dns, "good.example", _OLD)])


async def refresh_is_not_cached(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """With refresh=True, the name server is queried even if a cache has an answer."""
    testbed.a("a.example", *_OLD)
    await _expect_records(dns, "a.example", _OLD)
    testbed.a("a.example", *_NEW)
    await _expect_records(dns, "a.example", _NEW, refresh=True)


async def refresh_of_nothing(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """With refresh=True, the name server is queried again for a name that did not exist."""
    await _expect_records(dns, "a.example", ())
    testbed.a("a.example", *_OLD)
    await _expect_records(dns, "a.example", _OLD, refresh=True)


async def refresh_leaves_others(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """A query with refresh=True does not affect other queries in progress."""
    for name in ("a.example", "b.example"):
        testbed.a(name, *_OLD)
    await _expect_records(dns, "a.example", _OLD)
    testbed.delay("b.example", "A", _A_WHILE)
    other = asyncio.create_task(_expect_records(dns, "b.example", _OLD))
    try:
        await until(lambda: "A b.example" in testbed.asked, "a query for A b.example at the name server")
        await _expect_records(dns, "a.example", _OLD, refresh=True)
        await other
    finally:
        await end(other)


async def each_its_own_answer(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """Concurrent queries each get their own answer."""
    for number in range(_MANY):
        testbed.a(f"n{number}.example", f"192.0.2.{number}")
    await gather(_expect_records(dns, f"n{number}.example", (f"192.0.2.{number}",)) for number in range(_MANY))


async def three_types_at_once(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """Concurrent queries for the three record types of one name each get their own answer."""
    testbed.a("a.example", *_OLD)
    testbed.aaaa("a.example", "2001:db8::1")
    testbed.srv("a.example", "0 0 1 b.example")
    answers = await gather(dns.lookup("a.example", record_type) for record_type in _TYPES)
    wanted = {"A": [_OLD[0]], "AAAA": ["2001:db8::1"], "SRV": [1]}
    expect(dict(zip(_TYPES, map(_brief, answers), strict=True)), wanted, "addresses and ports")


def _brief(answer: DnsAnswer) -> list[object]:
    return [record if isinstance(record, str) else record.port for record in answer.records]


async def cancelling_leaves_others(testbed: DnsTestbed, dns: DnsBackend) -> None:
    """A cancelled query ends, and does not affect other queries in progress."""
    names = [f"n{number}.example" for number in range(5)]
    for name in names:
        testbed.a(name, *_OLD)
        testbed.delay(name, "A", _LONGER)
    tasks = [asyncio.create_task(dns.lookup(name, "A")) for name in names]
    try:
        await until(lambda: len(set(testbed.asked)) == len(names), "five concurrent queries at the name server")
        tasks[2].cancel()
        await asyncio.wait(tasks)
    finally:
        await end(*tasks)
    if not tasks.pop(2).cancelled():
        raise UnexpectedError("an answer or another exception", "CancelledError for the query that was cancelled")
    for task in tasks:
        if task.cancelled():
            raise UnexpectedError("CancelledError", "answers to the other four queries")
        expect(task.result().records, _OLD, "records")
    await _expect_records(dns, names[2], _OLD)


BEHAVIOUR: Sequence[DnsCheck] = (
    *_FAILURES,
    *map(
        rule,
        (
            silence,
            usable_after_failures,
            failure_leaves_others,
            refresh_is_not_cached,
            refresh_of_nothing,
            refresh_leaves_others,
            each_its_own_answer,
            three_types_at_once,
            cancelling_leaves_others,
        ),
    ),
)
