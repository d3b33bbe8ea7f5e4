"""Resolving many names: how the stream ends, and that nothing is left."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from matrix_resolve import Outcome, OutcomeStream, Resolution, ServerNameResolver, ServerNotFound
from tests._support.many_names import (
    BOTH,
    EXAMPLES,
    HOSTS,
    Async,
    HeldDns,
    Names,
    Plain,
    Source,
    all_of,
    check_nothing_is_left,
    names_of,
)
from tests._support.waiting import settle

EAGER = getattr(asyncio, "eager_task_factory", None)  # Python 3.11 has none


class NamesError(Exception):
    """The error of an iterator over names."""


def _failing() -> Iterator[str]:
    yield from EXAMPLES[:2]
    raise NamesError


async def _failing_async() -> AsyncIterator[str]:
    for name in EXAMPLES[:2]:
        yield name
    raise NamesError


async def _cancelled() -> AsyncIterator[str]:
    for name in EXAMPLES[:2]:
        yield name
    raise asyncio.CancelledError


class TestExceptionOfTheNames:
    """It reaches the caller after all outcomes."""

    @pytest.mark.parametrize(
        ("make", "error"),
        [(_failing, NamesError), (_failing_async, NamesError), (_cancelled, asyncio.CancelledError)],
    )
    async def test_comes_after_the_outcomes(self, make: Callable[[], Names], error: type[BaseException]) -> None:
        dns, found = HeldDns(), list[Outcome]()

        async def take_all() -> None:
            async with resolver.resolve_many(make()) as outcomes:
                async for outcome in outcomes:
                    found.append(outcome)

        async with dns.resolver() as resolver:
            taking = asyncio.create_task(take_all())
            await settle()
            assert not taking.done()
            dns.let_go(*HOSTS)
            with pytest.raises(error):
                await taking
            assert names_of(found) == EXAMPLES[:2]
            check_nothing_is_left(dns)

    async def test_that_was_not_reached_is_dropped(self) -> None:
        dns = HeldDns()
        dns.let_go(*HOSTS)
        async with dns.resolver() as resolver:
            async with resolver.resolve_many(_failing()) as outcomes:
                await settle()
                await anext(outcomes)
            check_nothing_is_left(dns)
        gc.collect()  # would report an exception that was never retrieved

    async def test_while_they_clean_up_is_raised_where_the_block_ends(self) -> None:
        async def names() -> AsyncIterator[str]:
            try:
                await asyncio.Event().wait()
                yield "never"
            finally:
                raise NamesError

        dns = HeldDns()
        async with dns.resolver() as resolver:
            with pytest.raises(NamesError):
                async with resolver.resolve_many(names()):
                    await settle()
            check_nothing_is_left(dns)

    async def test_that_is_no_iterable(self) -> None:
        async with HeldDns().resolver() as resolver:
            with pytest.raises(TypeError, match="not iterable"):
                async with resolver.resolve_many(5):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
                    pass


async def test_an_unforeseen_exception_comes_after_the_other_outcomes_and_stops_the_names() -> None:
    """The unforeseen exception is that the resolver is closed too early."""
    dns, names = HeldDns(), Async(EXAMPLES)
    dns.let_go(HOSTS[0])
    async with dns.resolver() as resolver, resolver.resolve_many(names, concurrency=3) as outcomes:
        await settle()
        await resolver.aclose()
        assert (await anext(outcomes)).server_name == EXAMPLES[0]
        for _ in range(2):
            with pytest.raises(RuntimeError, match="closed"):
                await anext(outcomes)
        assert names.taken == 3
    check_nothing_is_left(dns)
    assert names.closed == 1


class TestLeaving:
    """However the block ends, no task is left, and the resolver still works."""

    @staticmethod
    async def check(dns: HeldDns, resolver: ServerNameResolver, names: Source) -> None:
        await settle()
        check_nothing_is_left(dns)
        assert names.closed == isinstance(names, Async)
        dns.let_go(*HOSTS)
        assert len(await all_of(resolver, EXAMPLES)) == len(EXAMPLES)

    @BOTH
    async def test_by_break(self, kind: type[Plain | Async]) -> None:
        dns, names = HeldDns(), kind(EXAMPLES)
        async with dns.resolver() as resolver:
            async with resolver.resolve_many(names, concurrency=4) as outcomes:
                dns.let_go(HOSTS[2])
                async for outcome in outcomes:
                    assert outcome.server_name == EXAMPLES[2]
                    break
            assert asyncio.all_tasks() - {asyncio.current_task()} <= _flights()
            await self.check(dns, resolver, names)

    @BOTH
    async def test_by_an_exception(self, kind: type[Plain | Async]) -> None:
        async def fail() -> None:
            async with resolver.resolve_many(names, concurrency=4):
                await settle()
                raise NamesError

        dns, names = HeldDns(), kind(EXAMPLES)
        async with dns.resolver() as resolver:
            with pytest.raises(NamesError):
                await fail()
            await self.check(dns, resolver, names)

    @BOTH
    async def test_at_once(self, kind: type[Plain | Async]) -> None:
        dns, names = HeldDns(), kind(EXAMPLES)
        async with dns.resolver() as resolver:
            async with resolver.resolve_many(names):
                pass
            await self.check(dns, resolver, names)
        assert dns.asked == HOSTS

    @BOTH
    async def test_by_cancellation(self, kind: type[Plain | Async]) -> None:
        dns, names = HeldDns(), kind(EXAMPLES)
        async with dns.resolver() as resolver:
            taking = asyncio.create_task(all_of(resolver, names, concurrency=4))
            await settle()
            taking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await taking
            await self.check(dns, resolver, names)

    @pytest.mark.parametrize("are_all_taken", [True, False], ids=["waiting", "after a break"])
    async def test_by_cancellation_while_it_is_being_left(self, *, are_all_taken: bool) -> None:
        """The iterator takes time to close; leaving the block waits for that, even if it is cancelled."""
        dns, is_closed = HeldDns(), asyncio.Event()
        dns.let_go(HOSTS[0])

        async def names() -> AsyncIterator[str]:
            try:
                yield EXAMPLES[0]
                await asyncio.Event().wait()
            finally:
                await is_closed.wait()

        async def take() -> None:
            async with resolver.resolve_many(names()) as outcomes:
                await anext(outcomes)
                if are_all_taken:
                    await anext(outcomes)

        async with dns.resolver() as resolver:
            taking = asyncio.create_task(take())
            for _ in range(3):
                await settle()
                taking.cancel()
            await settle()
            assert not taking.done()
            is_closed.set()
            with pytest.raises(asyncio.CancelledError):
                await taking
            await settle()
            check_nothing_is_left(dns)

    async def test_while_the_names_will_not_be_stopped(self) -> None:
        async def names() -> AsyncIterator[str]:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                for name in EXAMPLES:
                    yield name

        dns = HeldDns()
        async with dns.resolver() as resolver:
            async with resolver.resolve_many(names()):
                await settle()
            check_nothing_is_left(dns)
        assert dns.asked == []

    async def test_tells_those_who_still_wait(self) -> None:
        dns = HeldDns()
        async with dns.resolver() as resolver:
            async with resolver.resolve_many(EXAMPLES) as outcomes:
                waiting = asyncio.ensure_future(anext(outcomes))
                await settle()
            with pytest.raises(RuntimeError, match="has ended"):
                await waiting

    if EAGER is not None:

        async def test_eager_tasks_make_no_difference(self) -> None:
            """A failure stops the names; what is under way still comes to an end."""

            async def resolve(name: str) -> Resolution:
                if name == EXAMPLES[1]:
                    raise NamesError
                await settle()
                raise ServerNotFound(name, code="no-address")

            asyncio.get_running_loop().set_task_factory(EAGER)
            async with OutcomeStream(EXAMPLES, resolve=resolve, known=None, concurrency=9) as outcomes:
                outcome = await anext(outcomes)
                with pytest.raises(NamesError):
                    await anext(outcomes)
            assert outcome.server_name == EXAMPLES[0]


def _flights() -> set["asyncio.Task[object]"]:
    """Return the tasks of the resolver, which end after those of the stream."""
    return {task for task in asyncio.all_tasks() if "OutcomeStream" not in repr(task.get_coro())}
