"""A child process that is a copy of this one."""

import os
import signal
import warnings
from collections.abc import Callable


def forked(child: Callable[[], bool]) -> int:
    """Fork; the child's exit code is 0 if *child* says so, 1 if not, and it is killed after ten seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of threads, which is the point here
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
