"""A lock between processes, on a file that has no other purpose. Waiting for it is always limited."""

import fcntl
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

_PAUSE = 0.01  # seconds between two attempts: the system call has no timeout
_MODE = 0o600  # anyone who can open the file can lock it
_FLAGS = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)  # a link could point to a file that others lock, or create an empty file elsewhere
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe or a device must not block
)


@contextmanager
def file_lock(path: Path, *, patience: float, is_closing: Event) -> Generator[None]:
    """Hold the lock on *path* during a block.

    Args:
        path: The file; it is created if it does not exist.
        patience: Longest wait for the lock, in seconds.
        is_closing: When set, ends the wait at once.

    Raises:
        TimeoutError: If another program holds the lock for longer.
        OSError: If the file is a link or not a regular file, or cannot be opened.
    """
    descriptor = os.open(path, _FLAGS, _MODE)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is not a regular file")
        _take(descriptor, path, patience, is_closing)
        yield
    finally:
        os.close(descriptor)  # also releases the lock


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
