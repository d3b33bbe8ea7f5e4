"""Records the calls that a check makes to a backend, and cancels those that take too long."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs

from .expectations import UnexpectedError, show

_T = TypeVar("_T")
_GRACE = 1.0  # seconds that a cancelled call may take to end
_SHOWN = 4  # of the most recent calls


@attrs.define
class Calls:
    """The calls of one check.

    Attributes:
        limit: Seconds that a call may take.
        made: The calls as Python source, in order.
        stuck: The calls that kept running after they were cancelled.
    """

    limit: float
    made: list[str] = attrs.Factory(list[str])
    stuck: list[str] = attrs.Factory(list[str])
    _raised: list[tuple[BaseException, str]] = attrs.Factory(list["tuple[BaseException, str]"])

    async def run(self, text: str, work: Callable[[], Awaitable[_T]], *, limit: float | None = None) -> _T:
        """Call the backend.

        Args:
            text: The call as Python source.
            work: Makes the call.
            limit: Seconds that this call may take, if fewer than `limit`.

        Returns:
            The result of the call.

        Raises:
            UnexpectedError: If the call takes too long, cannot be awaited, or raises `CancelledError` without being
                cancelled.
            Exception: Whatever the call raises.
        """
        self.made.append(text)
        try:
            return await self._finish(text, work, min(self.limit, limit or self.limit))
        except Exception as error:
            self._raised.append((error, text))
            raise

    def behind(self, error: BaseException) -> list[str]:
        """Return the call that raised *error*, or the last few calls if none did."""
        own = [text for raised, text in self._raised if raised is error]
        if own and not isinstance(error, UnexpectedError):
            return own
        left_out = len(self.made) - _SHOWN
        return ([f"... ({left_out} earlier calls)"] if left_out > 0 else []) + self.made[-_SHOWN:]

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
            raise UnexpectedError(f"no result within {limit:g} seconds", "a result or an exception")
        if task.cancelled():
            raise UnexpectedError(
                "CancelledError, although the call was not cancelled", "a result or another exception"
            )
        return task.result()

    async def _end(self, text: str, task: "asyncio.Future[_T]") -> None:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_GRACE)
        if not task.done():
            self.stuck.append(text)
        elif not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log it as "never retrieved"
