"""Resolve many names, a limited number at a time, and stream the outcomes.

One task takes names until *concurrency* is reached. Its task group has one task for each name that is not in the cache, and the outcomes go into
a queue. When the block ends, all of these tasks end.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Literal, Self, TypeAlias

import attrs

from ._util.argument_checks import IN_FLIGHT, shown
from ._util.escaping import quoted
from .errors import ResolveError, ResolverBusy
from .models import Resolution

_PAUSE = 1.0  # seconds before a name is retried after `ResolverBusy`


@attrs.frozen(weakref_slot=False)
class Resolved:
    """The outcome of a name that was resolved.

    Attributes:
        server_name: The name, as it was passed.
        resolution: Its targets, and how they were found.
    """

    server_name: str
    resolution: Resolution


@attrs.frozen(weakref_slot=False)
class Unresolved:
    """The outcome of a name that was not resolved.

    Attributes:
        server_name: The name, as it was passed.
        error: Why not.
    """

    server_name: str
    error: ResolveError


Outcome: TypeAlias = Resolved | Unresolved
"""The outcome of one name: ``match`` it, or use ``isinstance``."""


def check_is_no_string(names: Iterable[str] | AsyncIterable[str]) -> None:
    """Raise TypeError if *names* is one string, because its characters would be resolved."""
    if isinstance(names, str):
        raise TypeError(f"names is the single string {quoted(names)}; pass a list, or call resolve() for one name")


async def outcomes_by_name(
    names: Iterable[str] | AsyncIterable[str], resolve_many: "Callable[[Iterable[str]], OutcomeStream]"
) -> dict[str, Outcome]:
    """Return the outcome of each of *names*, once, in the order of *names*."""
    check_is_no_string(names)
    given = [name async for name in names] if isinstance(names, AsyncIterable) else names
    once = dict.fromkeys(map(_checked_name, given))
    async with resolve_many(once) as outcomes:
        found = {outcome.server_name: outcome async for outcome in outcomes}
    return {name: found[name] for name in once}


def _checked_name(name: str) -> str:
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise TypeError(f"names contains {shown(name)}; each server name must be a str")
    return name


class OutcomeStream:
    """The outcomes of many names, for one ``async with`` and, within that, ``async for``. Several tasks may share it.

    Args:
        names: The server names.
        resolve: Resolves a name.
        known: Returns the cached resolution of a name, or None if there is none. Pass None instead of a function to bypass the cache.
        concurrency: The largest number of names that are being resolved, or are finished but not yet taken by the caller.

    Raises:
        ValueError: If *concurrency* is not from 1 to 1,000,000.
        TypeError: If *names* is one string, or *concurrency* is not an integer.
    """

    def __init__(
        self,
        names: Iterable[str] | AsyncIterable[str],
        *,
        resolve: Callable[[str], Awaitable[Resolution]],
        known: Callable[[str], Resolution | None] | None,
        concurrency: int,
    ) -> None:
        check_is_no_string(names)
        IN_FLIGHT.check("concurrency", concurrency)
        self._given = names
        self._resolve = resolve
        self._known = known
        self._stage: Literal["new", "inside", "left"] = "new"
        self._outcomes = asyncio.Queue[Outcome | None]()  # None is the end
        self._room = asyncio.Semaphore(concurrency)
        self._feeding: Literal["on", "stopped", "ended"] = "on"
        self._failure: BaseException | None = None

    async def __aenter__(self) -> Self:
        if self._stage != "new":
            raise RuntimeError("these outcomes were already used; call resolve_many() again")
        given = self._given
        self._names = aiter(given) if isinstance(given, AsyncIterable) else _one_by_one(iter(given))
        self._stage = "inside"
        self._work = asyncio.create_task(self._resolve_all())
        self._work.add_done_callback(lambda _: self._outcomes.put_nowait(None))
        return self

    def __aiter__(self) -> Self:
        self._check_inside()
        return self

    async def __anext__(self) -> Outcome:
        self._check_inside()
        outcome = await self._outcomes.get()
        if outcome is None:
            self._outcomes.put_nowait(None)  # for the next call, and for other tasks
            self._check_inside()
            if self._failure is not None:
                raise self._failure
            raise StopAsyncIteration
        self._room.release()
        return outcome

    def _check_inside(self) -> None:
        if self._stage == "new":
            raise RuntimeError(
                "the outcomes are not available yet; use: async with resolver.resolve_many(names) as outcomes"
            )
        if self._stage == "left":
            raise RuntimeError("there are no more outcomes, because the async with block of resolve_many() has ended")

    async def _resolve_all(self) -> None:
        await asyncio.sleep(0)  # with `asyncio.eager_task_factory`, this begins before `_work` is set
        async with asyncio.TaskGroup() as group:
            try:
                await self._take_names(group)
                await asyncio.sleep(0)  # an eager task may have cancelled this one, which must not reach the group
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the caller gets it after the outcomes
                self._failure = self._failure or error
            finally:
                self._feeding = "ended"
            if self._stage == "left":
                raise asyncio.CancelledError  # cancels the tasks of the group

    async def _take_names(self, group: asyncio.TaskGroup) -> None:
        await self._room.acquire()
        async for name in self._names:
            if self._stage == "left" or self._failure is not None:  # the iterator ignored its cancellation
                return
            resolution = self._known(name) if self._known else None
            if resolution is None:
                group.create_task(self._resolve_one(name))
            else:
                self._outcomes.put_nowait(Resolved(name, resolution))
            await self._room.acquire()

    async def _resolve_one(self, name: str) -> None:
        """Put the outcome of *name* into the queue. After an unexpected exception, no more names are taken, but the other tasks continue."""
        try:
            self._outcomes.put_nowait(await self._outcome(name))
        except BaseException as error:
            if self._stage == "inside":
                self._failure = self._failure or error
                self._stop_names()
            if not isinstance(error, Exception):
                raise

    async def _outcome(self, name: str) -> Outcome:
        while True:
            try:
                return Resolved(name, await self._resolve(name))
            except ResolverBusy:
                await asyncio.sleep(_PAUSE)
            except ResolveError as error:
                return Unresolved(name, error.with_traceback(None))

    def _stop_names(self) -> None:
        """Stop taking names. The iterator is cancelled only once, because a second cancellation would interrupt its clean-up."""
        if self._feeding == "on":
            self._feeding = "stopped"
            self._work.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stage = "left"
        try:
            await self._end()
        finally:
            aclose = getattr(self._names, "aclose", None)
            if aclose is not None:
                await aclose()

    async def _end(self) -> None:
        """End all tasks, and wait for them even if the caller is cancelled. Raise an exception that the names raise in the meantime."""
        failure = self._failure
        if self._feeding == "ended":
            self._work.cancel()
        else:
            self._stop_names()
        interruption = await _ended(self._work)
        if self._failure is not failure and isinstance(self._failure, Exception):
            raise self._failure
        if interruption is not None:
            raise interruption


async def _ended(task: "asyncio.Task[None]") -> asyncio.CancelledError | None:
    """Wait until *task* has ended, even if the caller is cancelled, and return the last cancellation."""
    interruption = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            interruption = error
    return interruption


async def _one_by_one(names: Iterable[str]) -> AsyncGenerator[str]:
    for name in names:
        yield name
