"""Measures how the CPU time of a cold name is divided between native libraries, with the profiler `perf`."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path

from .cold import CONCURRENCY
from .implementations import library, resolve_all
from .names import COLD_MIX, names_of
from .table import Row
from .testbed import Testbed

_SAMPLES_PER_SECOND = 997  # a prime number, so that samples do not coincide with periodic work
_OWNERS = {
    "OpenSSL, with its locks": r"lib(ssl|crypto)\b|libc\S* pthread_rwlock_",  # neither Python nor c-ares uses this kind of lock
    "c-ares, with what pycares compiles around it": r"_cares\b",
    "the kernel": r"\[",
    "Python and its modules in C": r"(lib)?python\d|.*\.cpython-\d|_cffi_backend",
    "the C library": r"(libc|libm|libpthread|ld-linux.*)\b",
}


def shares(testbed: Testbed, names: int) -> Iterator[Row]:
    """Profile this process while it resolves cold names with the defaults, and yield a row for each library.

    Raises:
        RuntimeError: If `perf` is not installed, or may not profile this process.
    """
    batch = names_of(COLD_MIX, names + CONCURRENCY)
    by_owner = asyncio.run(_profiled(testbed, batch[:CONCURRENCY], batch[CONCURRENCY:]))
    total = sum(by_owner.values())
    what = f"cold, {names:,} names, {CONCURRENCY} at a time: share of the CPU time in"
    for owner, share in sorted(by_owner.items(), key=itemgetter(1), reverse=True):
        yield Row(f"{what} {owner}", f"{share / total:.0%}")


async def _profiled(testbed: Testbed, first_names: list[str], names: list[str]) -> dict[str, float]:
    async with library(testbed) as resolve:
        await resolve_all(resolve, first_names, CONCURRENCY)
        with tempfile.TemporaryDirectory() as folder:
            samples = Path(folder) / "perf.data"
            with _sampling(samples):
                await resolve_all(resolve, names, CONCURRENCY)
            return _read(samples)


@contextmanager
def _sampling(samples: Path) -> Generator[None]:
    """Sample this process during the block. The block starts when `perf` confirms that it is sampling."""
    if shutil.which("perf") is None:
        raise RuntimeError("perf is not installed; on Debian, install linux-perf")
    (orders, our_orders), (our_replies, replies) = os.pipe(), os.pipe()
    command = ["perf", "record", "--quiet", "--event=cpu-clock", f"--freq={_SAMPLES_PER_SECOND}", "--delay=-1"]
    command += [f"--control=fd:{orders},{replies}", f"--pid={os.getpid()}", f"--output={samples}"]
    perf = subprocess.Popen(command, pass_fds=[orders, replies])  # noqa: S603 - the command above
    os.close(orders)
    os.close(replies)  # so that reading its reply ends if perf ends
    with os.fdopen(our_orders, "wb", 0) as to_perf, os.fdopen(our_replies, "rb") as from_perf:
        to_perf.write(b"enable\n")
        if not from_perf.readline():
            raise RuntimeError("perf is not allowed to profile this process")
        yield
        perf.send_signal(signal.SIGINT)
        perf.wait()


def _read(samples: Path) -> dict[str, float]:
    """Return the share of each library."""
    command = ["perf", "report", "--stdio", "--fields=overhead,dso,symbol", "--field-separator=;"]
    command += [f"--input={samples}"]
    report = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 - the command above
    by_owner = defaultdict[str, float](float)
    for share, library_file, function in re.findall(r"^\s*([\d.]+)%\s*;(\S+)\s*;\[.\] (\S+)", report, re.MULTILINE):
        by_owner[_owner_of(f"{library_file} {function}")] += float(share)
    return by_owner


def _owner_of(code: str) -> str:
    return next((owner for owner, pattern in _OWNERS.items() if re.match(pattern, code)), "everything else")
