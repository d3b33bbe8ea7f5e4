"""The conditions of a soak: every warning is reported, asyncio runs all its checks, and memory is traced."""

import gc
import logging
import sys
import tracemalloc
import warnings
from asyncio import constants
from collections.abc import Callable, Generator
from contextlib import contextmanager

ALLOWED = ("the cache backend failed: ", "a value in the cache was refused ")
"""The warnings that are expected: the cache fails now and then, and returns values that were never stored."""


@contextmanager
def short_stacks() -> Generator[None]:
    """Keep the checks of asyncio's debug mode, but not its stack traces, which take most of its time."""
    settings = constants.__dict__
    depth, settings["DEBUG_STACK_DEPTH"] = settings["DEBUG_STACK_DEPTH"], 0
    sys.tracebacklimit = 0
    try:
        yield
    finally:
        settings["DEBUG_STACK_DEPTH"] = depth
        del sys.tracebacklimit


@contextmanager
def warnings_reported_to(complain: Callable[[str], None]) -> Generator[None]:
    """Report every warning, logged or not, and every unhandled error during the block."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.getMessage().startswith(ALLOWED):
                complain(record.getMessage())

    handler, hook = Handler(logging.WARNING), sys.unraisablehook
    loggers = [logging.getLogger(name) for name in ("asyncio", "matrix_resolve")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    sys.unraisablehook = lambda unraisable: complain(f"{unraisable.exc_value!r} in {unraisable.object!r}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        sys.unraisablehook = hook
        for logger in loggers:
            logger.removeHandler(handler)
            logger.propagate = True


@contextmanager
def traced_memory() -> Generator[None]:
    """Trace memory that is allocated during the block. Garbage collections skip objects that existed before."""
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()
        gc.unfreeze()
