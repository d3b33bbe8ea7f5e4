"""Directories for /etc and /run that only one process and its children see."""

import ctypes
import os
from pathlib import Path

_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
_LIBC = ctypes.CDLL(None, use_errno=True)


def mount_over_etc(directory: Path) -> None:
    """Make *directory* the /etc of this process.

    Raises:
        OSError: If that is not allowed.
    """
    _checked(_LIBC.unshare(_CLONE_NEWNS))
    _checked(_LIBC.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None))
    _checked(_LIBC.mount(os.fsencode(directory), b"/etc", None, _MS_BIND, None))


def mount_empty_run() -> None:
    """Mount an empty /run in this process, which must already have its own /etc.

    Raises:
        OSError: If that is not allowed.
    """
    _checked(_LIBC.mount(b"tmpfs", b"/run", b"tmpfs", 0, None))


def _checked(code: int) -> None:
    if code != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
