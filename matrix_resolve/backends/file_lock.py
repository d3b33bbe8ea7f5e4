"""A lock between processes, on a file that is there for nothing else. Nobody waits for it without end."""

import fcntl
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

_PAUSE = 0.01  # seconds between two attempts: the system has no lock with a time limit
_MODE = 0o600  # whoever can open the file can lock it
_FLAGS = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)  # a link could lead to a file that others lock, or make an empty file elsewhere
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe or a device must not wait for its other side
)


@contextmanager
def file_lock(path: Path, *, patience: float, is_closing: Event) -> Generator[None]:
    """Hold the lock on *path* for the time of a block.

    Args:
        path: The file; it is made if it does not exist.
        patience: Seconds after which the lock is given up.
        is_closing: Ends the wait at once when it is set.

    Raises:
        TimeoutError: If another program keeps the lock for longer.
        OSError: If the file is a link or not a regular file, or cannot be opened.
    """
    descriptor = os.open(path, _FLAGS, _MODE)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is not a regular file")
        _take(descriptor, path, patience, is_closing)
        yield
    finally:
        os.close(descriptor)  # which ends the lock


def _take(descriptor: int, path: Path, patience: float, is_closing: Event) -> None:
    give_up_at = monotonic() + patience
    while not _is_taken(descriptor):
        if is_closing.wait(_PAUSE) or monotonic() >= give_up_at:
            raise TimeoutError(f"{path} is locked by another program")


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
