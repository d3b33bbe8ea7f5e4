"""The calls that a check makes to a backend: taken down, and ended where they do not end by themselves."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs

from .expectations import UnexpectedError, show

_T = TypeVar("_T")
_GRACE = 1.0  # seconds that a cancelled call may take to end
_SHOWN = 4


@attrs.define
class Calls:
    """The calls of one check.

    Attributes:
        limit: Seconds that a call may take.
        made: The calls as a program would write them, in order.
        stuck: Those that went on after they were cancelled.
    """

    limit: float
    made: list[str] = attrs.Factory(list[str])
    stuck: list[str] = attrs.Factory(list[str])
    _raised: list[tuple[BaseException, str]] = attrs.Factory(list["tuple[BaseException, str]"])

    async def run(self, text: str, work: Callable[[], Awaitable[_T]], *, limit: float | None = None) -> _T:
        """Make a call.

        Args:
            text: The call as a program would write it.
            work: Makes it.
            limit: Seconds that it may take, if fewer than others.

        Returns:
            What it gives.

        Raises:
            UnexpectedError: If it takes longer, cannot be awaited, or is cancelled by nobody.
            Exception: What it raises.
        """
        self.made.append(text)
        try:
            return await self._finish(text, work, min(self.limit, limit or self.limit))
        except Exception as error:
            self._raised.append((error, text))
            raise

    def behind(self, error: BaseException) -> list[str]:
        """Return the call that raised *error*; where none did, the last ones."""
        own = [text for raised, text in self._raised if raised is error]
        if own and not isinstance(error, UnexpectedError):
            return own
        left_out = len(self.made) - _SHOWN
        return ([f"... ({left_out} before)"] if left_out > 0 else []) + self.made[-_SHOWN:]

    async def _finish(self, text: str, work: Callable[[], Awaitable[_T]], limit: float) -> _T:
        awaitable = work()
        if not inspect.isawaitable(awaitable):
            raise UnexpectedError(f"{show(awaitable)}, which cannot be awaited", "an `async def` method")
        task = asyncio.ensure_future(awaitable)
        try:
            done, _ = await asyncio.wait({task}, timeout=limit)
        finally:
            await self._end(text, task)
        if not done:
            raise UnexpectedError(f"nothing within {limit:g} seconds", "an end, with or without an exception")
        if task.cancelled():
            raise UnexpectedError("CancelledError, though nobody had cancelled it", "an answer or an exception")
        return task.result()

    async def _end(self, text: str, task: "asyncio.Future[_T]") -> None:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_GRACE)
        if not task.done():
            self.stuck.append(text)
        elif not task.cancelled():
            task.exception()  # looked at, so that nobody complains
