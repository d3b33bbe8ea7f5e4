"""Measures how long the event loop is blocked: in CPU time of its thread, and as other tasks on the loop see it."""

import asyncio
import gc
from collections.abc import Generator
from contextlib import contextmanager
from threading import get_ident
from time import perf_counter, thread_time

_INTERVAL = 0.005  # seconds; the measured CPU time of a stop is too high by at most this much


class LoopWatch:
    """A repeating timer on the event loop.

    Attributes:
        late: The most seconds by which the timer was late, including time for other programs and garbage collections.
        cpu: The most CPU seconds of the thread between two ticks. Garbage collections do not count, because their time
            depends on the whole program.
    """

    def __init__(self) -> None:
        self.late: float = 0.0
        self.cpu: float = 0.0
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._collecting, self._collection_began = 0.0, 0.0
        self._set(perf_counter(), thread_time())

    def _set(self, now: float, cpu: float) -> None:
        self._due, self._cpu_before = now + _INTERVAL, cpu
        self._timer = self._loop.call_later(_INTERVAL, self._on_time)

    def _on_time(self) -> None:
        now, cpu = perf_counter(), thread_time() - self._collecting
        self.late = max(self.late, now - self._due)
        self.cpu = max(self.cpu, cpu - self._cpu_before)
        self._set(now, cpu)

    def on_collection(self, phase: str, _: dict[str, int]) -> None:
        """Count the CPU time of a garbage collection in the thread of the loop."""
        if get_ident() != self._thread:
            return
        if phase == "start":
            self._collection_began = thread_time()
        else:
            self._collecting += thread_time() - self._collection_began

    def end(self) -> None:
        """Stop the timer."""
        self._timer.cancel()


@contextmanager
def watched_loop() -> Generator[LoopWatch]:
    """Watch the running event loop during the block. Garbage collections skip objects that existed before."""
    gc.collect()
    gc.freeze()
    watch = LoopWatch()
    gc.callbacks.append(watch.on_collection)
    try:
        yield watch
    finally:
        gc.callbacks.remove(watch.on_collection)
        watch.end()
        gc.unfreeze()
