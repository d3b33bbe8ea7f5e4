"""Many names at a time: what came of each as it comes, so many under way, and nothing left when the block is left.

One task takes the names, as long as there is room, and starts a task for each that is not known. Everything costs the same for each name,
however many are under way.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Literal, Self

import attrs

from ._util.tasks import OwnedTasks
from .errors import ResolveError, ResolverBusy
from .models import Resolution

_PAUSE = 1.0  # seconds before a name is retried after `ResolverBusy`


@attrs.frozen(weakref_slot=False)
class NameOutcome:
    """What came of one of many names.

    Attributes:
        server_name: The name, as it was given.
        result: A resolution or an error.
    """

    server_name: str
    result: Resolution | ResolveError

    @property
    def resolution(self) -> Resolution | None:
        """Where it is to be reached; None if it is not resolved."""
        return self.result if isinstance(self.result, Resolution) else None

    @property
    def error(self) -> ResolveError | None:
        """Why it is not resolved; None if it is."""
        return self.result if isinstance(self.result, ResolveError) else None


class OutcomeStream:
    """The outcomes of many names, for one ``async with`` and, within that, ``async for``. Several tasks may share it.

    Args:
        names: The server names.
        resolve: Resolves one.
        known: Gives what is known about one without asking, or None.
        concurrency: How many names are under way, or finished and not taken, at most.

    Raises:
        ValueError: If *concurrency* is less than 1.
        TypeError: If *names* is one text.
    """

    def __init__(
        self,
        names: Iterable[str] | AsyncIterable[str],
        *,
        resolve: Callable[[str], Awaitable[Resolution]],
        known: Callable[[str], Resolution | None],
        concurrency: int,
    ) -> None:
        if isinstance(names, str):
            raise TypeError("names are several; one is given as a list, or to resolve()")
        if not concurrency >= 1:
            raise ValueError(f"concurrency is {concurrency}; it is at least 1")
        self._given = names
        self._resolve = resolve
        self._known = known
        self._concurrency = concurrency
        self._stage: Literal["new", "inside", "left"] = "new"
        self._tasks = OwnedTasks()
        self._working = 0
        self._ready = deque[NameOutcome]()
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._failed: asyncio.Task[Any] | None = None

    async def __aenter__(self) -> Self:
        if self._stage != "new":
            raise RuntimeError("these outcomes have been asked for; resolve_many() gives new ones")
        given = self._given
        self._names = aiter(given) if isinstance(given, AsyncIterable) else _one_by_one(iter(given))
        self._stage = "inside"
        self._feeder = asyncio.create_task(self._feed())
        self._tasks.add(self._feeder)
        self._feeder.add_done_callback(lambda _: self._news.set())
        return self

    def __aiter__(self) -> Self:
        self._check_inside()
        return self

    async def __anext__(self) -> NameOutcome:
        while True:
            self._check_inside()
            if self._ready:
                self._room.set()
                return self._ready.popleft()
            if self._feeder.done() and not self._working:
                self._raise_what_ended_it()
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()

    def _check_inside(self) -> None:
        if self._stage == "new":
            raise RuntimeError("first: async with resolver.resolve_many(names) as outcomes")
        if self._stage == "left":
            raise RuntimeError("there are no more outcomes: the async with block of resolve_many() was left")

    def _raise_what_ended_it(self) -> None:
        if self._failed is not None:
            self._failed.result()
        self._feeder.result()

    async def _feed(self) -> None:
        async for name in self._names:
            if self._stage == "left" or self._failed is not None:  # and the names would not be stopped
                return
            self._start(name)
            while self._working + len(self._ready) >= self._concurrency:
                self._room.clear()
                await self._room.wait()

    def _start(self, name: str) -> None:
        resolution = self._known(name)
        if resolution is not None:
            self._ready.append(NameOutcome(name, resolution))
            self._news.set()
            return
        task = asyncio.create_task(self._outcome(name))
        self._working += 1
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _outcome(self, name: str) -> NameOutcome:
        while True:
            try:
                return NameOutcome(name, await self._resolve(name))
            except ResolverBusy:
                await asyncio.sleep(_PAUSE)
            except ResolveError as error:
                return NameOutcome(name, error.with_traceback(None))

    def _ended(self, task: asyncio.Task[NameOutcome]) -> None:
        self._working -= 1
        if not task.cancelled() and task.exception() is None:
            self._ready.append(task.result())
        elif self._failed is None:
            self._failed = task
            self._tasks.cancel(self._feeder)
        self._news.set()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stage = "left"  # the tasks that end now wake those who still wait
        try:
            await self._end()
        finally:
            aclose = getattr(self._names, "aclose", None)
            if aclose is not None:
                await aclose()

    async def _end(self) -> None:
        """Cancel all tasks and see them end; if this is cancelled meanwhile, it passes that on afterwards."""
        was_feeding = not self._feeder.done()
        interruption = await _undisturbed(self._tasks)
        if not self._feeder.cancelled() and self._feeder.exception() is not None and was_feeding:
            self._feeder.result()
        if interruption is not None:
            raise interruption


async def _undisturbed(tasks: OwnedTasks) -> asyncio.CancelledError | None:
    """Close *tasks*, and give the cancellation of whoever waits for that."""
    interruption = None
    while True:
        try:
            await tasks.aclose()
        except asyncio.CancelledError as error:
            interruption = error
        else:
            return interruption


async def _one_by_one(names: Iterable[str]) -> AsyncGenerator[str]:
    for name in names:
        yield name
