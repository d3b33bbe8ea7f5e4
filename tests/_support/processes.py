"""Measurements in separate processes, so that memory of other tests does not count."""

import multiprocessing
import re
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def start(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
    """Call *function* in a new process, and return a future for its result."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    future = pool.submit(function, *args, **kwargs)
    pool.shutdown(wait=False)
    return future


def memory_of_this_process(field: str = "VmRSS") -> int:
    """Return a value that Linux reports about the memory of this process, in bytes.

    Args:
        field: ``VmRSS``, the resident memory, or ``VmHWM``, its maximum so far.
    """
    found = re.search(rf"^{field}:\s*(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/self/status has no {field}")
    return int(found[1]) * 1024
