"""An event loop in its own thread.

Its servers respond even while the loop of the test is blocked, closed, or not asyncio's.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")


def _log(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log errors of the event loop, except those of connections that clients abort, which tests do on purpose."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)


class LoopThread:
    """An event loop that runs in its own thread until `stop` is called."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop()
        self._loop.set_exception_handler(_log)
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback federation", daemon=True)
        self._thread.start()

    def start(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> "Future[_T]":
        """Start *work* on the loop. This method can be called from any thread."""
        return asyncio.run_coroutine_threadsafe(work(), self._loop)

    @property
    def is_here(self) -> bool:
        """False in a forked child, which has the loop but not its thread."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop the loop and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
