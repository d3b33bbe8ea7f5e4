"""A child process that is a copy of this one."""

import os
import signal
import warnings
from collections.abc import Callable


def forked(child: Callable[[], bool]) -> int:
    """Fork, and return the child's process ID. The child is killed after ten seconds.

    The exit code of the child is 0 if *child* returns True, otherwise 1.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn about threads, which these tests need
        pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(10)
        code = 0 if child() else 1
    finally:
        os._exit(code)
